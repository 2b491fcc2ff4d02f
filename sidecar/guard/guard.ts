import type { GuardConfig } from '../config.ts';
import { GuardError } from '../guard-error.ts';
import { type ModuleFile, readModule } from '../module/module-file.ts';
import { GuardCounters } from './guard-counters.ts';
import type { GuardState, GuardStatus } from './guard-status.ts';
import { type GuardSurroundings, GuardVersion } from './guard-version.ts';
import { type Failure, guardRule, HoldBack, type Pause } from './hold-back.ts';

/** Why a guard cannot be asked. */
interface Outage {
  readonly state: 'unavailable' | 'quarantined';
  readonly error: GuardError;
}

/** One configured guard: the version in service, or why there is none, through all of its reloads. */
export class Guard {
  readonly name: string;
  readonly counters = new GuardCounters();
  /** How it fares with all of its sessions together. */
  readonly #holdBack = new HoldBack(guardRule);
  readonly #surroundings: GuardSurroundings;
  readonly #onChange: () => void;
  /** Versions that were replaced, until they have ended. */
  readonly #retiring = new Set<GuardVersion>();
  #version: GuardVersion | undefined;
  #outage: Outage | undefined;
  #reloadProblem = '';
  #path: string | undefined;
  readonly #sessions = new Set<Disposable>();

  /** `onChange` is called when it may have become another's to ask, or nobody's. */
  constructor(
    name: string,
    surroundings: Omit<GuardSurroundings, 'name' | 'counters'>,
    onChange: () => void,
  ) {
    this.name = name;
    this.#surroundings = { ...surroundings, name, counters: this.counters };
    this.#onChange = onChange;
  }

