import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { GuardConfig } from '../config.ts';
import { GuardError } from '../guard-error.ts';
import type { GuardLimits } from '../guard-limits.ts';
import { maxModuleBytes, reloadDrainMs } from '../limits.ts';
import { admit, type ModuleFacts } from '../module/admission.ts';
import type { ModuleFile } from '../module/module-file.ts';
import { validateModule } from '../module/validate-module.ts';
import { GuardPool } from '../process/guard-pool.ts';
import type { GuardProgram } from '../process/guard-process.ts';
import type { GuardVersionStatus } from './guard-status.ts';
import { IdleInstances } from './idle-instances.ts';

/** What the processes of all versions of a guard share. */
export type GuardSurroundings = Omit<GuardProgram, 'bytes' | 'limits' | 'admitted'>;

/** One module with its limits and its policy: its bytes were admitted, and a process has compiled them. */
export class GuardVersion {
  readonly config: GuardConfig;
  /** SHA-256 of the bytes, lower-case hex. */
  readonly digest: string;
  /** What `label_agent` gets from a session without a policy: a JSON object, UTF-8. */
  readonly defaultPolicy: Uint8Array;
  readonly pool: GuardPool;
  readonly idle: IdleInstances;
  readonly #facts: ModuleFacts;
  readonly #moduleBytes: number;
  readonly #loadedAt = new Date();
  readonly #unused = Promise.withResolvers<void>();
  #labelings = 0;
  #isRetiring = false;
  #isClosed = false;

  private constructor(
    config: GuardConfig,
    module: ModuleFile,
    started: { facts: ModuleFacts; pool: GuardPool },
  ) {
    this.config = config;
    this.digest = module.digest;
    this.defaultPolicy = Buffer.from(JSON.stringify(config.policy ?? {}));
    this.pool = started.pool;
    this.idle = new IdleInstances(config.limits.idleInstances);
    this.#facts = started.facts;
    this.#moduleBytes = module.bytes.length;
  }

  /** Whether it is what loading this configuration and this file again would come to. */
  is(config: GuardConfig, { digest }: ModuleFile): boolean {
    return digest === this.digest && isDeepStrictEqual(config, this.config);
  }

  /**
   * Admits a module and starts its processes. Throws GUARD_UNAVAILABLE with a sentence that says what is wrong and what
   * to do, PROCESS_LOST where it was the machine's doing, or the signal's reason.
   */
  static async start(
    config: GuardConfig,
    { module, surroundings }: { module: ModuleFile; surroundings: GuardSurroundings },
    signal: AbortSignal,
  ): Promise<GuardVersion> {
    const { limits } = config;
    const { bytes } = module;
    const facts = admit(bytes, { ...limits, moduleBytes: maxModuleBytes });
    if (!facts.hasAlloc) surroundings.log.write('warn', adviceOnBuffers);
    // The process starts meanwhile, but sees the module only when it is valid.
    const admitted = validateModule(bytes, signal);
    const pool = await GuardPool.start({ ...surroundings, bytes, limits, admitted }, signal).catch(
      async (error) => {
        await admitted;
        throw error;
      },
    );
    return new GuardVersion(config, module, { facts, pool });
  }

  get limits(): GuardLimits {
    return this.config.limits;
  }

  /** Whether it has been ended: what ran in it has to run elsewhere. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Labelings that use it. */
  get labelings(): number {
    return this.#labelings;
  }

  get status(): GuardVersionStatus {
    return {
      digest: this.digest,
      moduleBytes: this.#moduleBytes,
      loadedAt: this.#loadedAt,
      facts: this.#facts,
      limits: this.limits,
    };
  }

  /** A labeling uses it until it disposes of what it gets. */
  use(): Disposable {
    this.#labelings++;
    return {
      [Symbol.dispose]: () => {
        this.#labelings--;
        if (this.#isRetiring && this.#labelings === 0) this.#unused.resolve();
      },
    };
  }

  /**
   * Lets the labelings under way end, within a bound, and then ends it. What outlasts the bound is lost through no fault
   * of its own, and so runs once more.
   */
  async retire(drainMs = Math.max(reloadDrainMs, this.limits.deadlineMs)): Promise<void> {
    this.#isRetiring = true;
    if (this.#labelings > 0) {
      await Promise.race([this.#unused.promise, delay(drainMs, undefined, { ref: false })]);
    }
    await this.close(replaced);
  }

  /** Ends its processes; what is under way in them fails with `reason`. */
  async close(reason: GuardError): Promise<void> {
    this.#isClosed = true;
    this.#unused.resolve();
    await this.pool.close(reason);
  }
}

const adviceOnBuffers =
  'it exports no alloc and dealloc, so its buffers sit at the end of its memory, where its heap may be; export both';

const replaced = new GuardError('PROCESS_LOST', 'this guard was reloaded while this labeling ran');
