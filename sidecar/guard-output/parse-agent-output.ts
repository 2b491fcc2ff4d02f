import { Buffer } from 'node:buffer';
import { type Labels, Mode, type Opened } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { cleanLine } from '../clean-line.ts';
import { GuardError } from '../guard-error.ts';
import { JsonReader, type Span } from './json-reader.ts';
import { describe, readLabels } from './read-labels.ts';

/** What `label_agent` says. */
export type AgentOutput = Pick<Opened, 'agent' | 'mode' | 'normalizedPolicy'>;

const modes = new Map<string, Mode>([
  ['strict', Mode.MODE_STRICT],
  ['filter', Mode.MODE_FILTER],
  ['propagate', Mode.MODE_PROPAGATE],
]);

/**
 * Parses what `label_agent` wrote (the guard ABI, "What the exports say").
 *
 * @throws GuardError POLICY_REJECTED when the guard refuses the policy, INVALID_OUTPUT when it is not what the ABI says,
 * GUARD_ERROR when there is nothing.
 */
export function parseAgentOutput(output: Uint8Array): AgentOutput {
  if (output.length === 0) throw new GuardError('GUARD_ERROR', 'it answered label_agent with nothing');
  const reader: JsonReader = JsonReader.of(output, 'label_agent');
  const members = readMembers(reader);
  refuseRejection(reader, members);
  return {
    agent: readAgent(reader, members.get('agent')),
    mode: readMode(reader, members.get('difc_mode')),
    normalizedPolicy: readPolicy(reader, members.get('normalized_policy')),
  };
}

const memberNames = new Set(['agent', 'difc_mode', 'normalized_policy', 'success', 'ok', 'error']);

/** Where the members are that mean something; null counts as missing. */
function readMembers(reader: JsonReader): Map<string, Span> {
  if (reader.kind() !== 'object') reader.fail('must be a JSON object');
  const members = new Map<string, Span>();
  reader.object((name) => {
    const isNull = reader.kind() === 'null';
    const span = reader.skip();
    if (!memberNames.has(name)) return;
    if (isNull) members.delete(name);
    else members.set(name, span);
  });
  reader.end();
  return members;
}

/** A refusal is looked for before anything else: a guard that refuses owes nothing more. */
function refuseRejection(reader: JsonReader, members: Map<string, Span>): void {
  const error = readError(reader, members.get('error'));
  const isFalse = (name: string) => {
    const verdict = members.get(name);
    return verdict !== undefined && reader.text(verdict) === 'false';
  };
  if (error === '' && !isFalse('success') && !isFalse('ok')) return;
  const said = error === '' ? 'without saying why' : `and said: ${error}`;
  throw new GuardError('POLICY_REJECTED', `it refused the policy ${said}`);
}

function readError(reader: JsonReader, span: Span | undefined): string {
  const value = span && reader.within(span);
  return value?.kind() === 'string' ? cleanLine(value.string()) : '';
}

function readAgent(reader: JsonReader, span: Span | undefined): Labels {
  if (span === undefined) return { description: '', secrecy: [], integrity: [] };
  const value = reader.within(span);
  if (value.kind() !== 'object')
    reader.fail(`has an "agent" that is ${describe(value.kind())} but must be an object`);
  // The ABI gives the agent no description.
  return { ...readLabels(value, { trimsTags: true, oddDescription: 'ignored' }), description: '' };
}

function readMode(reader: JsonReader, span: Span | undefined): Mode {
  const value = span && reader.within(span);
  if (value !== undefined && value.kind() !== 'string') {
    reader.fail(`has a "difc_mode" that is ${describe(value.kind())} but must be a text`);
  }
  const name = value?.string() ?? '';
  if (name.trim() === '') reader.fail('has no "difc_mode", which must be "strict", "filter" or "propagate"');
  return (
    modes.get(name.toLowerCase()) ??
    reader.fail(
      `has the "difc_mode" "${cleanLine(name, 40)}" but must have "strict", "filter" or "propagate"`,
    )
  );
}

/** The policy's exact text, but for `scope_kind`, which is compared in lower case everywhere. */
function readPolicy(reader: JsonReader, span: Span | undefined): Uint8Array {
  if (span === undefined) return new Uint8Array();
  const policy = reader.within(span);
  if (policy.kind() !== 'object') {
    reader.fail(`has a "normalized_policy" that is ${describe(policy.kind())} but must be an object`);
  }
  let scope: Span | undefined;
  policy.object((name) => {
    const value = policy.skip();
    if (name === 'scope_kind') scope = value;
  });
  const scopeKind = scope && reader.within(scope);
  if (scope === undefined || scopeKind?.kind() !== 'string') return Buffer.from(reader.text(span));
  const before = reader.text({ start: span.start, end: scope.start });
  const after = reader.text({ start: scope.end, end: span.end });
  return Buffer.from(before + JSON.stringify(scopeKind.string().toLowerCase()) + after);
}
