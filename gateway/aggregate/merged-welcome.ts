import { modernVersions } from '../modern/modern-version.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { version } from '../version.ts';
import type { MemberServer } from './server-set.ts';

/** The answer to `initialize`, as JSON: what the servers offer together, as far as it is routed here. */
export function mergedWelcome(servers: readonly MemberServer[], protocolVersion: string): string {
  return JSON.stringify({
    protocolVersion,
    capabilities: mergedCapabilities(servers),
    serverInfo: { name: 'sluice', version },
    instructions: mergedInstructions(servers),
  });
}

/** The same as the answer to `server/discover`. */
export function mergedDiscovery(servers: readonly MemberServer[]): string {
  return JSON.stringify({
    supportedVersions: modernVersions,
    capabilities: mergedCapabilities(servers),
    instructions: mergedInstructions(servers),
    _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'sluice', version } },
  });
}

/** Tools and logging always: servers that are not there now may come, and the client is told of them in the log. */
function mergedCapabilities(servers: readonly MemberServer[]): object {
  const of = (capability: string) =>
    servers.flatMap(({ welcome }) => welcome?.capabilities.get(capability) ?? []);
  const [prompts, resources, completions] = [of('prompts'), of('resources'), of('completions')];
  const listChanged = (sources: readonly string[]) => sources.some((source) => says(source, 'listChanged'));
  return {
    tools: { listChanged: true },
    ...(prompts.length > 0 && { prompts: { listChanged: listChanged(prompts) } }),
    ...(resources.length > 0 && {
      resources: {
        listChanged: listChanged(resources),
        subscribe: resources.some((source) => says(source, 'subscribe')),
      },
    }),
    ...(completions.length > 0 && { completions: {} }),
    logging: {},
  };
}

/** Each server's own, under its name. */
function mergedInstructions(servers: readonly MemberServer[]): string | undefined {
  const parts = servers.flatMap(({ name, welcome }) =>
    welcome?.instructions === undefined ? [] : [`## ${name}\n\n${welcome.instructions}`],
  );
  return parts.length === 0 ? undefined : parts.join('\n\n');
}

function says(capability: string, member: string): boolean {
  try {
    return rawMembers(capability).get(member) === 'true';
  } catch {
    return false;
  }
}
