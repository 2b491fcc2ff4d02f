import { seeded } from '../harness/seeded.ts';

/** Random choices that are the same for the same seed. */
export class RandomChoice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  /** A whole number from 0 up to `end`, which is not included. */
  below(end: number): number {
    return Math.floor(this.#random() * end);
  }

  /** True with this probability, from 0 to 1. */
  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  /** One of them, each as likely as the others. Throws when there are none. */
  pick<T extends NonNullable<unknown>>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error('nothing to choose from');
    return value;
  }

  /** One of the keys; the values say how likely each is, in proportion to the others. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries<number>(weights);
    let left = this.#random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    const found = entries.find(([, weight]) => {
      left -= weight;
      return left < 0;
    });
    const [name] = found ?? entries.slice(-1)[0] ?? [];
    return expectName(weights, name);
  }

  /** So many values. */
  list<T>(length: number, value: (index: number) => T): T[] {
    return Array.from({ length }, (_, index) => value(index));
  }
}

function expectName<Name extends string>(weights: Readonly<Record<Name, number>>, name?: string): Name {
  for (const known in weights) if (known === name) return known;
  throw new Error('nothing to choose from');
}
