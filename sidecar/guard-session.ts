import type { Guard } from './guard.ts';
import { GuardError } from './guard-error.ts';
import { Budget, GuardInstance, type Question } from './guard-instance.ts';
import { type AgentOutput, parseAgentOutput } from './guard-output/parse-agent-output.ts';
import type { Labeling } from './labeling.ts';

/**
 * One policy and the instances that were primed with it. Guards keep their policy and their caches in globals, so an
 * instance never serves two sessions; questions that overlap get an instance each.
 */
export class GuardSession implements Disposable {
  readonly #guard: Guard;
  readonly #policy: Uint8Array;
  /** The one that worked last is the last: it is asked first, while its memory is warm. */
  readonly #idle: GuardInstance[] = [];
  #isClosed = false;

  constructor(guard: Guard, policy: Uint8Array) {
    this.#guard = guard;
    this.#policy = policy;
  }

  /** Primes the first instance: what `label_agent` says. */
  open(labeling: Labeling): Promise<AgentOutput> {
    return this.#onceMoreIfLost(labeling, async (budget) => {
      using lease = this.#lease(await this.#newInstance(labeling.signal));
      const output = await this.#prime(lease.instance, labeling, budget);
      lease.keep();
      return output;
    });
  }

  /** Asks a primed instance: what `parse` makes of the export's output. One that answered nonsense is not asked again. */
  ask<T>(question: Question, parse: (output: Uint8Array) => T, labeling: Labeling): Promise<T> {
    return this.#onceMoreIfLost(labeling, async (budget) => {
      using lease = await this.#leasePrimed(labeling, budget);
      const answer = parse(await lease.instance.call(question, labeling, budget));
      lease.keep();
      return answer;
    });
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const instance of [...this.#idle]) this.#drop(instance);
  }

  /**
   * Labelings are read-only, so one that lost its process through no fault of its own is run again, once. One that had
   * not begun to run, since it waited in line, has not been run.
   */
  async #onceMoreIfLost<T>(labeling: Labeling, run: (budget: Budget) => Promise<T>): Promise<T> {
    for (let runs = 0; ; ) {
      const budget = new Budget(this.#guard.limits);
      try {
        return await run(budget);
      } catch (error) {
        if (budget.isTouched) runs++;
        if (!(error instanceof GuardError) || error.code !== 'PROCESS_LOST' || runs === maxRuns) throw error;
        labeling.signal.throwIfAborted();
      }
    }
  }

  async #leasePrimed(labeling: Labeling, budget: Budget): Promise<InstanceLease> {
    const idle = this.#takeIdle();
    if (idle !== undefined) return this.#lease(idle);
    const lease = this.#lease(await this.#newInstance(labeling.signal));
    try {
      await this.#prime(lease.instance, labeling, budget);
      return lease;
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
  }

  #takeIdle(): GuardInstance | undefined {
    for (let instance = this.#idle.pop(); instance !== undefined; instance = this.#idle.pop()) {
      this.#guard.idle.delete(instance);
      if (instance.isAlive) return instance;
    }
    return undefined;
  }

  async #newInstance(signal: AbortSignal): Promise<GuardInstance> {
    return new GuardInstance(await this.#guard.pool.seat(signal), this);
  }

  /** An instance that refused the policy would label by none, so what it says is read each time. */
  async #prime(instance: GuardInstance, labeling: Labeling, budget: Budget): Promise<AgentOutput> {
    const question: Question = { export: 'label_agent', input: this.#policy };
    return parseAgentOutput(await instance.call(question, labeling, budget));
  }

  /** An instance in use: gone when the lease ends, unless it was kept. */
  #lease(instance: GuardInstance): InstanceLease {
    let isKept = false;
    return {
      instance,
      keep: () => {
        isKept = true;
      },
      [Symbol.dispose]: () => {
        if (isKept && !this.#isClosed) this.#rest(instance);
        else instance.drop();
      },
    };
  }

  #rest(instance: GuardInstance): void {
    this.#idle.push(instance);
    this.#guard.idle.add(instance, () => this.#drop(instance));
  }

  #drop(instance: GuardInstance): void {
    const place = this.#idle.indexOf(instance);
    if (place >= 0) this.#idle.splice(place, 1);
    this.#guard.idle.delete(instance);
    instance.drop();
  }
}

/** How often one labeling is run at most. */
const maxRuns = 2;

interface InstanceLease extends Disposable {
  readonly instance: GuardInstance;
  keep(): void;
}
