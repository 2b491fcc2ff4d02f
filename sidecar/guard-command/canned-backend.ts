import { isDeepStrictEqual } from 'node:util';
import { BackendErrorCode } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../config/json-value.ts';
import type { BackendCall } from '../guard/labeling.ts';
import type { BackendAnswer } from '../guest/backend-calls.ts';
import { backendAnswer } from '../service/backend-answer.ts';
import { UsageError } from './usage-error.ts';

/** Why a backend call has no result. */
export interface CannedError {
  /** A name of the guard ABI, as RATE_LIMITED. */
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs: number;
}

/** What the backend answers one call of a guard. */
export interface CannedAnswer {
  readonly tool: string;
  /** The arguments that it is for; undefined: any. */
  readonly args: JsonObject | undefined;
  readonly outcome:
    | { readonly kind: 'result'; readonly result: JsonObject }
    | { readonly kind: 'error'; readonly error: CannedError };
}

/** A call that a guard made, and what it was answered. */
export interface ToldCall {
  readonly tool: string;
  readonly args: JsonValue;
  /** `result`, or the name of the error. */
  readonly answer: string;
  /** Nothing was there for it. */
  readonly isUnmatched: boolean;
}

/** A backend that answers from a list. */
export class CannedBackend {
  readonly #all: readonly CannedAnswer[];
  readonly #unused: CannedAnswer[];
  /** Those that were used, the last ones first. */
  readonly #used: CannedAnswer[] = [];
  readonly #calls: ToldCall[] = [];

  constructor(answers: readonly CannedAnswer[]) {
    this.#all = answers;
    this.#unused = [...answers];
  }

  /** The same, of which nothing was asked yet. */
  again(): CannedBackend {
    return new CannedBackend(this.#all);
  }

  /** The answers that were given, in the order in which they were first. */
  get used(): readonly CannedAnswer[] {
    return this.#used.toReversed();
  }

  /** What was asked since the last time. */
  takeCalls(): readonly ToldCall[] {
    return this.#calls.splice(0);
  }

  /**
   * The first answer that fits and has not been given. When all that fit have been given, the last of them is given again:
   * a server says the same when it is asked the same. Where none fits, NOT_FOUND.
   */
  answer({ tool, args }: BackendCall): BackendAnswer {
    const value: JsonValue = JSON.parse(Buffer.from(args).toString());
    const found = this.#take({ tool, args: value });
    const outcome = found?.outcome ?? noSuchAnswer(tool);
    const answer = outcome.kind === 'result' ? 'result' : outcome.error.code;
    this.#calls.push({ tool, args: value, answer, isUnmatched: found === undefined });
    return backendAnswer({ id: 0, call: 0, outcome: protoOutcome(outcome) });
  }

  #take(call: { tool: string; args: JsonValue }): CannedAnswer | undefined {
    const fits = (each: CannedAnswer) =>
      each.tool === call.tool && (each.args === undefined || isDeepStrictEqual(each.args, call.args));
    const at = this.#unused.findIndex(fits);
    const [fresh] = at < 0 ? [] : this.#unused.splice(at, 1);
    if (fresh !== undefined) this.#used.unshift(fresh);
    return fresh ?? this.#used.find(fits);
  }
}

/**
 * Reads a list of answers: `{tool, args?, result | error: {code, message?, retryAfterMs?}}`.
 *
 * @throws UsageError that names the place
 */
export function readAnswers(value: JsonValue, name: string): readonly CannedAnswer[] {
  if (!Array.isArray(value))
    throw new UsageError(`${name} must be a list of {"tool", "args", "result"} or {"tool", "args", "error"}`);
  return value.map((each, index) => readAnswer(each, `${name}[${index}]`));
}

/** The same answers as they are written. */
export function answersJson(answers: readonly CannedAnswer[]): JsonValue {
  return answers.map(({ tool, args, outcome }) => ({
    tool,
    ...(args === undefined ? {} : { args }),
    ...(outcome.kind === 'result' ? { result: outcome.result } : { error: { ...outcome.error } }),
  }));
}

/** The name of a code, as a guard is told it. */
export function backendErrorName(code: BackendErrorCode): string {
  return errorNames.find(([, number]) => number === code)?.[0] ?? 'INTERNAL';
}

const errorNames = Object.entries(BackendErrorCode)
  .filter(([, number]) => number > 0)
  .map(([name, number]) => [name.replace('BACKEND_ERROR_CODE_', ''), number] as const);

function readAnswer(value: JsonValue, name: string): CannedAnswer {
  const { tool, args, result, error } = isJsonObject(value) ? value : {};
  if (typeof tool !== 'string') throw new UsageError(`${name}.tool: write the name of the tool that answers`);
  if (args !== undefined && !isJsonObject(args)) throw new UsageError(`${name}.args: must be an object`);
  if ((result === undefined) === (error === undefined))
    throw new UsageError(`${name}: write a result or an error, one of the two`);
  if (error !== undefined) return { tool, args, outcome: { kind: 'error', error: readError(error, name) } };
  if (!isJsonObject(result))
    throw new UsageError(`${name}.result: must be an MCP tool result, as {"content": []}`);
  return { tool, args, outcome: { kind: 'result', result } };
}

function readError(value: JsonValue, name: string): CannedError {
  const { code, message = '', retryAfterMs = 0 } = isJsonObject(value) ? value : { code: value };
  const isKnown = errorNames.some(([known]) => known === code);
  if (typeof code !== 'string' || !isKnown) {
    const known = errorNames.map(([each]) => each).join(', ');
    throw new UsageError(`${name}.error: its code must be one of ${known}`);
  }
  const isDelay = typeof retryAfterMs === 'number' && retryAfterMs >= 0 && retryAfterMs < 2 ** 32;
  if (!isDelay || typeof message !== 'string')
    throw new UsageError(`${name}.error: "message" is a text and "retryAfterMs" a number of milliseconds`);
  return { code, message, retryAfterMs: Math.trunc(retryAfterMs) };
}

function protoOutcome(outcome: CannedAnswer['outcome']) {
  if (outcome.kind === 'result')
    return { $case: 'json' as const, value: Buffer.from(JSON.stringify(outcome.result)) };
  const code = errorNames.find(([name]) => name === outcome.error.code)?.[1] ?? 1;
  return { $case: 'error' as const, value: { ...outcome.error, code } };
}

function noSuchAnswer(tool: string): CannedAnswer['outcome'] {
  const message = `no answer was given for this call of ${JSON.stringify(tool)}`;
  return { kind: 'error', error: { code: 'NOT_FOUND', message, retryAfterMs: 0 } };
}
