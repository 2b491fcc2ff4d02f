/** Runs the quickstart's gateway as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const folder = import.meta.dirname;
const root = join(folder, '..', '..');
/** `.ts` in a checkout, `.js` in the package. */
const ending = import.meta.filename.slice(-3);
const gatewayMain = join(root, 'gateway', `main${ending}`);
const fileServer = 'mcp-server-filesystem';

/** How the commands that the quickstart speaks of are called, in a checkout and in the package. */
export const commandNames =
  ending === '.ts'
    ? { start: 'npm start', demo: 'npm run demo', inspector: 'npx mcp-inspector' }
    : {
        start: 'sluice quickstart',
        demo: 'sluice demo',
        inspector: 'npx @modelcontextprotocol/inspector@2.12.0',
      };

/** Where programs are looked for: this very Node comes first, then what the project brings along. */
function searchPath(): string {
  const { PATH = '' } = process.env;
  return [dirname(process.execPath), join(root, 'node_modules', '.bin'), PATH].join(delimiter);
}

function expectFileServer(path: string): void {
  if (path.split(delimiter).some((place) => existsSync(join(place, fileServer)))) return;
  throw new Error(
    `the quickstart's file server is missing: npm install --global @modelcontextprotocol/server-filesystem@2026.8.31`,
  );
}

/** A gateway that runs with the quickstart's configuration. */
export class Quickstart implements AsyncDisposable {
  /** Where the gateway listens: `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly gateway: ChildProcess;

  private constructor(url: string, gateway: ChildProcess) {
    this.url = url;
    this.gateway = gateway;
  }

  /**
   * Starts it and waits until every guard is ready. `logsTo` receives each line of its log. Throws one sentence where it
   * cannot start.
   */
  static async start(listen: string, logsTo: (line: string) => void): Promise<Quickstart> {
    const args = [gatewayMain, '--config', join(folder, 'sluice.jsonc'), '--listen', listen];
    const PATH = searchPath();
    expectFileServer(PATH);
    const env = { ...process.env, PATH, QUICKSTART: folder };
    const gateway = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
    const url = await listeningUrl(gateway, logsTo);
    while ((await fetch(`${url}/health`)).status !== 200)
      await new Promise((resolve) => setTimeout(resolve, 50));
    return new Quickstart(url, gateway);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.gateway.exitCode !== null || this.gateway.signalCode !== null) return;
    this.gateway.kill('SIGTERM');
    await once(this.gateway, 'exit');
  }
}

/** The address in the log. Throws what the gateway said besides its log when it ends instead. */
function listeningUrl(gateway: ChildProcess, logsTo: (line: string) => void): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const words: string[] = [];
  let url: string | undefined;
  createInterface({ input: gateway.stderr as Readable }).on('line', (line) => {
    url ??= /"url":"([^"]+)"/.exec(line)?.[1];
    if (url !== undefined) resolve(url);
    if (url === undefined && !line.startsWith('{')) words.push(line);
    else logsTo(line);
  });
  gateway.once('close', () => reject(new Error(words.join('\n') || 'the gateway ended')));
  return promise;
}
