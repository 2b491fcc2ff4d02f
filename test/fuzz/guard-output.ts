/** Fuzzes what the sidecar reads of guards: the outputs of all three exports. */
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { GuardError } from '../../sidecar/guard-error.ts';
import { parseAgentOutput } from '../../sidecar/guard-output/parse-agent-output.ts';
import { parseResourceOutput } from '../../sidecar/guard-output/parse-resource-output.ts';
import { parseResponseOutput } from '../../sidecar/guard-output/parse-response-output.ts';
import type { LabelExport } from '../../sidecar/guest/protocol.ts';
import { expectedOutput, Refusal } from './guard-output-model.ts';
import { guardOutput } from './guard-outputs.ts';
import { jsonShape } from './json-shape.ts';
import { mutateTree, renderBroken } from './mutate-json.ts';
import { RandomChoice } from './random-choice.ts';

const exports: readonly LabelExport[] = ['label_agent', 'label_resource', 'label_response'];

/**
 * Feeds so many outputs to the parsers: each gives what the ABI says, or refuses with the code that it says. How many
 * were taken, and refused with which code. Throws on the first violation.
 */
export async function fuzzGuardOutput(options: {
  seed: number;
  iterations: number;
}): Promise<Record<string, number>> {
  const choice = new RandomChoice(options.seed);
  const counts: Record<string, number> = {};
  const prototype = Reflect.ownKeys(Object.prototype);
  for (let iteration = 0; iteration < options.iterations; iteration++) {
    const name = choice.pick(exports);
    let tree = guardOutput(name, choice);
    for (let changes = choice.below(4); changes > 0; changes--) tree = mutateTree(tree, choice);
    const output = renderBroken(tree, choice);
    const end = checked(name, output, `iteration ${iteration}`);
    counts[end] = (counts[end] ?? 0) + 1;
  }
  assert.deepEqual(Reflect.ownKeys(Object.prototype), prototype, 'Object.prototype was changed');
  return counts;
}

/** `value`, or the code of the refusal; throws when that is not what the ABI says. */
export function checkGuardOutput(name: LabelExport, output: Uint8Array): string {
  const actual = attempt(() => parse(name, output));
  const expected = attempt(() => expectedValue(name, output));
  if (expected.code === undefined) {
    // Which of two was meant? What is refused for that is no violation; what is taken is the last, as everywhere.
    if (actual.code === 'INVALID_OUTPUT' && jsonShape(Buffer.from(output).toString()).hasNameTwice)
      return 'INVALID_OUTPUT for a name that comes twice';
    assert.equal(actual.code, undefined, `refused what the ABI takes: ${actual.message}`);
    assert.deepEqual(actual.value, expected.value);
    return 'value';
  }
  assert.equal(actual.code, expected.code, `the ABI says ${expected.message}`);
  return expected.code;
}

function checked(name: LabelExport, output: Buffer, iteration: string): string {
  try {
    return checkGuardOutput(name, output);
  } catch (cause) {
    const excerpt =
      output.length > 2_000 ? `${output.length} bytes` : JSON.stringify(output.toString('latin1'));
    throw new Error(`${iteration}, ${name}, bytes as Latin-1: ${excerpt}: ${String(cause)}`, { cause });
  }
}

interface Attempt {
  readonly value?: unknown;
  readonly code?: string;
  readonly message?: string;
}

/** Anything thrown that is no refusal goes through: it is a violation. */
function attempt(parse: () => unknown): Attempt {
  try {
    return { value: parse() };
  } catch (error) {
    if (error instanceof GuardError || error instanceof Refusal)
      return { code: error.code, message: error.message };
    throw error;
  }
}

/** With texts that the guard echoes read as JSON: how it is spelt is theirs. */
function parse(name: LabelExport, output: Uint8Array): unknown {
  if (name === 'label_resource') return parseResourceOutput(output);
  if (name === 'label_agent') {
    const { normalizedPolicy, ...agent } = parseAgentOutput(output);
    return { ...agent, normalizedPolicy: normalizedPolicy.length > 0 ? json(normalizedPolicy) : undefined };
  }
  const { form } = parseResponseOutput(output);
  if (form?.$case !== 'items') return { form };
  const entries = form.value.entries.map(({ data, ...entry }) =>
    data === undefined ? entry : { ...entry, data: json(data) },
  );
  return { form: { ...form, value: { entries } } };
}

function expectedValue(name: LabelExport, output: Uint8Array): unknown {
  if (output.length === 0) {
    if (name === 'label_response') return { form: undefined };
    throw new Refusal('GUARD_ERROR', 'nothing');
  }
  if (!isUtf8(output)) throw new Refusal('INVALID_OUTPUT', 'not UTF-8');
  const text = Buffer.from(output).toString();
  if (!isJson(text)) throw new Refusal('INVALID_OUTPUT', 'not JSON');
  return expectedOutput(name, text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function json(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString());
}
