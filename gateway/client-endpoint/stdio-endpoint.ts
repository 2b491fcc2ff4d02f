// MCP's stdio for the client that started the gateway: one message a line on standard input and output, which carry
// nothing else.

import type { Readable, Writable } from 'node:stream';
import type { Caller } from '../http/caller.ts';
import { maxBodyBytes } from '../http/request-body.ts';
import type { Log } from '../log.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import { timeLimit } from '../time-limit.ts';
import { until } from '../until.ts';
import { ClientLines } from './client-lines.ts';
import type { OpenPeer } from './session-peer.ts';
import { StdioOutput } from './stdio-output.ts';
import { StdioSession } from './stdio-session.ts';

/**
 * How long requests may still take that are open when the client closes its output to us, in milliseconds. Then the
 * client wants us to be gone; it sends SIGTERM soon after (the SDK after two seconds).
 */
const graceMs = 1_000;

/** A client on two streams. */
export interface StdioClient {
  readonly input: Readable;
  readonly output: Writable;
  /** Who it is: the streams do not say. */
  readonly caller: Caller;
  readonly openPeer: OpenPeer;
}

/**
 * Serves a client until it closes our input, does not read our output any more, or `signal` aborts. What was answered
 * is with the client then, and the session has ended. Never rejects.
 */
export async function serveStdio(client: StdioClient, log: Log, signal: AbortSignal): Promise<void> {
  const { input, caller, openPeer } = client;
  const output = new StdioOutput(client.output);
  const session = new StdioSession({ caller, openPeer, send: (text) => output.send(text) });
  const lost = output.lost.then((reason) => log.write('warn', `the client is gone: ${reason}`));
  const leaving = until(lost, signal).catch(() => undefined);
  const isOver = await Promise.race([readAll(input, output, session), leaving.then(() => true)]);
  input.destroy();
  if (isOver !== true) await rested(session, lost, signal);
  session.end(isOver === true ? 'closed' : 'deleted');
  using limit = timeLimit(graceMs, new AbortController().signal);
  await output.flushed(limit.signal);
}

/** Settles when no request is open, or when there is no more time for them. */
async function rested(session: StdioSession, lost: Promise<void>, signal: AbortSignal): Promise<void> {
  using limit = timeLimit(graceMs, signal);
  await until(Promise.race([session.rested(), lost]), limit.signal).catch(() => undefined);
}

/** Gives the session what the client sends, to its end. Reads nothing while the client does not read what it was sent. */
async function readAll(input: Readable, output: StdioOutput, session: StdioSession): Promise<void> {
  const sentence = `a line may have ${maxBodyBytes} bytes at most: send less at once`;
  const lines = new ClientLines(maxBodyBytes, () => session.refuse(rpcCodes.invalidRequest, sentence));
  try {
    for await (const chunk of input) {
      await output.room();
      lines.read(Buffer.from(chunk), (line) => session.take(line));
    }
  } catch {
    // An input that breaks has ended.
  }
}
