// Short words for what tests of the rules guard do again and again.

import { readFile } from 'node:fs/promises';
import { type BackendAnswer, GuardHarness } from './guard-harness.ts';

/** The tag that nobody may hold. */
export const CLOSED = { secrecy: ['unlabelled'], integrity: ['unlabelled'] };

export type RulesSession = {
  guard: GuardHarness;
  /** What `label_agent` answered. */
  agent: unknown;
  /** The labels and the operation of a call, without the description. */
  resource: (tool: string, args?: unknown) => unknown;
  /** What `label_response` answers; undefined for no labels. */
  response: (tool: string, args: unknown, result: unknown) => unknown;
};

/** A session of the rules guard with a policy. Throws when the guard refuses it. */
export async function startRules(
  policy: unknown,
  backend: Record<string, BackendAnswer> = {},
): Promise<RulesSession> {
  const guard = await GuardHarness.start('rules', backend);
  const agent = guard.ask('label_agent', policy);
  if (isRefusal(agent)) throw new Error(`the policy is refused: ${JSON.stringify(agent)}`);
  return {
    guard,
    agent,
    resource: (tool, args = {}) => {
      const answer = guard.ask('label_resource', { tool_name: tool, tool_args: args, capabilities: {} });
      return withoutDescription(answer);
    },
    response: (tool, args, result) => {
      const call = { tool_name: tool, tool_args: args, tool_result: result, capabilities: {} };
      return guard.ask('label_response', call);
    },
  };
}

/** One of the worked policies. */
export async function examplePolicy(name: string): Promise<unknown> {
  const url = new URL(`../../guards/rules/examples/${name}.json`, import.meta.url);
  return JSON.parse(await readFile(url, 'utf8'));
}

/** A tool result that is JSON in a text, as most servers send it. */
export function asTextResult(value: unknown): unknown {
  return { content: [{ type: 'text', text: JSON.stringify(value, null, 2) }] };
}

/** The smallest policy with one tool, `t`. */
export function policyOf(tool: object, rest: object = {}): unknown {
  return { mode: 'filter', tools: [{ names: 't', operation: 'read', ...tool }], ...rest };
}

function isRefusal(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'error' in answer;
}

function withoutDescription(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('resource' in answer)) return answer;
  const { resource, ...rest } = answer;
  if (typeof resource !== 'object' || resource === null) return answer;
  return {
    ...rest,
    ...Object.fromEntries(Object.entries(resource).filter(([key]) => key !== 'description')),
  };
}