  /** The version that new sessions get. Throws GUARD_UNAVAILABLE with the reason. */
  get version(): GuardVersion {
    this.expectService();
    if (this.#version === undefined) throw unavailable(this.name, 'it is still loading; ask again');
    return this.#version;
  }

  /** The version in service, whatever the state. */
  get loaded(): GuardVersion | undefined {
    return this.#version;
  }

  /** Its file as it was last configured; undefined for one that this sidecar cannot run. */
  get path(): string | undefined {
    return this.#path;
  }

  get isQuarantined(): boolean {
    return this.#outage?.state === 'quarantined';
  }

  /** Throws GUARD_UNAVAILABLE while nobody may ask it, with the reason. */
  expectService(): void {
    if (this.#outage !== undefined) throw this.#outage.error;
    const pause = this.#holdBack.pauseAt(performance.now());
    if (pause !== undefined) throw heldBack(this.name, pause);
  }

  /** It failed by its own doing. When it has for several callers in a row, everybody pauses. */
  failed(failure: Failure): void {
    const nowMs = performance.now();
    const before = this.#holdBack.pauseAt(nowMs);
    this.#holdBack.failed(failure, nowMs);
    const pause = this.#holdBack.pauseAt(nowMs);
    if (pause === undefined || pause === before) return;
    this.#surroundings.log.write('warn', heldBack(this.name, pause).message);
    this.#onChange();
    this.#awaitEndOf(pause);
  }

  succeeded(task: string): void {
    this.#holdBack.succeeded(task);
  }

  /** A session uses it until it disposes of what it gets. */
  addSession(): Disposable {
    const session = { [Symbol.dispose]: () => void this.#sessions.delete(session) };
    this.#sessions.add(session);
    return session;
  }

  /**
   * Puts what is configured in service: the new version is started beside the old one, takes what comes, and the old one
   * ends when nothing uses it any more. Throws GUARD_UNAVAILABLE with what is wrong, PROCESS_LOST where it was the
   * machine's doing, or the signal's reason; then the old one stays in service. `onStarted` is called when there is nothing
   * to do but to wait for its processes.
   */
  async load(
    config: GuardConfig,
    signal: AbortSignal,
    onStarted: () => void = () => undefined,
  ): Promise<'loaded' | 'reloaded' | 'unchanged'> {
    this.#path = config.path;
    try {
      const module = await readPinned(config);
      const current = this.#version;
      if (this.#outage === undefined && current?.is(config, module)) return this.#unchanged();
      const starting = GuardVersion.start(config, { module, surroundings: this.#surroundings }, signal);
      onStarted();
      const version = await starting;
      await this.#expectNoQuarantine(version);
      this.#replace(version);
      return current === undefined ? 'loaded' : 'reloaded';
    } catch (error) {
      this.#noteFailure(error instanceof GuardError ? error.message : String(error));
      throw error;
    }
  }

  /** It cannot be loaded here at all. */
  refuse(why: string): void {
    this.#noteFailure(why);
  }

  /** Ends it at once, with all that it is doing, until it is released. */
  async quarantine(reason: string): Promise<void> {
    const error = unavailable(this.name, `an operator quarantined it: ${reason}`);
    this.#outage = { state: 'quarantined', error };
    const version = this.#version;
    this.#version = undefined;
    this.#onChange();
    await version?.close(error);
  }

  /** It may be loaded again. */
  release(): void {
    this.#outage = { state: 'unavailable', error: unavailable(this.name, 'it was released and is loading') };
  }

  /** Lets what is under way end; nothing new is taken. */
  async remove(): Promise<void> {
    this.#outage = {
      state: 'unavailable',
      error: unavailable(this.name, 'it was removed from the configuration'),
    };
    this.#onChange();
    await this.#version?.retire();
  }

  async close(reason: GuardError): Promise<void> {
    const versions = [this.#version, ...this.#retiring];
    await Promise.all(versions.map((version) => version?.close(reason)));
  }

  get state(): GuardState {
    if (this.#outage !== undefined) return this.#outage.state;
    if (this.#version === undefined) return 'unavailable';
    return this.#holdBack.pauseAt(performance.now()) === undefined ? 'serving' : 'held_back';
  }

  get status(): GuardStatus {
    const version = this.#version;
    const processes = version?.pool.status ?? [];
    const { cpuMs, ...counts } = this.counters;
    return {
      name: this.name,
      state: this.state,
      reason: this.#reason(),
      reloadProblem: this.#reloadProblem,
      version: version?.status,
      counts: { ...counts, cpuMs: processes.reduce((sum, process) => sum + process.cpuMs, cpuMs) },
      live: {
        sessions: this.#sessions.size,
        queued: version?.pool.load ?? 0,
        labelings: version?.labelings ?? 0,
        instances: version?.pool.instances ?? 0,
        idleInstances: version?.idle.size ?? 0,
        processes,
      },
    };
  }

  #reason(): string {
    try {
      this.expectService();
      return '';
    } catch (error) {
      return error instanceof GuardError ? error.message : String(error);
    }
  }

  /** A timer may come a moment before its time by the clock that pauses are measured with. */
  #awaitEndOf({ untilMs }: Pick<Pause, 'untilMs'>): void {
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0) this.#onChange();
    else setTimeout(() => this.#awaitEndOf({ untilMs }), Math.ceil(leftMs)).unref();
  }

  #unchanged(): 'unchanged' {
    this.#reloadProblem = '';
    return 'unchanged';
  }

  /** A version that is in service stays there. */
  #noteFailure(why: string): void {
    if (this.#version !== undefined) this.#reloadProblem = why;
    else if (!this.isQuarantined) this.#outage = { state: 'unavailable', error: unavailable(this.name, why) };
    this.#onChange();
  }

  async #expectNoQuarantine(version: GuardVersion): Promise<void> {
    if (!this.isQuarantined) return;
    const error = unavailable(this.name, 'it was quarantined while it loaded');
    await version.close(error);
    throw error;
  }

  #replace(version: GuardVersion): void {
    const old = this.#version;
    this.#version = version;
    this.#outage = undefined;
    this.#reloadProblem = '';
    if (old !== undefined) {
      this.counters.reloads++;
      this.#retiring.add(old);
      void old.retire().finally(() => this.#retiring.delete(old));
    }
    this.#onChange();
  }
}

function unavailable(name: string, why: string): GuardError {
  return new GuardError('GUARD_UNAVAILABLE', `guard ${JSON.stringify(name)} is unavailable: ${why}`);
}

function heldBack(name: string, { failures, reason, untilMs }: Pause): GuardError {
  const waitMs = Math.max(1, Math.ceil(untilMs - performance.now()));
  return unavailable(
    name,
    `it failed ${failures} times in a row, for several callers (last: ${reason}); it is asked again in ${waitMs} ms`,
  );
}

async function readPinned({ path, sha256 }: GuardConfig): Promise<ModuleFile> {
  const module = await readModule(path);
  if (sha256 === undefined || sha256 === module.digest) return module;
  const sentence = `its file has the sha256 ${module.digest}, not the configured ${sha256}; correct the one that is wrong`;
  throw new GuardError('GUARD_UNAVAILABLE', sentence);
}
