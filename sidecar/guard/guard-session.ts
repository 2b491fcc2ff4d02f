import { trace } from '@opentelemetry/api';
import { GuardError } from '../guard-error.ts';
import { type AgentOutput, parseAgentOutput } from '../guard-output/parse-agent-output.ts';
import type { LabelExport } from '../guest/protocol.ts';
import type { Seat } from '../process/seat.ts';
import { SeatVisit } from '../process/seat-visit.ts';
import { attribute, spanName } from '../telemetry/attributes.ts';
import { inSpan, isTraced } from '../telemetry/in-span.ts';
import type { Guard } from './guard.ts';
import { Budget, GuardInstance, type LabelingRun, type Question } from './guard-instance.ts';
import type { GuardVersion } from './guard-version.ts';
import { InstanceShelf } from './instance-shelf.ts';
import type { Labeling } from './labeling.ts';
import { sameGrant } from './same-grant.ts';
import { SessionRecord } from './session-record.ts';

/** What a session is opened with. */
export interface SessionOptions {
  /** The policy; undefined: the guard's own. */
  readonly policy: Uint8Array | undefined;
  /** Whom it serves; empty: nobody by name. */
  readonly principal: string;
  /** Called when the session was primed on a version that the guard was reloaded to. */
  readonly onReload: (opened: OpenedSession) => void;
}

/** What a guard made of the policy. */
export interface OpenedSession extends AgentOutput {
  readonly guardDigest: string;
}

/**
 * One policy and the instances that were primed with it. Guards keep their policy and their caches in globals, so an
 * instance never serves two sessions; questions that overlap get an instance each. All of them are of one version of the
 * guard: the newest, once no question is under way on an older one.
 */
export class GuardSession implements Disposable {
  readonly #guard: Guard;
  readonly #options: SessionOptions;
  readonly #record: SessionRecord;
  readonly #shelf = new InstanceShelf();
  readonly #membership: Disposable;
  /** The version of its instances. */
  #version: GuardVersion;
  /** What the client knows, and of which version. */
  #opened: { readonly session: OpenedSession; readonly version: GuardVersion } | undefined;
  #questions = 0;

  /** Throws GUARD_UNAVAILABLE. */
  constructor(guard: Guard, options: SessionOptions) {
    this.#guard = guard;
    this.#options = options;
    this.#version = guard.version;
    this.#record = new SessionRecord(guard, options.principal);
    this.#membership = guard.addSession();
  }

  /** The guard's name in the configuration. */
  get guardName(): string {
    return this.#guard.name;
  }

  /** The longest that a question may take, in milliseconds. */
  get deadlineMs(): number {
    return this.#version.limits.deadlineMs;
  }

