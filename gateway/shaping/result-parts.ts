import { renderAcknowledgement, renderNotice, type Withheld } from '../outcome.ts';
import { ResponseError } from '../response/response-error.ts';
import { rawElements, rawMembers } from '../rpc/raw-json.ts';
import { writeObject } from '../rpc/raw-object.ts';
import { RpcMessageError } from '../rpc/rpc-message-error.ts';

/** An item of `content`. */
export interface ContentItem {
  /** As it is spelled. */
  readonly source: string;
  /** What it says; undefined for one that is no text. */
  readonly text: string | undefined;
}

/** A tool result in pieces, each as it is spelled. */
export interface ResultParts {
  readonly members: ReadonlyMap<string, string>;
  /** Without the notice. */
  readonly items: readonly ContentItem[];
  /** Our own last item, which tells how much was withheld. It is no part of what the tool said, and stays. */
  readonly notice: string | undefined;
}

/**
 * Takes a tool result apart that is the tool's own, whole success; undefined for all others: errors, halves of a
 * conversation (`input_required`), and what stands for a response that may not be shown.
 * `isChanged`: whether it is another than the backend's, so that our own words may be in it.
 * @throws ResponseError `not-a-result` for what is none.
 */
export function takeApart(text: string, isChanged: boolean): ResultParts | undefined {
  try {
    return partsOf(text, isChanged);
  } catch (error) {
    if (!(error instanceof RpcMessageError)) throw error;
    throw new ResponseError('not-a-result', `no tool result: ${error.message}`);
  }
}

function partsOf(text: string, isChanged: boolean): ResultParts | undefined {
  const members = rawMembers(text);
  if (members.get('isError') === 'true') return undefined;
  if (JSON.parse(members.get('resultType') ?? '"complete"') !== 'complete') return undefined;
  const withheld = isChanged ? withheldOf(members.get('_meta')) : undefined;
  if (isChanged && [undefined, withheld].some((counts) => renderAcknowledgement(counts) === text))
    return undefined;
  const sources = rawElements(members.get('content') ?? '[]');
  const notice = withheld && renderNotice(withheld).contentItem;
  const hasNotice = notice !== undefined && sources.at(-1) === notice;
  const items = hasNotice ? sources.slice(0, -1) : sources;
  return { members, items: items.map(asItem), notice: hasNotice ? notice : undefined };
}

/** A result with other content. What may stay beside it does; nothing else does: nobody said what it holds. */
export function putTogether(
  { members, notice }: ResultParts,
  { content, structuredContent }: { content: readonly string[]; structuredContent?: string | undefined },
): string {
  const items = notice === undefined ? content : [...content, notice];
  const written = new Map([['content', `[${items.join(',')}]`]]);
  if (structuredContent !== undefined) written.set('structuredContent', structuredContent);
  for (const name of ['isError', 'resultType', '_meta']) {
    const value = members.get(name);
    if (value !== undefined) written.set(name, value);
  }
  return writeObject(written);
}

/** A content item of text. */
export function textItem(text: string): string {
  return JSON.stringify({ type: 'text', text });
}

/** Items without a type count as text, as they do where responses are judged. */
function asItem(source: string): ContentItem {
  const item: { readonly type?: unknown; readonly text?: unknown } | null = JSON.parse(source);
  const { type = 'text', text } = Object(item);
  const isText = (type === 'text' || type === '') && typeof text === 'string';
  return { source, text: isText ? text : undefined };
}

function withheldOf(meta = '{}'): Withheld | undefined {
  const { 'sluice.dev/withheld': withheld } = Object(JSON.parse(meta));
  const { count, secrecy, integrity } = Object(withheld);
  return [count, secrecy, integrity].every(Number.isSafeInteger) ? { count, secrecy, integrity } : undefined;
}
