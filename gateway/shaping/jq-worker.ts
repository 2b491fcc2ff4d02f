import { Worker } from 'node:worker_threads';
import { timeLimit } from '../time-limit.ts';
import { until } from '../until.ts';
import type { JqReply, JqRequest } from './jq-program.ts';

/** How long one program may run, in milliseconds: as in gh-aw's gateway. */
const runMs = 5_000;
/** Programs that wait for their turn at once: with more, the last would wait longer than any call may take. */
const maxWaiting = 100;
/** The thread's own heap, in MiB: an input and an output with their copies. jq's memory ends at 256 MiB by itself. */
const heapMib = 256;

/** The program of the thread. Its file ends as this one does, in source and when compiled. */
const jqThread = new URL(`./jq-thread${import.meta.filename.slice(-3)}`, import.meta.url);

/**
 * jq, in one thread: programs run one after another. One that does not end in time is ended with its thread, and the
 * next finds a new one. The thread starts with the first request.
 */
export class JqWorker implements AsyncDisposable {
  readonly #runMs: number;
  #thread: Promise<Worker> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(limits = { runMs }) {
    this.#runMs = limits.runMs;
  }

  /** Throws the reason of `signal` when it aborts first; a program that runs for it is ended. */
  async ask(request: JqRequest, signal: AbortSignal): Promise<JqReply> {
    if (this.#waiting >= maxWaiting) return { kind: 'failed', why: 'queue' };
    this.#waiting++;
    const turn = this.#turn.then(() => this.#take(request, signal));
    this.#turn = turn.catch(() => undefined).then(() => this.#waiting--);
    return until(turn, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  async #take(request: JqRequest, signal: AbortSignal): Promise<JqReply> {
    signal.throwIfAborted();
    // Its start is not the program's time: on a busy machine it would convict the innocent.
    const thread = await this.#started();
    using limit = timeLimit(this.#runMs, signal);
    try {
      thread.postMessage(request);
      return await replyOf(thread, limit.signal);
    } catch (error) {
      await this.#end();
      signal.throwIfAborted();
      return { kind: 'failed', why: error === limit.signal.reason ? 'time' : 'memory' };
    }
  }

  #started(): Promise<Worker> {
    const forget = () => {
      if (this.#thread === starting) this.#thread = undefined;
    };
    const starting = this.#thread ?? start(forget);
    this.#thread = starting;
    starting.catch(forget);
    return starting;
  }

  async #end(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await (await thread?.catch(() => undefined))?.terminate();
  }
}

/** `onExit`: told when the thread is gone, whatever the reason. */
async function start(onExit: () => void): Promise<Worker> {
  const thread = new Worker(jqThread, {
    env: {},
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: heapMib },
  });
  // What jq's runtime prints when it dies is no line of our log.
  thread.stdout.resume();
  thread.stderr.resume();
  // Why it died is told to whoever waits for it; without a listener it would end the gateway.
  thread.on('error', onExit).once('exit', onExit);
  const first = await replyOf(thread, new AbortController().signal);
  if (first.kind !== 'ready') throw new Error('the thread for jq did not start');
  return thread;
}

/** The next message of the thread. Throws when the thread ends without one, or `signal` aborts. */
async function replyOf(thread: Worker, signal: AbortSignal) {
  const { promise, resolve, reject } = Promise.withResolvers<JqReply>();
  const fail = () => reject(new Error('the thread for jq ended'));
  thread.once('message', resolve).once('error', reject).once('exit', fail);
  try {
    return await until(promise, signal);
  } finally {
    thread.off('message', resolve).off('error', reject).off('exit', fail);
  }
}
