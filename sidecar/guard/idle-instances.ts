import type { GuardInstance } from './guard-instance.ts';

/** The idle instances of all sessions of one guard, bounded: the one that rested longest makes room. */
export class IdleInstances {
  readonly #limit: number;
  readonly #evictions = new Map<GuardInstance, () => void>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether any may rest at all. */
  get mayRest(): boolean {
    return this.#limit > 0;
  }

  get size(): number {
    return this.#evictions.size;
  }

  /** `evict` is called when the instance has to go; its session primes another one when it asks next. */
  add(instance: GuardInstance, evict: () => void): void {
    this.#evictions.set(instance, evict);
    if (this.#evictions.size <= this.#limit) return;
    const [oldest] = this.#evictions.values();
    oldest?.();
  }

  delete(instance: GuardInstance): void {
    this.#evictions.delete(instance);
  }
}
