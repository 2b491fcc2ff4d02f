import type { GuardConfig } from './config.ts';
import { type Guard, loadGuard } from './guard.ts';
import { GuardError } from './guard-error.ts';
import type { Log } from './log.ts';

/** The configured guards: those that can be asked, and why the others cannot. */
export class GuardCatalog implements AsyncDisposable {
  readonly #guards = new Map<string, Guard | GuardError>();

  /** Loads every guard; one that cannot be loaded is reported, and the others serve. */
  static async load(configs: readonly GuardConfig[], log: Log): Promise<GuardCatalog> {
    const catalog = new GuardCatalog();
    await Promise.all(configs.map((config) => catalog.#load(config, log)));
    return catalog;
  }

  /** Throws GUARD_NOT_FOUND or GUARD_UNAVAILABLE. */
  guard(name: string): Guard {
    const guard = this.#guards.get(name);
    if (guard === undefined) {
      throw new GuardError(
        'GUARD_NOT_FOUND',
        `no guard ${JSON.stringify(name)} is configured; add it to guards`,
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

  async #load(config: GuardConfig, log: Log): Promise<void> {
    try {
      const guard = await loadGuard(config, (level, line) => log.write(level, line, { guard: config.name }));
      this.#guards.set(config.name, guard);
      log.write('info', 'guard loaded', { guard: config.name, digest: guard.digest });
    } catch (error) {
      const refusal =
        error instanceof GuardError
          ? error
          : new GuardError('GUARD_UNAVAILABLE', String(error), { cause: error });
      const message = `guard ${JSON.stringify(config.name)} is unavailable: ${refusal.message}`;
      this.#guards.set(config.name, new GuardError('GUARD_UNAVAILABLE', message));
      log.write('error', message, { guard: config.name });
    }
  }
}
