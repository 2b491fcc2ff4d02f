import type { JsonObject, JsonValue } from '../config/json-value.ts';
import type { LabelExport } from '../guest/protocol.ts';
import { type CannedAnswer, CannedBackend } from './canned-backend.ts';
import type { GuardCase } from './case-file.ts';
import { labelCall } from './label-call.ts';
import type { TriedGuard } from './tried-guard.ts';

/** Where a case has what an export says. */
export const caseMember: Readonly<Record<LabelExport, string>> = {
  label_agent: 'agent',
  label_resource: 'resource',
  label_response: 'response',
};

/** What a case asks. */
export type CaseQuestion = Pick<GuardCase, 'policy' | 'tool' | 'args' | 'result' | 'backend'>;

/** What came of a case. */
export interface CaseOutcome {
  /** In the form of the case's `expect`. */
  readonly came: JsonObject;
  /** The answers of the backend that the guard asked for. */
  readonly used: readonly CannedAnswer[];
}

/** Asks a guard a case. */
export async function caseOutcome(
  guard: TriedGuard,
  question: CaseQuestion,
  signal: AbortSignal,
): Promise<CaseOutcome> {
  const text = (value: JsonObject | undefined) => (value === undefined ? undefined : JSON.stringify(value));
  const backend = new CannedBackend(question.backend);
  const { policy, tool, args, result } = question;
  const call = { policy: text(policy), tool, args: JSON.stringify(args), result: text(result), backend };
  const came: Record<string, JsonValue> = {};
  for (const { asked, outcome } of await labelCall(guard, call, signal)) {
    if (outcome.kind === 'labels') came[caseMember[asked]] = outcome.labels;
    else came.failure = { at: asked, code: outcome.code };
  }
  return { came, used: backend.used };
}
