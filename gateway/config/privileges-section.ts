import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from '../policy/json-value.ts';
import { privilegeSecondsRange, privilegeUsesRange } from './config-limits.ts';
import { pathAt } from './config-path.ts';
import type { PrivilegeConfig, ResultCondition, ServerConfig } from './gateway-config.ts';
import { refuseUnknownKeys, report, type Section, sectionAt, valueAt } from './section.ts';
import { booleanAt, expandedAt, namesAt, numberAt, requiredTextAt, wholeNumberAt } from './section-values.ts';

const ruleKeys = ['name', 'principals', 'after', 'secrecy', 'integrity', 'uses', 'seconds'];
const afterKeys = ['server', 'tool', 'arguments', 'result', 'clientAnswers'];

/** Reads `gateway.privileges`. `whyNobody` says what is wrong with the name of a principal, if anything is. */
export function readPrivileges(
  gateway: Section,
  whyNobody: (principal: string) => string | undefined,
): readonly PrivilegeConfig[] {
  const rules = valueAt(gateway, 'privileges');
  if (rules === undefined) return [];
  if (!isJsonList(rules)) {
    report(gateway, 'privileges', 'must be a list of rules');
    return [];
  }
  const path = pathAt(gateway.path, 'privileges');
  const read = rules.flatMap((rule, index) => {
    if (isJsonObject(rule)) {
      const section = { value: rule, path: pathAt(path, index), reading: gateway.reading };
      return readRule(section, whyNobody);
    }
    gateway.reading.problems.push(`${pathAt(path, index)}: must be an object`);
    return [];
  });
  refuseEqualNames(gateway, read);
  return read;
}

/** What only the servers can tell: whether each rule's tool can be called at all. */
export function privilegeProblems(
  privileges: readonly PrivilegeConfig[],
  servers: readonly ServerConfig[],
): string[] {
  return privileges.flatMap(({ name, server, tool }) => {
    const place = `gateway.privileges: ${name}`;
    const config = servers.find((each) => each.name === server);
    if (config === undefined)
      return [`${place}: no server ${JSON.stringify(server)} is configured in mcpServers`];
    if (config.tools?.includes(tool) === false)
      return [`${place}: the tools of ${server} do not hold ${JSON.stringify(tool)}`];
    return [];
  });
}

function readRule(
  section: Section,
  whyNobody: (principal: string) => string | undefined,
): PrivilegeConfig | [] {
  refuseUnknownKeys(section, ruleKeys);
  const name = readName(section);
  const principals = readPrincipals(section, whyNobody);
  const after = readAfter(section);
  const drop = readTags(section, 'secrecy', 'drop');
  const add = readTags(section, 'integrity', 'add');
  if (valueAt(section, 'secrecy') === undefined && valueAt(section, 'integrity') === undefined)
    report(section, 'secrecy', 'is missing: name the tags to drop, or those to add under integrity');
  const seconds = numberAt(section, 'seconds', privilegeSecondsRange);
  const uses = wholeNumberAt(section, 'uses', privilegeUsesRange);
  if (name === undefined || after === undefined) return [];
  const durationMs = seconds === undefined ? undefined : Math.round(seconds * 1000);
  return { name, principals, ...after, drop, add, uses, durationMs };
}

function readName(section: Section): string | undefined {
  const name = requiredTextAt(section, 'name', 'the audit trail calls the rule by it');
  if (name === undefined || /^[A-Za-z0-9_.-]{1,64}$/.test(name)) return name;
  report(section, 'name', 'must have 1 to 64 letters, digits, dots, hyphens and underscores');
  return undefined;
}

function readPrincipals(
  section: Section,
  whyNobody: (principal: string) => string | undefined,
): readonly string[] {
  const principals = namesAt(section, 'principals');
  if (valueAt(section, 'principals') === undefined)
    report(section, 'principals', 'is missing: name those whose agents may use it');
  if (principals?.length === 0) report(section, 'principals', 'is empty: name those whose agents may use it');
  for (const problem of (principals ?? []).map(whyNobody))
    if (problem !== undefined) report(section, 'principals', problem);
  return principals ?? [];
}

type After = Pick<PrivilegeConfig, 'server' | 'tool' | 'args' | 'result' | 'clientAnswers'>;

function readAfter(rule: Section): After | undefined {
  if (valueAt(rule, 'after') === undefined)
    report(rule, 'after', 'is missing: name the server and the tool that approve');
  const section = sectionAt(rule, 'after');
  if (section === undefined) return undefined;
  refuseUnknownKeys(section, afterKeys);
  const server = requiredTextAt(section, 'server', 'name the server that approves');
  const tool = requiredTextAt(section, 'tool', 'name the tool that approves');
  const args = readArguments(section);
  const result = readConditions(section);
  const clientAnswers = booleanAt(section, 'clientAnswers') ?? false;
  if (server === undefined || tool === undefined) return undefined;
  return { server, tool, args, result, clientAnswers };
}

function readArguments(section: Section): JsonObject {
  const value = expandedAt(section, 'arguments') ?? {};
  if (isJsonObject(value)) return value;
  report(section, 'arguments', 'must be an object: the only arguments that the tool may be called with');
  return {};
}

function readConditions(section: Section): readonly ResultCondition[] {
  const conditions = expandedAt(section, 'result') ?? {};
  if (!isJsonObject(conditions)) {
    report(section, 'result', 'must be an object of JSON pointers into the tool result and their values');
    return [];
  }
  return Object.entries(conditions).flatMap(([pointer, value]) => {
    const isPointer = /^(?:\/(?:[^~/]|~[01])+)+$/.test(pointer);
    if (!isPointer)
      report(
        section,
        'result',
        `${JSON.stringify(pointer)} is no JSON pointer, such as /structuredContent/approved`,
      );
    const isValue = isComparable(value);
    if (!isValue)
      report(section, 'result', `the value at ${pointer} must be a text, a whole number, true or false`);
    return isPointer && isValue ? [{ pointer, value }] : [];
  });
}

function isComparable(value: JsonValue): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value);
}

function readTags(rule: Section, half: 'secrecy' | 'integrity', verb: 'drop' | 'add'): readonly string[] {
  const section = sectionAt(rule, half);
  if (section === undefined) return [];
  refuseUnknownKeys(section, [verb]);
  const tags = namesAt(section, verb);
  if (valueAt(section, verb) === undefined || tags?.length === 0)
    report(section, verb, `name the tags to ${verb}`);
  if (tags?.some((tag) => tag.includes('*')))
    report(section, verb, 'must name each tag: a pattern would cover what nobody has thought of');
  return tags ?? [];
}

function refuseEqualNames(gateway: Section, rules: readonly PrivilegeConfig[]): void {
  for (const [index, { name }] of rules.entries())
    if (rules.findIndex((rule) => rule.name === name) !== index)
      report(gateway, 'privileges', `two rules are named ${name}: give each a name of its own`);
}
