import type { Answer, Ask, Opened } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { ToolCall } from '../backend/backend.ts';
import { GatewayError } from '../gateway-error.ts';
import type { Labels } from '../monitor/labels.ts';
import type { Mode } from '../monitor/mode.ts';
import type { ResponseLabels } from '../response/response-labels.ts';
import { activeTraceparent } from '../telemetry/trace-context.ts';
import { until } from '../until.ts';
import { Attempts, unavailable } from './attempts.ts';
import type { Guard, ResourceAnswer } from './guard.ts';
import type { Labeler } from './labeler.ts';
import { type CallBackend, LabelerSession } from './labeler-session.ts';
import { fromLabels, fromMode, fromResourceLabels, fromResponseLabels } from './proto-labels.ts';
import { SessionLost } from './sidecar-failure.ts';

/** Arguments and result of one question, in bytes: what the guard ABI lets in, less the words around them. */
const maxQuestionBytes = 8 * 1024 * 1024 - 4096;

/** What a guard session is opened with. */
export interface GuardSessionOptions {
  /** The guard's name in the sidecar. */
  readonly guard: string;
  /** A JSON object, as text. */
  readonly policy: string;
  readonly principal: string;
  readonly callBackend: CallBackend;
  /** Bounds each opening of the session, waiting for the sidecar included, in milliseconds. */
  readonly openTimeoutMs: number;
}

/**
 * A WASM guard in a sidecar. Its session is opened again, elsewhere where there are others, when the stream broke or the
 * sidecar has no room, and what was not answered is asked again, since labelings are read-only. What it granted the agent is taken from the first opening only; its mode from the
 * last, since a guard may have been reloaded to be stricter.
 */
export class RemoteGuard implements Guard {
  readonly isOperatorsWord = false;
  readonly grant: Labels;
  #mode: Mode;
  readonly #labeler: Labeler;
  readonly #options: GuardSessionOptions;
  #session: Promise<LabelerSession>;
  /** The one that was opened last. */
  #latest: LabelerSession;
  #isClosed = false;

  private constructor(labeler: Labeler, options: GuardSessionOptions, first: OpenedSession) {
    this.#labeler = labeler;
    this.#options = options;
    this.#session = Promise.resolve(first.session);
    this.#latest = first.session;
    this.grant = fromLabels(first.opened.agent);
    this.#mode = fromMode(first.opened.mode);
  }

  /** Opens the first session. Throws GUARD_UNAVAILABLE, POLICY_REJECTED, and what else `label_agent` may fail with. */
  static async open(labeler: Labeler, options: GuardSessionOptions): Promise<RemoteGuard> {
    return new RemoteGuard(labeler, options, await openSession(labeler, options));
  }

  get mode(): Mode {
    return this.#mode;
  }

  get digest(): string {
    return this.#latest.guardDigest;
  }

  async labelResource({ tool, args }: ToolCall, signal: AbortSignal): Promise<ResourceAnswer> {
    const value = { toolName: tool, toolArgs: Buffer.from(args) };
    expectSize(value.toolArgs.length);
    const labels = await this.#ask({ $case: 'labelResource', value }, signal);
    if (labels.$case !== 'resource') throw wrongAnswer();
    return fromResourceLabels(labels.value);
  }

  async labelResponse(
    { tool, args }: ToolCall,
    result: string,
    signal: AbortSignal,
  ): Promise<ResponseLabels> {
    const value = { toolName: tool, toolArgs: Buffer.from(args), toolResult: Buffer.from(result) };
    expectSize(value.toolArgs.length + value.toolResult.length);
    const labels = await this.#ask({ $case: 'labelResponse', value }, signal);
    if (labels.$case !== 'response') throw wrongAnswer();
    return fromResponseLabels(labels.value);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#session.then((session) => session.close()).catch(() => undefined);
  }

  async #ask(
    question: NonNullable<Ask['question']>,
    signal: AbortSignal,
  ): Promise<NonNullable<Answer['labels']>> {
    const attempts = new Attempts(this.#labeler);
    for (;;) {
      try {
        const session = await this.#openedWithin(attempts.tried, signal);
        attempts.tried.add(session.sidecar);
        return await session.ask(question, signal);
      } catch (error) {
        if (error instanceof SessionLost && this.#isClosed) throw unavailable(error);
        attempts.expectAnother(error);
      }
    }
  }

  async #openedWithin(tried: ReadonlySet<string>, signal: AbortSignal): Promise<LabelerSession> {
    try {
      return await until(this.#opened(tried), signal);
    } catch (error) {
      throw error === signal.reason ? tooLate(error) : error;
    }
  }

  /** The session that is open, or a new one; shared by the questions that find it lost, or its sidecar without room. */
  async #opened(tried: ReadonlySet<string>): Promise<LabelerSession> {
    const current = this.#session;
    const session = await current.catch(() => undefined);
    if (session?.isLost === false && !this.#isToMove(session, tried)) return session;
    if (this.#isClosed) throw new SessionLost('the session was closed');
    if (this.#session === current) {
      this.#session = this.#reopen(new Set(tried).add(this.#latest.sidecar));
      session?.retire();
    }
    return this.#session;
  }

  #isToMove({ sidecar }: LabelerSession, tried: ReadonlySet<string>): boolean {
    return tried.has(sidecar) && this.#labeler.hasOther(tried);
  }

  async #reopen(tried: ReadonlySet<string>): Promise<LabelerSession> {
    const { session, opened } = await openSession(this.#labeler, this.#options, tried);
    this.#mode = fromMode(opened.mode);
    this.#latest = session;
    if (this.#isClosed) session.close();
    return session;
  }
}

interface OpenedSession {
  readonly session: LabelerSession;
  readonly opened: Opened;
}

/** Opens a session, and again when the stream broke meanwhile, until the time for opening is over. */
async function openSession(
  labeler: Labeler,
  options: GuardSessionOptions,
  tried?: ReadonlySet<string>,
): Promise<OpenedSession> {
  const { guard, policy, principal, callBackend } = options;
  const traceparent = activeTraceparent();
  const open = { guard, policy: Buffer.from(policy), principal, timeoutMs: 0, traceparent };
  const signal = AbortSignal.timeout(options.openTimeoutMs);
  const attempts = new Attempts(labeler, tried);
  for (;;) {
    try {
      const at = await labeler.stream(signal, attempts.tried);
      attempts.tried.add(at.sidecar);
      return await LabelerSession.open(at, open, { callBackend, signal });
    } catch (error) {
      if (signal.aborted) throw tooLate(error);
      attempts.expectAnother(error);
    }
  }
}

/** Checked before it is sent: a message above the protocol's limit would break the session for all its questions. */
function expectSize(bytes: number): void {
  if (bytes <= maxQuestionBytes) return;
  const sentence = `a guard takes ${maxQuestionBytes} bytes of arguments and result at most, and these have ${bytes}`;
  throw new GatewayError('GUARD_ERROR', sentence);
}

function tooLate(cause: unknown): GatewayError {
  return new GatewayError('GUARD_UNAVAILABLE', 'the sidecar did not answer in time', { cause });
}

function wrongAnswer(): GatewayError {
  return new GatewayError('INVALID_OUTPUT', 'the sidecar answered another question than it was asked');
}
