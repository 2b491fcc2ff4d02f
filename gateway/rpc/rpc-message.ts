// A JSON-RPC message of MCP, carried as its text: numbers keep their digits, members that nobody here knows stay, and
// nothing is serialised again.

import { rawElements, rawMembers } from './raw-json.ts';
import { RpcMessageError } from './rpc-message-error.ts';

export type RpcMessage = RpcRequest | RpcNotification | RpcResult | RpcFailure;

/** What both sides may answer to a request. */
export type RpcAnswer = RpcResult | RpcFailure;

export interface RpcRequest {
  readonly kind: 'request';
  /** The whole message. */
  readonly text: string;
  /** The JSON of the id as it is spelled: `1`, `"a"`, `12345678901234567890`. */
  readonly id: string;
  readonly method: string;
  /** The JSON of an object, as it is spelled. */
  readonly params: string | undefined;
}

export interface RpcNotification {
  readonly kind: 'notification';
  readonly text: string;
  readonly method: string;
  /** The JSON of an object, as it is spelled. */
  readonly params: string | undefined;
}

export interface RpcResult {
  readonly kind: 'result';
  readonly text: string;
  readonly id: string;
  /** The JSON of the result as it is spelled; MCP has objects only, which is not checked here. */
  readonly result: string;
}

export interface RpcFailure {
  readonly kind: 'error';
  readonly text: string;
  /** Nothing, where what is answered had no id that could be read. */
  readonly id: string | undefined;
  /** The JSON of the error as it is spelled. */
  readonly error: string;
  /** -32603 where the error has no number for it. */
  readonly code: number;
  /** Empty where the error has none. */
  readonly message: string;
}

/**
 * Reads one message. Values are only scanned for where they end, however deep they are nested: who uses one parses it.
 * @throws RpcMessageError for what is no JSON object, for two members of the same name, and for what is no message.
 */
export function readMessage(text: string): RpcMessage {
  const members = rawMembers(text);
  if (members.get('jsonrpc') !== '"2.0"') invalid('a message must have the member jsonrpc, "2.0"', members);
  if (members.has('method')) return readCall(text, members);
  const [result, error] = [members.get('result'), members.get('error')];
  if (result !== undefined && error === undefined) return readResult(text, members, result);
  if (error !== undefined && result === undefined) return readFailure(text, members, error);
  return invalid('a message must have one of method, result and error', members);
}

/** Reads one message, or all of a batch (an array, which the revision 2025-03-26 allows). */
export function readMessages(text: string): RpcMessage[] {
  if (!/^\s*\[/.test(text)) return [readMessage(text)];
  const messages = rawElements(text).map(readMessage);
  if (messages.length === 0) throw new RpcMessageError(-32600, 'a batch must not be empty');
  return messages;
}

type Members = ReadonlyMap<string, string>;

function readCall(text: string, members: Members): RpcRequest | RpcNotification {
  const method = stringFrom(members.get('method'));
  const params = members.get('params');
  if (method === undefined) return invalid('method must be a string', members);
  if (members.has('result') || members.has('error'))
    return invalid('a message must have one of method, result and error', members);
  if (params !== undefined && !params.startsWith('{')) return invalid('params must be an object', members);
  if (!members.has('id')) return { kind: 'notification', text, method, params };
  return { kind: 'request', text, id: expectId(members), method, params };
}

function readResult(text: string, members: Members, result: string): RpcResult {
  return { kind: 'result', text, id: expectId(members), result };
}

function readFailure(text: string, members: Members, error: string): RpcFailure {
  const id = members.get('id') === 'null' || !members.has('id') ? undefined : expectId(members);
  const parts: Members = error.startsWith('{') ? rawMembers(error) : new Map();
  const code = Number(parts.get('code') ?? Number.NaN);
  const message = stringFrom(parts.get('message')) ?? '';
  return { kind: 'error', text, id, error, code: Number.isInteger(code) ? code : -32603, message };
}

function expectId(members: Members): string {
  return idFrom(members) ?? invalid('id must be a string or a number', members);
}

function idFrom(members: Members): string | undefined {
  const id = members.get('id');
  if (id === undefined) return undefined;
  return stringFrom(id) !== undefined || /^[-\d]/.test(id) ? id : undefined;
}

/** The string that a JSON text is, if it is one. */
export function stringFrom(source: string | undefined): string | undefined {
  if (source === undefined || !source.startsWith('"')) return undefined;
  if (plainString.test(source)) return source.slice(1, -1);
  try {
    return String(JSON.parse(source));
  } catch {
    return undefined;
  }
}

/** A string whose content is what stands between its quotes. */
const plainString = /^"[\w\-/. ]*"$/;

function invalid(sentence: string, members: Members): never {
  throw new RpcMessageError(-32600, sentence, idFrom(members));
}
