import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { oneLine } from '../rpc/one-line.ts';
import { type RpcMessage, readMessages } from '../rpc/rpc-message.ts';
import { until } from '../until.ts';
import { drained } from './drained.ts';
import { ErrorOutput } from './error-output.ts';
import { LineReader } from './line-reader.ts';
import { endGroup } from './process-group.ts';
import type { ServerTransport, TransportListener } from './server-transport.ts';
import { TransportError } from './transport-error.ts';

/** A server's program. */
export interface ServerProgram {
  /** An absolute path, or a name that the search path leads to. */
  readonly command: string;
  readonly args: readonly string[];
  /** All of its environment: nothing is added. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly cwd: string;
}

/** So much is told of a line that is no message, in characters. */
const maxShownLength = 200;

type ServerProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/** A server that was told to end, by the end of its input or by a signal, has so long for it. */
const graceMs = 2_000;

/** A server that is a process of ours, in a process group of its own: one message a line. */
export class StdioTransport implements ServerTransport {
  readonly #program: ServerProgram;
  readonly #listener: TransportListener;
  readonly #log: (line: string) => void;
  readonly #lines = new LineReader();
  readonly #over = Promise.withResolvers<void>();
  #process: ServerProcess | undefined;
  /** Why it ends, where that is known before the process is gone. */
  #reason: Error | undefined;
  #draining: Promise<void> | undefined;
  #reaping: Promise<void> | undefined;
  #isClosed = false;
  #hasEnded = false;

  /** `log` is given the server's standard error, line by line. */
  constructor(program: ServerProgram, listener: TransportListener, log: (line: string) => void) {
    this.#program = program;
    this.#listener = listener;
    this.#log = log;
  }

  /** Of the process, where it was started. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async start(): Promise<void> {
    if (this.#isClosed) throw closed();
    const { command, args, env, cwd } = this.#program;
    const child = spawn(command, args, { env, cwd, detached: true, stdio: 'pipe' });
    this.#process = child;
    const errors = new ErrorOutput(child.stderr, this.#log);
    child.stdin.on('error', (error) => this.#listener.fault(error));
    child.stdout.on('error', (error) => this.#listener.fault(error));
    child.stdout.on('data', (chunk: Buffer) => this.#read(chunk));
    child.once('exit', () => void this.#reaped(child));
    child.once('close', (code, signal) => this.#end(endOf({ code, signal }, errors)));
    try {
      await once(child, 'spawn');
    } catch (cause) {
      const error = new TransportError('UNREACHABLE', `the server cannot be started: ${cause}`, { cause });
      this.#end(error);
      throw error;
    }
  }

  async send(message: RpcMessage, signal: AbortSignal): Promise<void> {
    const stdin = this.#process?.stdin;
    signal.throwIfAborted();
    while (stdin?.writableNeedDrain) await until(this.#drained(stdin), signal);
    if (!stdin?.writable) throw this.#reason ?? closed();
    stdin.write(`${oneLine(message.text)}\n`);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#shutDown();
  }

  async #shutDown(): Promise<void> {
    const child = this.#process;
    if (child?.pid === undefined) return this.#end(undefined);
    child.stdin.end();
    await this.#overWithin(graceMs);
    await this.#reaped(child);
  }

  /** One wait for all who send: they would be too many listeners of one stream. */
  #drained(stdin: Writable): Promise<void> {
    this.#draining ??= drained(stdin).finally(() => {
      this.#draining = undefined;
    });
    return this.#draining;
  }

  #read(chunk: Buffer): void {
    if (this.#reason !== undefined) return;
    try {
      for (const line of this.#lines.read(chunk)) this.#take(line);
    } catch (error) {
      this.#reason = error instanceof Error ? error : new Error(String(error));
      void this.#shutDown();
    }
  }

  #take(line: string): void {
    if (line.trim() === '') return;
    let messages: RpcMessage[];
    try {
      messages = readMessages(line);
    } catch (error) {
      this.#listener.fault(faultOf(line, error));
      return;
    }
    for (const message of messages) this.#listener.received(message);
  }

  /** Once: later the number of the group may be another's. */
  #reaped(child: ServerProcess): Promise<void> {
    this.#reaping ??= this.#reap(child);
    return this.#reaping;
  }

  /** Ends what is left of the group, and lets go of pipes that somebody outside of the group still holds. */
  async #reap(child: ServerProcess): Promise<void> {
    if (child.pid !== undefined) await endGroup(child.pid, graceMs);
    await this.#overWithin(graceMs);
    child.stdout.destroy();
    child.stderr.destroy();
  }

  async #overWithin(timeoutMs: number): Promise<void> {
    const waiting = new AbortController();
    const timeout = delay(timeoutMs, undefined, { signal: waiting.signal }).catch(() => undefined);
    await Promise.race([this.#over.promise, timeout]);
    waiting.abort();
  }

  #end(error: Error | undefined): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#reason ??= this.#isClosed ? closed() : error;
    this.#listener.ended(this.#isClosed ? undefined : this.#reason);
    this.#over.resolve();
  }
}

/** Programs print all sorts of things: what is not even like a message is told as it is, as standard error is. */
function faultOf(line: string, error: unknown): Error {
  if (error instanceof Error && /^\s*[{[]/.test(line)) return error;
  const summary = 'the server wrote what is no message';
  return new TransportError('MALFORMED', `${summary}: ${line.slice(0, maxShownLength)}`, { summary });
}

function closed(): TransportError {
  return new TransportError('CLOSED', 'the server’s input is closed');
}

/** Why the process is gone, with the last that it said. */
function endOf(exit: { code: number | null; signal: string | null }, errors: ErrorOutput): TransportError {
  const how = exit.signal === null ? `with exit status ${exit.code}` : `by ${exit.signal}`;
  const summary = `the server closed its connection: it ended ${how}`;
  const said = errors.lastLine === '' ? '' : `; it said last: ${errors.lastLine}`;
  return new TransportError('BROKEN', `${summary}${said}`, { cause: errors.text, summary });
}
