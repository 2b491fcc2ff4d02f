import type { PrivilegeConfig } from '../config/gateway-config.ts';

/** A rule by which agents may lose secrecy or gain integrity, in one line. */
export function describePrivilege(rule: PrivilegeConfig): string {
  const { name, principals, server, tool, result, clientAnswers, drop, add, uses, durationMs } = rule;
  const conditions = result.map(({ pointer, value }) => `${pointer} is ${JSON.stringify(value)}`);
  const effects = [
    ...(drop.length === 0 ? [] : [`lose the secrecy ${drop.join(', ')}`]),
    ...(add.length === 0 ? [] : [`gain the integrity ${add.join(', ')}`]),
  ];
  const limits = [
    ...(uses === undefined ? [] : [`${uses} times a session`]),
    ...(durationMs === undefined ? [] : [`for ${durationMs / 1000} s`]),
    ...(clientAnswers ? ["the answer of the agent's client counts"] : []),
  ];
  const when = [`${server}: ${tool} has answered`, ...conditions].join(', ');
  return [
    `${name}: agents of ${principals.join(', ')} ${effects.join(' and ')} once ${when}`,
    ...limits,
  ].join('; ');
}
