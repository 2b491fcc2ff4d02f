import { EventEmitter, once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { serveStdio } from '../../../gateway/client-endpoint/stdio-endpoint.ts';
import { silentLog } from '../silent-log.ts';
import { type Script, ScriptedPeer } from './scripted-peer.ts';

/** A client of the stdio endpoint on streams in memory, with scripted peers behind it. */
export class StdioStage {
  readonly input = new PassThrough();
  readonly lines: string[] = [];
  readonly peers: ScriptedPeer[] = [];
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #stopping = new AbortController();
  /** Settles when the endpoint has served. */
  readonly served: Promise<void>;
  /** What the client has not read yet, while it does not read. */
  #unread: (() => void)[] | undefined;

  constructor(script: Script = {}) {
    const write = (chunk: Buffer, _encoding: unknown, done: () => void) => {
      this.lines.push(...chunk.toString().split('\n').slice(0, -1));
      this.#events.emit('line');
      if (this.#unread === undefined) done();
      else this.#unread.push(done);
    };
    const openPeer = (session: ConstructorParameters<typeof ScriptedPeer>[0]) => {
      const peer = new ScriptedPeer(session, script);
      this.peers.push(peer);
      return peer;
    };
    const caller = { principal: 'anonymous', run: 'r' };
    const client = { input: this.input, output: new Writable({ write }), caller, openPeer };
    this.served = serveStdio(client, silentLog, this.#stopping.signal);
  }

  get peer(): ScriptedPeer {
    const peer = this.peers.at(-1);
    if (peer === undefined) throw new Error('no peer yet');
    return peer;
  }

  say(text: string): void {
    this.input.write(`${text}\n`);
  }

  /** Waits until so many lines have come; the last of them. */
  async line(count: number): Promise<string> {
    for (;;) {
      const line = this.lines[count - 1];
      if (line !== undefined) return line;
      await once(this.#events, 'line');
    }
  }

  /** The handshake: its answer is the first line. */
  async begin(version = '2025-11-25'): Promise<void> {
    this.say(initialize(version));
    await this.line(1);
  }

  /** From now on the client does not read, until `read`. */
  stopReading(): void {
    this.#unread = [];
  }

  read(): void {
    const unread = this.#unread ?? [];
    this.#unread = undefined;
    for (const done of unread) done();
  }

  stop(): void {
    this.#stopping.abort();
  }
}

/** A request for a session in a revision. */
export function initialize(version: string, id = '"i"'): string {
  const params = `{"protocolVersion":"${version}","capabilities":{},"clientInfo":{"name":"t","version":"1"}}`;
  return `{"jsonrpc":"2.0","id":${id},"method":"initialize","params":${params}}`;
}
