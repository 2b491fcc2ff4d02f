import type { LogLevel, LogLine, Outcome, Reply } from '../guest/protocol.ts';

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/**
 * The header of a frame from a guard process. It is checked: that process runs foreign code, and were that to break out
 * of its WASM, these words would be its own. Throws on anything that the protocol does not know.
 */
export function parseGuestMessage(json: string): Reply | LogLine {
  const fields: Fields | null = JSON.parse(json);
  if (typeof fields !== 'object' || fields === null) throw new TypeError('a message must be an object');
  if (fields.kind === 'log') return { kind: 'log', level: expectLevel(fields.level) };
  const totalCpuMs = expectAmount(fields, 'totalCpuMs');
  return { ...parseOutcome(fields), totalCpuMs, instances: expectAmount(fields, 'instances') };
}

/** Any JSON object, as far as it is asked for. */
interface Fields {
  readonly kind?: unknown;
  readonly level?: unknown;
  readonly isWorn?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly tool?: unknown;
  readonly milliseconds?: unknown;
  readonly totalCpuMs?: unknown;
  readonly instances?: unknown;
}

function parseOutcome(fields: Fields): Outcome {
  const { kind } = fields;
  switch (kind) {
    case 'loaded':
    case 'dropped':
      return { kind };
    case 'returned':
      return { kind, isWorn: expectFlag(fields, 'isWorn') };
    case 'refused':
      return { kind, message: expectText(fields, 'message') };
    case 'backend_call':
      return { kind, tool: expectText(fields, 'tool') };
    case 'sleep':
      return { kind, milliseconds: expectAmount(fields, 'milliseconds') };
    case 'failed':
      return parseFailure(fields);
    default:
      throw new TypeError('a reply of an unknown kind');
  }
}

function parseFailure(fields: Fields): Outcome {
  const { code } = fields;
  if (code !== 'GUARD_TRAPPED' && code !== 'GUARD_ERROR' && code !== 'OUTPUT_LIMIT')
    throw new TypeError('a failure of an unknown code');
  return { kind: 'failed', code, message: expectText(fields, 'message') };
}

function expectLevel(level: unknown): LogLevel {
  const known = levels.find((each) => each === level);
  if (known === undefined) throw new TypeError('a log line of an unknown level');
  return known;
}

function expectText(fields: Fields, name: 'message' | 'tool'): string {
  const text = fields[name];
  if (typeof text !== 'string') throw new TypeError(`${name} must be a text`);
  return text;
}

function expectFlag(fields: Fields, name: 'isWorn'): boolean {
  const flag = fields[name];
  if (typeof flag !== 'boolean') throw new TypeError(`${name} must be true or false`);
  return flag;
}

/** A missing amount would be NaN in a budget, and nothing is ever more than that. */
function expectAmount(fields: Fields, name: 'milliseconds' | 'totalCpuMs' | 'instances'): number {
  const amount = fields[name];
  if (typeof amount !== 'number' || !(amount >= 0 && amount < Number.POSITIVE_INFINITY)) {
    throw new TypeError(`${name} must be a number that is not negative`);
  }
  return amount;
}
