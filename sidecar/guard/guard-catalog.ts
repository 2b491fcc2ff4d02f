import { setTimeout as delay } from 'node:timers/promises';
import { cleanLine } from '../clean-line.ts';
import type { GuardConfig, SidecarConfig } from '../config.ts';
import { GuardError } from '../guard-error.ts';
import { firstLoadPauseMs, maxLoadPauseMs } from '../limits.ts';
import type { Log } from '../log.ts';
import type { CommandPrefix } from '../process/end-with-parent.ts';
import { Guard } from './guard.ts';
import { GuardLog } from './guard-log.ts';
import type { ReloadResult } from './guard-status.ts';

/** What a catalog works with. */
export interface CatalogSurroundings {
  readonly log: Log;
  /** Before the command of each guard process. */
  readonly commandPrefix: CommandPrefix;
  /** Ends what is being loaded. */
  readonly stopping: AbortSignal;
}

/** The configured guards, through all reloads. */
export class GuardCatalog implements AsyncDisposable {
  /** Called with a guard's name when it may have come into service, or gone out of it. */
  onHealthChange: (name: string) => void = () => undefined;
  readonly #surroundings: CatalogSurroundings;
  readonly #guards = new Map<string, Guard>();
  /** Guards without a way back into the configuration, as long as they end. */
  readonly #removed = new Set<Guard>();
  /** What is being loaded: its processes must not outlive the catalog. */
  readonly #loads = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  readonly #stopping: AbortSignal;

  constructor(surroundings: CatalogSurroundings) {
    this.#surroundings = surroundings;
    this.#stopping = AbortSignal.any([surroundings.stopping, this.#closing.signal]);
  }

  /** Throws GUARD_NOT_FOUND. */
  guard(name: string): Guard {
    const guard = this.#guards.get(name);
    if (guard !== undefined) return guard;
    const sentence = `no guard ${JSON.stringify(cleanLine(name, 80))} is configured; add it to guards`;
    throw new GuardError('GUARD_NOT_FOUND', sentence);
  }

  /** In the order of the configuration. */
  get guards(): readonly Guard[] {
    return [...this.#guards.values()];
  }

  /** The files of the guards that are or were in service. */
  get paths(): readonly string[] {
    return this.guards.flatMap(({ path }) => path ?? []);
  }

  /**
   * Loads what is new or changed, and ends what is configured no more. A guard that cannot be loaded, or not before the signal,
   * changes nothing; it is reported, and the others serve. `onStarted` is called once, when there is nothing to do but to
   * wait for processes.
   */
  async apply(
    { guards, unknownTypes }: SidecarConfig,
    onStarted: () => void = () => undefined,
  ): Promise<readonly ReloadResult[]> {
    const names = new Set([...unknownTypes, ...guards.map(({ name }) => name)]);
    const gone = this.guards.filter(({ name }) => !names.has(name));
    for (const guard of gone) this.#remove(guard);
    for (const name of unknownTypes) this.#refuse(this.#named(name));
    const starts = guards.map((config) => ({ config, started: Promise.withResolvers<void>() }));
    void Promise.all(starts.map(({ started }) => started.promise)).then(onStarted);
    const loads = starts.map(({ config, started: { resolve } }) =>
      this.load(config, resolve).finally(resolve),
    );
    const results = await Promise.all(loads);
    return [...results, ...gone.map(({ name }) => ({ name, outcome: 'removed', problem: '' }) as const)];
  }

  /** Loads one guard, be it new, unavailable or changed. One that is quarantined stays so. */
  async load(config: GuardConfig, onStarted?: () => void): Promise<ReloadResult> {
    const guard = this.#named(config.name);
    if (guard.isQuarantined) return { name: config.name, outcome: 'unchanged', problem: '' };
    try {
      const outcome = await this.#load(guard, config, onStarted);
      return { name: config.name, outcome, problem: '' };
    } catch (error) {
      if (isPassing(error) && guard.loaded === undefined) void this.#loadWithPatience(guard, config);
      return { name: config.name, outcome: 'failed', problem: sentenceOf(error) };
    }
  }

  /** Ends every guard, also one that is still being loaded. */
  async [Symbol.asyncDispose](): Promise<void> {
    const reason = new GuardError('SHUTTING_DOWN', 'the sidecar is shutting down');
    this.#closing.abort(reason);
    await Promise.allSettled(this.#loads);
    const guards = [...this.guards, ...this.#removed];
    await Promise.all(guards.map((guard) => guard.close(reason)));
  }

  #named(name: string): Guard {
    const known = this.#guards.get(name);
    if (known !== undefined) return known;
    const { log, commandPrefix } = this.#surroundings;
    const around = { log: new GuardLog(name, log), commandPrefix };
    const guard = new Guard(name, around, () => this.onHealthChange(name));
    this.#guards.set(name, guard);
    return guard;
  }

  async #load(
    guard: Guard,
    config: GuardConfig,
    onStarted?: () => void,
  ): Promise<'loaded' | 'reloaded' | 'unchanged'> {
    const { log } = this.#surroundings;
    const { name } = guard;
    const loading = guard.load(config, this.#stopping, onStarted);
    this.#loads.add(loading);
    try {
      const outcome = await loading;
      const digest = guard.loaded?.digest ?? '';
      if (outcome !== 'unchanged') log.write('info', `guard ${outcome}`, { guard: name, digest });
      return outcome;
    } catch (error) {
      const what = guard.loaded === undefined ? 'is unavailable' : 'stays as it was';
      // That it was told to stop is no failure of the guard.
      if (!this.#stopping.aborted)
        log.write('error', `guard ${JSON.stringify(name)} ${what}: ${sentenceOf(error)}`, { guard: name });
      throw error;
    } finally {
      this.#loads.delete(loading);
    }
  }

  /** What kept it from loading may pass: it is tried again, with growing pauses, until somebody else sees to it. */
  async #loadWithPatience(guard: Guard, config: GuardConfig): Promise<void> {
    const signal = this.#stopping;
    for (let pauseMs = firstLoadPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, maxLoadPauseMs)) {
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
      const isOurs =
        guard.loaded === undefined && !guard.isQuarantined && this.#guards.get(guard.name) === guard;
      if (signal.aborted || !isOurs) return;
      const isDone = await this.#load(guard, config).then(
        () => true,
        (error) => !isPassing(error),
      );
      if (isDone) return;
    }
  }

  #remove(guard: Guard): void {
    this.#guards.delete(guard.name);
    this.#surroundings.log.write('info', 'guard removed', { guard: guard.name });
    this.#removed.add(guard);
    void guard.remove().finally(() => this.#removed.delete(guard));
    this.onHealthChange(guard.name);
  }

  #refuse(guard: Guard): void {
    const { name } = guard;
    guard.refuse(unknownType);
    const message = `guard ${JSON.stringify(name)} is unavailable: ${unknownType}`;
    this.#surroundings.log.write('error', message, { guard: name });
  }
}

/** Whether it was the machine's doing, not the module's. */
function isPassing(error: unknown): boolean {
  return error instanceof GuardError && (error.code === 'PROCESS_LOST' || error.code === 'INTERNAL');
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const unknownType =
  'this sidecar knows no guards of its type; write "type": "wasm", or start a newer sidecar';
