import { GatewayError } from '../gateway-error.ts';
import { rawElements, rawMembers } from '../rpc/raw-json.ts';
import type { SendText } from './child-session.ts';
import type { AskedServer } from './server-set.ts';

/** Pages of one list that are asked for at most: a server whose cursor never ends must not hold a client for ever. */
const maxPages = 100;
/** Characters of one server's list at most: as much as one message of a server may have. */
const maxCharacters = 32 * 1024 * 1024;

/** A list of one server. */
export interface ListPages {
  /** Each as its server spells it. */
  readonly elements: readonly string[];
  /** Whether there would be more than is taken. */
  readonly isCut: boolean;
}

/** What is asked, and where what comes beside the answer goes. */
export interface ListRequest {
  readonly method: string;
  /** The member of the result that holds the list. */
  readonly member: string;
  readonly send: SendText;
  readonly signal: AbortSignal;
}

/** All pages of a list. Throws an Error, one part of a sentence, where the server does not answer with one. */
export async function listPages(child: AskedServer, request: ListRequest): Promise<ListPages> {
  const { method, member, send, signal } = request;
  const elements: string[] = [];
  let characters = 0;
  let params = '{}';
  for (let page = 0; page < maxPages; page++) {
    const answer = await child.request({ method, params, send, signal });
    if (answer === undefined) throw new GatewayError('DEADLINE_EXCEEDED', 'it does not answer in time');
    if (answer.kind === 'error') {
      const summary = `it answered with the error ${answer.code}`;
      throw new GatewayError('BACKEND_ERROR', answer.message, { summary });
    }
    const result = rawMembers(answer.result);
    elements.push(...rawElements(result.get(member) ?? ''));
    characters += answer.result.length;
    const cursor = result.get('nextCursor');
    if (cursor === undefined || !cursor.startsWith('"')) return { elements, isCut: false };
    if (characters > maxCharacters) break;
    params = `{"cursor":${cursor}}`;
  }
  return { elements, isCut: true };
}