  /** Primes the first instance: what `label_agent` says. */
  open(labeling: Labeling): Promise<OpenedSession> {
    return this.#label('label_agent', labeling, async (version, budget) => {
      using visit = new SeatVisit(await this.#seat(version, labeling.signal), this);
      await visit.enter(labeling.signal);
      using lease = this.#shelf.lease(new GuardInstance(visit.seat));
      const run = { labeling, budget, visit };
      const opened = await this.#prime({ version, instance: lease.instance }, run);
      this.#opened = { session: opened, version };
      lease.keep(version.idle);
      return opened;
    });
  }

  /**
   * Asks a primed instance: what `parse` makes of the export's output. One that answered nonsense is not asked again.
   * Throws GUARD_RELOADED when the session is to be opened again, since the guard grants something else now.
   */
  ask<T>(question: Question, parse: (output: Uint8Array) => T, labeling: Labeling): Promise<T> {
    return this.#label(question.export, labeling, async (version, budget) => {
      using _expected = this.#shelf.expectQuestion();
      const seat = await this.#seat(version, labeling.signal);
      using visit = new SeatVisit(seat, this);
      await visit.enter(labeling.signal);
      // Only now: one that was at work when the question came may rest again.
      using lease = this.#shelf.takeIdle(seat) ?? this.#shelf.lease(new GuardInstance(seat));
      const run = { labeling, budget, visit };
      const prime = () => this.#primeAgain({ version, instance: lease.instance }, run);
      if (lease.isNew) await (isTraced() ? inSpan(spanName.prime, prime) : prime());
      const output = await lease.instance.call(question, run);
      visit.leave();
      const answer = parse(output);
      lease.keep(version.idle);
      return answer;
    });
  }

  [Symbol.dispose](): void {
    this.#shelf[Symbol.dispose]();
    this.#membership[Symbol.dispose]();
  }

  /**
   * Labelings are read-only, so one that lost its process through no fault of its own is run again, once. One that had
   * not begun to run, since it waited in line, has not been run.
   */
  async #label<T>(task: LabelExport, labeling: Labeling, run: Run<T>): Promise<T> {
    const attempt = this.#record.begin(task);
    let budget: Budget | undefined;
    this.#questions++;
    try {
      for (let runs = 0; ; ) {
        const version = this.#chooseVersion();
        trace.getActiveSpan()?.setAttribute(attribute.guardDigest, version.digest);
        budget = new Budget(version.limits, this.#guard.counters, runs + 1);
        try {
          using _use = version.use();
          const result = await run(version, budget);
          attempt.succeeded();
          return result;
        } catch (error) {
          if (budget.isTouched) runs++;
          if (!isLost(error) || runs === maxRuns) throw error;
          labeling.signal.throwIfAborted();
          if (budget.isTouched) this.#guard.counters.reruns++;
        }
      }
    } catch (error) {
      attempt.failed(error, budget);
      throw error;
    } finally {
      this.#questions--;
    }
  }

  /** Never two versions at a time: a question under way keeps the session where it is, unless that has ended. */
  #chooseVersion(): GuardVersion {
    const mayMove = this.#questions === 1 || this.#version.isClosed;
    if (mayMove && this.#version !== this.#guard.version) {
      this.#version = this.#guard.version;
      this.#shelf.clear();
    }
    return this.#version;
  }

  /** A process to ask; where there are several, rather one that has an instance of this session. */
  #seat(version: GuardVersion, signal: AbortSignal): Promise<Seat> {
    return version.pool.seat(signal, (seat) => this.#shelf.hasIdle(seat));
  }

  /** An instance that refused the policy would label by none, so what it says is read each time. */
  async #prime(
    { version, instance }: { version: GuardVersion; instance: GuardInstance },
    run: LabelingRun,
  ): Promise<OpenedSession> {
    const input = this.#options.policy ?? version.defaultPolicy;
    const output = await instance.call({ export: 'label_agent', input }, run);
    return { ...parseAgentOutput(output), guardDigest: version.digest };
  }

  /** The client decides by what it was told, so it has to know of a new version before the next answer. */
  async #primeAgain(
    target: { version: GuardVersion; instance: GuardInstance },
    run: LabelingRun,
  ): Promise<void> {
    const { version } = target;
    const session = await this.#prime(target, run).catch((error) => {
      throw version === this.#opened?.version ? error : asReloaded(error);
    });
    if (version === this.#opened?.version) return;
    if (this.#opened !== undefined && !sameGrant(session, this.#opened.session)) throw reloaded;
    this.#opened = { session, version };
    this.#options.onReload(session);
  }
}

type Run<T> = (version: GuardVersion, budget: Budget) => Promise<T>;

/** How often one labeling is run at most. */
const maxRuns = 2;

function isLost(error: unknown): boolean {
  return error instanceof GuardError && error.code === 'PROCESS_LOST';
}

/** A policy that the new version refuses is the client's to be told when it opens again. */
function asReloaded(error: unknown): unknown {
  if (!(error instanceof GuardError) || error.code !== 'POLICY_REJECTED') return error;
  return new GuardError(
    'GUARD_RELOADED',
    `it was reloaded, and its new version refuses the policy: ${error.message}`,
  );
}

const reloaded = new GuardError(
  'GUARD_RELOADED',
  'it was reloaded, and its new version grants the agent something else; open the session again',
);
