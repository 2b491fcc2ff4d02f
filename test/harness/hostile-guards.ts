import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { credentials } from '@grpc/grpc-js';
import {
  AdminServiceClient,
  type GuardLiveFigures,
  type ListGuardsResponse,
} from '../../proto/gen/sluice/admin/v1/admin.ts';
import type { GuardErrorCode } from '../../sidecar/guard-error.ts';
import { orAborted } from '../../sidecar/or-aborted.ts';
import type { GuardStream, Labels } from './guard-stream.ts';
import { type GuestSettings, RunningSidecar } from './running-sidecar.ts';

/** What becomes of one question to a guest that misbehaves. */
export interface HostileEnd {
  /** The reason that the caller gets. */
  readonly ends: GuardErrorCode;
  /** What the caller reads. */
  readonly says: RegExp;
  /** The question; `label_response` of the tool "get" where nothing is given. */
  readonly asks?: (stream: GuardStream) => Promise<Labels>;
  /** What is to happen in the session before it. */
  readonly prepare?: (stream: GuardStream) => Promise<unknown>;
  /** Whether its process has to go, too; no where nothing is given; perhaps, when the guest now runs and now sleeps. */
  readonly kills?: boolean | 'perhaps';
}

/** Guards of one sidecar, all but one of them hostile, and what holds whatever they do. */
export class HostileGuards implements AsyncDisposable {
  readonly sidecar: RunningSidecar;
  readonly #admin: AdminServiceClient;
  readonly #bystander: GuardStream;
  readonly #pids: number;

  private constructor(sidecar: RunningSidecar, bystander: GuardStream, pids: number) {
    this.sidecar = sidecar;
    this.#admin = new AdminServiceClient(sidecar.adminAddress, credentials.createInsecure());
    this.#bystander = bystander;
    this.#pids = pids;
  }

  /** A sidecar with these guards, and a well-behaved one. Those that do not load are no fault yet. */
  static async serving(guests: Record<string, GuestSettings>): Promise<HostileGuards> {
    const all: Record<string, GuestSettings> = { ...guests, [bystanderName]: { guest: 'answers-public' } };
    const sidecar = await RunningSidecar.serving(all, { isAdministered: true });
    const loaded = Object.entries(all).filter(([name]) => !isRefused(sidecar, name));
    const pids = loaded.reduce((sum, [, { limits }]) => sum + (limits?.processes ?? 1) + 1, 0);
    try {
      await orAborted(sidecar.hasReadyProcesses(pids), AbortSignal.timeout(patienceMs));
      return new HostileGuards(sidecar, await sidecar.open(bystanderName), pids);
    } catch (error) {
      await sidecar[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Two sessions of a guard: what the guest does to the one, the other does not notice, nor does another guard, meanwhile
   * and afterwards; the session itself is answered, too, when it asks next; and nothing is left behind.
   */
  async endsAlone(guard: string, end: HostileEnd): Promise<void> {
    const { ends, says, asks = askForResponse, prepare = async () => undefined, kills = false } = end;
    const [stream, neighbour] = [await this.sidecar.open(guard), await this.sidecar.open(guard)];
    const before = this.sidecar.log.length;
    await prepare(stream);
    const answer = asks(stream);
    answer.catch(() => undefined);
    await this.#bystander.labelResource('get');
    await assert.rejects(answer, hasEnd(ends, says));
    await Promise.all([neighbour, stream, this.#bystander].map((each) => askAgain(each)));
    if (kills !== 'perhaps') {
      assert.equal(this.sidecar.log.includes('its process ended', before), kills, 'a process was killed');
    }
    await Promise.all([stream.close(), neighbour.close()]);
    await this.isWhole();
  }

  /** A session that cannot be opened: the stream ends, other guards answer, and nothing is left behind. */
  async opensNot(guard: string, ends: GuardErrorCode, says: RegExp): Promise<void> {
    await assert.rejects(this.sidecar.open(guard), hasEnd(ends, says));
    await askAgain(this.#bystander);
    await this.isWhole();
  }

  /**
   * The sidecar lives, has as many guard processes as it had at the start, and holds nothing for those whose sessions
   * have all ended.
   */
  async isWhole(): Promise<void> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      assert.deepEqual([this.sidecar.child.exitCode, this.sidecar.child.signalCode], [null, null]);
      const [{ length }, restless] = await Promise.all([this.sidecar.guardProcesses(), this.#restless()]);
      if (length === this.#pids && restless.length === 0) return;
      const left = `${length} guard processes are there, not ${this.#pids}, and ${restless.join()} is not at rest`;
      assert.ok(performance.now() < deadline, left);
      await delay(checkMs);
    }
  }

  /** The guards that still hold something. */
  async #restless(): Promise<readonly string[]> {
    const list = promisify<object, ListGuardsResponse>(this.#admin.listGuards.bind(this.#admin));
    const { guards } = await list({});
    return guards.filter((guard) => !isAtRest(guard)).map(({ name }) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#admin.close();
    await this.sidecar[Symbol.asyncDispose]();
  }
}

/** It has no session, no labeling, nobody in line and no instance. The well-behaved guard has a session throughout. */
function isAtRest({ name, live }: { name: string; live?: GuardLiveFigures | undefined }): boolean {
  if (live === undefined || name === bystanderName) return true;
  const { sessions, queued, labelings, instances } = live;
  return sessions + queued + labelings + instances === 0;
}

/** A question that a hostile guard answers as if it were none; the backend, where it asks one, has nothing to say. */
async function askAgain(stream: GuardStream): Promise<void> {
  const { answerBackend } = stream;
  stream.answerBackend = () => ({ $case: 'json', value: Buffer.from('{"resource":{}}') });
  await stream.labelResource('0');
  stream.answerBackend = answerBackend;
}

/** For `assert.rejects`: this reason, its gRPC code, and a fitting message. */
export function hasEnd(
  ends: GuardErrorCode,
  says: RegExp,
): (error: { reason?: GuardErrorCode; code?: number; message?: string }) => boolean {
  return ({ reason, code, message = '' }) => {
    assert.ok(reason === ends, `${reason} (${message}) is not ${ends}`);
    assert.equal(code, codes[ends]);
    assert.match(message, says);
    return true;
  };
}

function isRefused(sidecar: RunningSidecar, name: string): boolean {
  return sidecar.logLines.some(({ guard, message }) => guard === name && message.includes('is unavailable:'));
}

function askForResponse(stream: GuardStream): Promise<Labels> {
  return stream.labelResponse('get', {});
}

const bystanderName = 'well-behaved';

/** As peers see them (grpc.status), by reason. */
const codes: Readonly<Partial<Record<GuardErrorCode, number>>> = {
  GUARD_TRAPPED: 2,
  GUARD_ERROR: 2,
  INVALID_OUTPUT: 2,
  DEADLINE_EXCEEDED: 4,
  CANCELLED: 1,
  POLICY_REJECTED: 3,
  BUDGET_EXCEEDED: 8,
  MEMORY_LIMIT: 8,
  OUTPUT_LIMIT: 8,
  GUARD_UNAVAILABLE: 14,
  PROCESS_LOST: 14,
};

/** What is not there, or still there, after so many milliseconds is so for good, however busy the machine is. */
const patienceMs = 30_000;

/** There is no event for what /proc shows and the admin service counts. */
const checkMs = 10;
