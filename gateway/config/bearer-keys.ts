import { isJsonObject } from '../policy/json-value.ts';
import { minApiKeyCharacters } from './config-limits.ts';
import { secretFileAt } from './file-values.ts';
import type { BearerKey } from './gateway-config.ts';
import { refuseUnknownKeys, report, type Section, sectionAt, valueAt } from './section.ts';
import { textAt } from './section-values.ts';

/** Who has the key of `gateway.apiKey`. */
export const apiKeyPrincipal = 'key';

/** Names of principals that Sluice gives itself: of a gateway without keys, of its own probes, of `gateway.apiKey`. */
const ownPrincipals = ['anonymous', 'health', apiKeyPrincipal];

/** Whether the `gateway` section asks for keys, whatever they are. */
export function asksForKeys(gateway: Section): boolean {
  return valueAt(gateway, 'apiKey') !== undefined || valueAt(gateway, 'keys') !== undefined;
}

/** Reads `apiKey` and `keys`. */
export function readBearerKeys(gateway: Section): readonly BearerKey[] {
  const apiKey = expectKeyForm(gateway, 'apiKey', textAt(gateway, 'apiKey'));
  const single = apiKey === undefined ? [] : [{ principal: apiKeyPrincipal, key: apiKey }];
  const keys = [...single, ...readNamedKeys(gateway)];
  refuseEqualKeys(gateway, keys);
  return keys;
}

function readNamedKeys(gateway: Section): readonly BearerKey[] {
  const section = sectionAt(gateway, 'keys');
  if (section === undefined) return [];
  const principals = Object.keys(section.value);
  if (principals.length === 0)
    report(gateway, 'keys', 'is empty: name a principal and its key, or leave it out');
  return principals.flatMap((principal) => {
    if (!isPrincipalName(section, principal)) return [];
    const key = expectKeyForm(section, principal, readKey(section, principal));
    return key === undefined ? [] : [{ principal, key }];
  });
}

function isPrincipalName(section: Section, name: string): boolean {
  const sentence = ownPrincipals.includes(name)
    ? 'is a name that Sluice gives itself: choose another'
    : 'a principal has 1 to 64 letters, digits, dots, hyphens and underscores, and is not . or ..';
  const isName = /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,64}$/.test(name) && !ownPrincipals.includes(name);
  if (!isName) report(section, name, sentence);
  return isName;
}

/** A key as text, or from a file without the end of its last line. */
function readKey(section: Section, principal: string): string | undefined {
  if (!isJsonObject(valueAt(section, principal))) return textAt(section, principal);
  const source = sectionAt(section, principal);
  if (source === undefined) return undefined;
  refuseUnknownKeys(source, ['file']);
  if (valueAt(source, 'file') === undefined)
    report(source, 'file', 'is missing: write the file that holds the key');
  return secretFileAt(source, 'file')?.replace(/\r?\n$/, '');
}

/** What cannot stand in a header would lock everybody out. */
function expectKeyForm(section: Section, step: string, key: string | undefined): string | undefined {
  if (key === undefined || new RegExp(`^[!-~]{${minApiKeyCharacters},}$`).test(key)) return key;
  report(section, step, `must have at least ${minApiKeyCharacters} characters of ASCII, without spaces`);
  return undefined;
}

function refuseEqualKeys(gateway: Section, keys: readonly BearerKey[]): void {
  for (const [index, { principal, key }] of keys.entries()) {
    const other = keys.slice(0, index).find((earlier) => earlier.key === key);
    if (other !== undefined)
      report(gateway, 'keys', `${other.principal} and ${principal} have the same key: give each its own`);
  }
}
