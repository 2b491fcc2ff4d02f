import { cleanLine } from './clean-line.ts';
import type { GuardConfig, SidecarConfig } from './config.ts';
import { type Guard, loadGuard } from './guard.ts';
import { GuardError } from './guard-error.ts';
import type { LogLevel } from './guest/protocol.ts';
import type { Log } from './log.ts';

/** The configured guards: those that can be asked, and why the others cannot. */
export class GuardCatalog implements AsyncDisposable {
  readonly #guards = new Map<string, Guard | GuardError>();

  /** Loads every guard; one that cannot be loaded, or not before the signal, is reported, and the others serve. */
  static async load(
    { guards, unknownTypes }: SidecarConfig,
    log: Log,
    signal: AbortSignal,
  ): Promise<GuardCatalog> {
    const catalog = new GuardCatalog();
    for (const name of unknownTypes) catalog.#refuse(name, unknownType, log);
    await Promise.all(guards.map((config) => catalog.#load(config, log, signal)));
    return catalog;
  }

  /** Throws GUARD_NOT_FOUND or GUARD_UNAVAILABLE. */
  guard(name: string): Guard {
    const guard = this.#guards.get(name);
    if (guard === undefined) {
      throw new GuardError(
        'GUARD_NOT_FOUND',
        `no guard ${JSON.stringify(cleanLine(name, 80))} is configured; add it to guards`,
      );
    }
    if (guard instanceof GuardError) throw guard;
    return guard;
  }

  /** Every configured guard by name, and whether it can be asked. */
  *health(): Generator<{ name: string; isServing: boolean }> {
    for (const [name, guard] of this.#guards) yield { name, isServing: !(guard instanceof GuardError) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      [...this.#guards.values()].map((guard) =>
        guard instanceof GuardError ? undefined : guard.pool.close(),
      ),
    );
  }

  async #load(config: GuardConfig, log: Log, signal: AbortSignal): Promise<void> {
    try {
      const write = (level: LogLevel, line: string) => log.write(level, line, { guard: config.name });
      const guard = await loadGuard(config, write, signal);
      this.#guards.set(config.name, guard);
      log.write('info', 'guard loaded', { guard: config.name, digest: guard.digest });
    } catch (error) {
      this.#refuse(config.name, error instanceof GuardError ? error.message : String(error), log);
    }
  }

  #refuse(name: string, why: string, log: Log): void {
    const message = `guard ${JSON.stringify(name)} is unavailable: ${why}`;
    this.#guards.set(name, new GuardError('GUARD_UNAVAILABLE', message));
    log.write('error', message, { guard: name });
  }
}

const unknownType =
  'this sidecar knows no guards of its type; write "type": "wasm", or start a newer sidecar';
