import { isJsonObject, type JsonValue } from './json-value.ts';

/** The environment of a process: variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** `$${` stands for `${`; `${` that starts no name is a mistake, lest a typing error pass as text. */
const reference = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{/g;

/** Where variables come from, and where mistakes go: one sentence each, which never holds a value. */
export interface Expansion {
  readonly env: Environment;
  readonly report: (sentence: string) => void;
}

/** The value with the variables in all of its texts filled in. */
export function expandVariables(value: JsonValue, expansion: Expansion): JsonValue {
  if (typeof value === 'string') return expandText(value, expansion);
  if (Array.isArray(value)) return value.map((entry) => expandVariables(entry, expansion));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, entry]) => [key, expandVariables(entry, expansion)]));
}

function expandText(text: string, { env, report }: Expansion): string {
  return text.replace(reference, (match, name: string | undefined) => {
    if (match === '$${') return '${';
    const value = name !== undefined && Object.hasOwn(env, name) ? env[name] : undefined;
    if (name === undefined) report(howToWrite);
    else if (value === undefined) report(`variable ${name} is not defined: set it in the environment`);
    return value ?? '';
  });
}

const howToWrite = `write \${NAME} for a variable, or $\${ for the characters themselves`;
