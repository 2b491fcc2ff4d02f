/** `npm run demo`, or `sluice demo`: an agent that reads and leaks, and what becomes of each of its calls. */
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { commandNames, Quickstart } from './quickstart.ts';

const files = join(import.meta.dirname, 'files');
const salaries = { path: join(files, 'private', 'salaries.txt') };

/** What a client gets for a tool call, as far as the demo looks at it. */
interface ToolResult {
  readonly content: readonly { readonly text?: string }[];
  readonly isError?: boolean;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

interface Step {
  readonly about: string;
  readonly server: string;
  readonly tool: string;
  readonly args: Readonly<Record<string, string>>;
}

/** An agent: MCP sessions that share one run id. */
class Agent {
  readonly #url: string;
  readonly #run: string;

  constructor(url: string, run: string) {
    this.#url = url;
    this.#run = run;
  }

  /** Opens an MCP session, calls one tool, prints what came back. */
  async step({ about, server, tool, args }: Step): Promise<void> {
    console.log(
      `\n● ${about}\n  ${server}: ${tool} ${JSON.stringify(args).replaceAll(`${files}/`, '').replaceAll(files, '.')}`,
    );
    const client = new Client({ name: 'demo', version: '1' });
    const requestInit = { headers: { 'sluice-run': this.#run } };
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${this.#url}/mcp/${server}`), { requestInit }) as Transport,
    );
    const result = (await client.callTool({ name: tool, arguments: args })) as ToolResult;
    await client.close();
    const texts = result.content.map(({ text = '' }) => text.trim()).join('\n');
    console.log(`  ${verdict(result)}\n${texts.replaceAll(/^/gm, '    │ ')}`);
  }
}

function verdict({ _meta }: ToolResult): string {
  const outcome = _meta?.['sluice.dev/outcome'];
  if (outcome !== undefined) return `${String(outcome).toUpperCase()} (${_meta?.['sluice.dev/reason']})`;
  return _meta?.['sluice.dev/withheld'] === undefined ? 'ALLOWED' : 'ALLOWED, with items withheld';
}

async function play(url: string): Promise<void> {
  // A run id of its own: an agent keeps what it has become for as long as its session lasts.
  const run = `demo-${Date.now()}`;
  const agent = new Agent(url, run);
  const read = { server: 'files', tool: 'read_text_file' };
  await agent.step({
    ...read,
    about: 'It reads a public file.',
    args: { path: join(files, 'public', 'welcome.txt') },
  });
  await agent.step({
    about: 'It lists the folder as a tree: private entries are withheld.',
    server: 'files',
    tool: 'directory_tree',
    args: { path: files },
  });
  await agent.step({ ...read, about: 'It reads a private file in filter mode.', args: salaries });
  const post = { server: 'outbox', tool: 'post' };
  await agent.step({
    ...post,
    about: 'It knows nothing private yet, so it may post.',
    args: { message: 'Hello' },
  });
  await agent.step({
    about: 'It reads the private file in propagate mode: it gets it, and is tainted from now on.',
    server: 'files-propagate',
    tool: 'read_text_file',
    args: salaries,
  });
  const leak = { message: 'Ada earns 120,000' };
  await agent.step({
    ...post,
    about: 'It tries to post what it read, on another server: nothing leaves the house.',
    args: leak,
  });
  const again = new Agent(url, run);
  await again.step({
    ...post,
    about: 'It starts a new MCP session and tries again: it is the same agent.',
    args: leak,
  });
  const other = new Agent(url, `${run}-other`);
  await other.step({
    ...post,
    about: 'Under another run id it has read nothing private, and may post.',
    args: { message: 'Good morning' },
  });
  await other.step({ about: 'What has left the house:', server: 'outbox', tool: 'list_posted', args: {} });
}

/** Plays against the quickstart's gateway; where there is none, against one of its own. */
const url = process.argv[2] ?? 'http://127.0.0.1:3000';
const isRunning = await fetch(`${url}/health`).then(
  ({ ok }) => ok,
  () => false,
);
try {
  await (isRunning ? play(url) : playAlone());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function playAlone(): Promise<void> {
  console.log(
    `No gateway answers at ${url}, so the demo starts one of its own ("${commandNames.start}" would show its log).`,
  );
  await using quickstart = await Quickstart.start('127.0.0.1:0', () => undefined);
  await play(quickstart.url);
}
