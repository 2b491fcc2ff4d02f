import { aggregatedName, maxNameLength, prefixProblem } from '../aggregate/aggregated-name.ts';
import { pathAt } from './config-path.ts';
import type { ServerConfig } from './gateway-config.ts';

/**
 * What is wrong with the names that the tools of the configured servers will have on the aggregated route, as far as it
 * can be known now: one sentence each.
 */
export function aggregatedNameProblems(
  servers: readonly Pick<ServerConfig, 'name' | 'tools'>[],
  separator: string,
): string[] {
  return servers.flatMap(({ name, tools = [] }) => {
    const path = pathAt('mcpServers', name);
    const problem = prefixProblem(name, separator);
    if (problem !== undefined) return [`${path}: ${problem}`];
    return tools
      .filter((own) => aggregatedName({ server: name, own }, separator).length > maxNameLength)
      .map(
        (own) =>
          `${path}: the name of its tool ${JSON.stringify(own)} on /mcp would be longer than ${maxNameLength} characters: give the server a shorter name`,
      );
  });
}
