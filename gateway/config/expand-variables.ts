import { isJsonList, isJsonObject, type JsonValue } from '../policy/json-value.ts';

/** The environment of a process: variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** `$${` stands for `${`; `${` that starts no name is a mistake, lest a typing error pass as text. */
const reference = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{/g;

/** The text with its variables filled in. Each mistake is reported in one sentence, which never holds a value. */
export function expandVariables(text: string, env: Environment, report: (sentence: string) => void): string {
  return text.replace(reference, (match, name: string | undefined) => {
    if (match === '$${') return '${';
    const value = name !== undefined && Object.hasOwn(env, name) ? env[name] : undefined;
    if (name === undefined) report(howToWrite);
    else if (value === undefined) report(`variable ${name} is not defined: set it in the environment`);
    return value ?? '';
  });
}

/** How gh-aw's gateway reads its JSON: `${NAME}` is a variable, and whatever else starts with a dollar is text. */
export function expandNamed(text: string, env: Environment, report: (sentence: string) => void): string {
  return text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_match, name: string) => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined) report(`variable ${name} is not defined: set it in the environment`);
    return value ?? '';
  });
}

const howToWrite = `write \${NAME} for a variable, or $\${ for the characters themselves`;

/** The names of all variables in the texts of a value. */
export function* variablesIn(value: JsonValue | undefined): Generator<string> {
  if (typeof value === 'string') {
    for (const [, name] of value.matchAll(reference)) if (name !== undefined) yield name;
  } else if (isJsonList(value)) {
    for (const entry of value) yield* variablesIn(entry);
  } else if (isJsonObject(value)) {
    for (const entry of Object.values(value)) yield* variablesIn(entry);
  }
}
