/** A configuration that cannot be used: everything that is wrong with it, at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** One line each, which starts with the path or the place. No line repeats a value: it may be a secret. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const distinct = [...new Set(problems)];
    super(distinct.join('\n'));
    this.problems = Object.freeze(distinct);
  }
}
