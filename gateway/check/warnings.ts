import { isLoopback } from '../config/address.ts';
import type { PrivilegeConfig, ServerConfig } from '../config/gateway-config.ts';
import type { LoadedConfig } from '../load-config.ts';

/** What is allowed and still may not be what the operator wants: one sentence each. */
export function warningsOf({ config, announcement }: LoadedConfig): string[] {
  const { servers, listen, keys, tls } = config;
  const open = keys.length === 0 && tls?.clientAuthority === undefined && isLoopback(listen.host);
  return [
    ...servers.flatMap((server) => audienceWarning(server, servers.length)),
    ...servers.flatMap((server) => namespaceWarning(server, servers.length)),
    ...servers.flatMap(guardWarning),
    ...config.privileges.flatMap((rule) => privilegeWarnings(rule, servers)),
    ...(open ? ['no key is asked for: every program on this machine can call every server'] : []),
    ...hostWarning(isLoopback(listen.host), announcement?.domain),
    ...portWarning(listen.port, announcement?.port),
  ];
}

function audienceWarning({ name, guard, audience }: ServerConfig, serverCount: number): string[] {
  if (guard.kind !== 'wasm' || serverCount < 2 || !audience.includes('*')) return [];
  return [
    `${name}: whatever an agent carries may be sent to it: its guard alone decides. Name the tags that may be, as its audience`,
  ];
}

function namespaceWarning({ name, guard, bounds }: ServerConfig, serverCount: number): string[] {
  if (guard.kind !== 'wasm' || serverCount < 2 || bounds?.namespace !== undefined) return [];
  return [
    `${name}: its guard may use any tag, those of other servers' guards too. Name its own, as bounds.namespace`,
  ];
}

function privilegeWarnings(
  { name, server, tool, drop }: PrivilegeConfig,
  servers: readonly ServerConfig[],
): string[] {
  const config = servers.find((each) => each.name === server);
  const hasOthers = config?.tools === undefined || config.tools.length > 1;
  const isDeaf = config?.guard.kind === 'noop' && drop.length > 0;
  return [
    ...(hasOthers
      ? [
          `privilege ${name}: agents may call other tools of ${server} than ${tool}, too: unless none of them changes what it answers, name it alone as the server's tools`,
        ]
      : []),
    ...(isDeaf
      ? [
          `privilege ${name}: never drops a tag: ${server} has no guard, and who carries a tag may not call it: give it one, such as a write-sink that accepts the tag`,
        ]
      : []),
  ];
}

function guardWarning({ name, guard }: ServerConfig): string[] {
  return guard.kind === 'unavailable' ? [`${name}: is unavailable: ${guard.reason}`] : [];
}

function hostWarning(listensOnLoopback: boolean, domain: string | undefined): string[] {
  if (!listensOnLoopback || domain === undefined || domain === 'localhost') return [];
  return [
    `gateway.domain: agents are sent to ${domain}, and the gateway listens on loopback, which only this machine reaches: give it --listen`,
  ];
}

function portWarning(listening: number, announced: number | undefined): string[] {
  if (announced === undefined || listening === 0 || listening === announced) return [];
  return [
    `gateway.port: agents are told port ${announced}, and the gateway listens on ${listening}: give it --listen, unless something forwards the one to the other`,
  ];
}
