import type { ServerConfig } from '../config/gateway-config.ts';
import type { JqWorker } from './jq-worker.ts';

/** What jq says about a program is cut to so many characters: it repeats the program. */
const maxWordsLength = 300;

/** What is wrong with the response filters of servers, one line each: programs that jq does not take. */
export async function filterProblems(servers: readonly ServerConfig[], jq: JqWorker): Promise<string[]> {
  const never = new AbortController().signal;
  const problems: string[] = [];
  for (const { name, responseFilters } of servers) {
    for (const [tool, program] of Object.entries(responseFilters)) {
      const place = `mcpServers.${name}.responseFilters.${tool}`;
      const reply = await jq.ask({ kind: 'check', program }, never);
      if (reply.kind === 'refused') problems.push(`${place}: jq does not take it: ${sentence(reply.words)}`);
      else if (reply.kind !== 'accepted') problems.push(`${place}: jq could not read it in time`);
    }
  }
  return problems;
}

/** The first line of jq's, without what is the same in all of them. */
function sentence(words: string): string {
  const [line = ''] = words.split('\n');
  return line
    .replace(/^jq: error: /, '')
    .replace(' at <top-level>,', ' at')
    .replace(/:$/, '')
    .slice(0, maxWordsLength);
}
