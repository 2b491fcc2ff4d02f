import type { Answer, Ask, Opened } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { ToolCall } from '../backend/backend.ts';
import { GatewayError } from '../gateway-error.ts';
import type { Labels } from '../monitor/labels.ts';
import type { Mode } from '../monitor/mode.ts';
import type { ResponseLabels } from '../response/response-labels.ts';
import { activeTraceparent } from '../telemetry/trace-context.ts';
import { until } from '../until.ts';
import type { Guard, ResourceAnswer } from './guard.ts';
import type { LabelerClient } from './labeler-client.ts';
import { type CallBackend, LabelerSession } from './labeler-session.ts';
import { fromLabels, fromMode, fromResourceLabels, fromResponseLabels } from './proto-labels.ts';
import { SessionLost } from './sidecar-failure.ts';

/** How often a question is asked in all, where streams break: one that takes the sidecar down must not do so for ever. */
const maxTries = 3;

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
 * A WASM guard in the sidecar. Its session is opened again when the stream broke, and what was not answered is asked
 * again, since labelings are read-only. What it granted the agent is taken from the first opening only; its mode from the
 * last, since a guard may have been reloaded to be stricter.
 */
export class RemoteGuard implements Guard {
  readonly isOperatorsWord = false;
  readonly grant: Labels;
  #mode: Mode;
  readonly #client: LabelerClient;
  readonly #options: GuardSessionOptions;
  #session: Promise<LabelerSession>;
  /** The one that was opened last. */
  #latest: LabelerSession;
  #isClosed = false;

  private constructor(client: LabelerClient, options: GuardSessionOptions, first: OpenedSession) {
    this.#client = client;
    this.#options = options;
    this.#session = Promise.resolve(first.session);
    this.#latest = first.session;
    this.grant = fromLabels(first.opened.agent);
    this.#mode = fromMode(first.opened.mode);
  }

  /** Opens the first session. Throws GUARD_UNAVAILABLE, POLICY_REJECTED, and what else `label_agent` may fail with. */
  static async open(client: LabelerClient, options: GuardSessionOptions): Promise<RemoteGuard> {
    return new RemoteGuard(client, options, await openSession(client, options));
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
    for (let tries = 1; ; tries++) {
      try {
        const session = await this.#openedWithin(signal);
        return await session.ask(question, signal);
      } catch (error) {
        if (!(error instanceof SessionLost)) throw error;
        if (tries === maxTries || this.#isClosed) throw unavailable(error);
      }
    }
  }

  async #openedWithin(signal: AbortSignal): Promise<LabelerSession> {
    try {
      return await until(this.#opened(), signal);
    } catch (error) {
      throw error === signal.reason ? tooLate(error) : error;
    }
  }

  /** The session that is open, or a new one; shared by the questions that find it lost. */
  async #opened(): Promise<LabelerSession> {
    const current = this.#session;
    const session = await current.catch(() => undefined);
    if (session?.isLost === false) return session;
    if (this.#isClosed) throw new SessionLost('the session was closed');
    if (this.#session === current) this.#session = this.#reopen();
    return this.#session;
  }

  async #reopen(): Promise<LabelerSession> {
    const { session, opened } = await openSession(this.#client, this.#options);
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
async function openSession(client: LabelerClient, options: GuardSessionOptions): Promise<OpenedSession> {
  const { guard, policy, principal, callBackend } = options;
  const traceparent = activeTraceparent();
  const open = { guard, policy: Buffer.from(policy), principal, timeoutMs: 0, traceparent };
  const signal = AbortSignal.timeout(options.openTimeoutMs);
  for (let tries = 1; ; tries++) {
    try {
      const stream = await client.stream(signal);
      return await LabelerSession.open(stream, open, { callBackend, signal });
    } catch (error) {
      if (signal.aborted) throw tooLate(error);
      if (!(error instanceof SessionLost)) throw error;
      if (tries === maxTries) throw unavailable(error);
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

function unavailable(cause: SessionLost): GatewayError {
  const broke = (words: string) => `the connection to the sidecar broke: ${words}`;
  return new GatewayError('GUARD_UNAVAILABLE', broke(cause.message), {
    cause,
    summary: broke(cause.summary),
  });
}

function wrongAnswer(): GatewayError {
  return new GatewayError('INVALID_OUTPUT', 'the sidecar answered another question than it was asked');
}
