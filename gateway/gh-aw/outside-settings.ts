/** What is set outside of a configuration, by flags and variables: a flag comes before its variable. */
import type { Environment } from '../config/expand-variables.ts';

/** What the command line gave, by the name of the flag without its dashes; a switch that is on has an empty text. */
export type Flags = ReadonlyMap<string, string>;

/** A value, and the name of the flag or variable that gave it. */
export interface Given {
  readonly name: string;
  readonly text: string;
}

/** Looks up settings and notes what is wrong with them, in sentences that name the flag or the variable. */
export class OutsideSettings {
  readonly problems: string[] = [];
  readonly #flags: Flags;
  readonly #env: Environment;

  constructor(flags: Flags, env: Environment) {
    this.#flags = flags;
    this.#env = env;
  }

  /** The text of a flag or, where it is not given, of its variable. Empty counts as not given. */
  given(flag: string | undefined, variable?: string): Given | undefined {
    const fromFlag = flag === undefined ? undefined : this.#flags.get(flag);
    if (flag !== undefined && fromFlag) return { name: `--${flag}`, text: fromFlag };
    const text = variable === undefined ? undefined : this.#env[variable];
    return variable !== undefined && text ? { name: variable, text } : undefined;
  }

  /** A switch: the flag turns it on, its variable turns it on or off. */
  switch(flag: string | undefined, variable: string): boolean | undefined {
    if (flag !== undefined && this.#flags.has(flag)) return true;
    const given = this.given(undefined, variable);
    if (given === undefined) return undefined;
    const word = given.text.trim().toLowerCase();
    if (['1', 'true', 'yes', 'on'].includes(word)) return true;
    if (['0', 'false', 'no', 'off'].includes(word)) return false;
    return this.refuse(given, 'must be true or false');
  }

  /** One of a few words, in any letter case. */
  word<Word extends string>(given: Given | undefined, words: readonly Word[]): Word | undefined {
    if (given === undefined) return undefined;
    const word = words.find((known) => known === given.text.trim().toLowerCase());
    return word ?? this.refuse(given, `must be one of ${words.join(', ')}`);
  }

  /** A number within a range, both ends included. */
  number(given: Given | undefined, range: { minimum: number; maximum: number }): number | undefined {
    if (given === undefined) return undefined;
    const number = /^\d{1,15}(\.\d{1,6})?$/.test(given.text) ? Number(given.text) : Number.NaN;
    if (number >= range.minimum && number <= range.maximum) return number;
    return this.refuse(given, `must be a number from ${range.minimum} to ${range.maximum}`);
  }

  /** Notes what is wrong with a setting. */
  refuse({ name }: Pick<Given, 'name'>, sentence: string): undefined {
    this.problems.push(`${name}: ${sentence}`);
  }
}
