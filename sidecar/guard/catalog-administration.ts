import { ConfigError } from '../config/config-error.ts';
import type { GuardConfig, SidecarConfig } from '../config.ts';
import { GuardError } from '../guard-error.ts';
import type { GuardCatalog } from './guard-catalog.ts';
import type { GuardAdministration, GuardStatus, ReloadResult } from './guard-status.ts';

/** What operators do to the guards of this sidecar. One change at a time; only a quarantine waits for nothing. */
export class CatalogAdministration implements GuardAdministration {
  readonly #catalog: GuardCatalog;
  readonly #readConfig: () => Promise<SidecarConfig>;
  #lastChange: Promise<unknown> = Promise.resolve();
  /** A reload that has not begun: it will see whatever is there to be seen, so one is enough. */
  #nextReload: Promise<readonly ReloadResult[]> | undefined;

  constructor(catalog: GuardCatalog, readConfig: () => Promise<SidecarConfig>) {
    this.#catalog = catalog;
    this.#readConfig = readConfig;
  }

  list(): readonly GuardStatus[] {
    return this.#catalog.guards.map(({ status }) => status);
  }

  load(name: string): Promise<GuardStatus> {
    return this.#inTurn(async () => {
      const config = await this.#configOf(name);
      if (config === undefined) return this.#catalog.guard(name).status;
      if (this.#catalog.guards.some((guard) => guard.name === name && guard.isQuarantined))
        throw new GuardError('GUARD_UNAVAILABLE', `guard ${JSON.stringify(name)} is quarantined; release it`);
      return this.#loaded(config);
    });
  }

  reload(): Promise<readonly ReloadResult[]> {
    this.#nextReload ??= this.#inTurn(async () => {
      this.#nextReload = undefined;
      return this.#catalog.apply(await this.#config());
    });
    return this.#nextReload;
  }

  async quarantine(name: string, reason: string): Promise<GuardStatus> {
    const guard = this.#catalog.guard(name);
    await guard.quarantine(reason);
    return guard.status;
  }

  release(name: string): Promise<GuardStatus> {
    return this.#inTurn(async () => {
      const guard = this.#catalog.guard(name);
      const config = await this.#configOf(name);
      if (!guard.isQuarantined || config === undefined) return guard.status;
      guard.release();
      return this.#loaded(config);
    });
  }

  async #loaded(config: GuardConfig): Promise<GuardStatus> {
    const { outcome, problem } = await this.#catalog.load(config);
    if (outcome === 'failed') throw new GuardError('GUARD_UNAVAILABLE', problem);
    return this.#catalog.guard(config.name).status;
  }

  /** Undefined for one of a type that this sidecar cannot run, and for one that is not configured. */
  async #configOf(name: string): Promise<GuardConfig | undefined> {
    const { guards } = await this.#config();
    return guards.find((guard) => guard.name === name);
  }

  /** Throws INVALID_REQUEST with all that is wrong: nothing changes then. */
  async #config(): Promise<SidecarConfig> {
    try {
      return await this.#readConfig();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw new GuardError(
        'INVALID_REQUEST',
        `the configuration stays as it was: ${error.problems.join('; ')}`,
      );
    }
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#lastChange.then(change);
    this.#lastChange = done.catch(() => undefined);
    return done;
  }
}
