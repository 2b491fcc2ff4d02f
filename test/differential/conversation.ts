import type { Exchange } from './exchange.ts';
import { type Heard, RawClient } from './raw-client.ts';
import type { OpenWire } from './wire.ts';

/** What came of one exchange. */
export interface Said {
  /** `"result":…` or `"error":…` as it was spelled; nothing where it did not come in time. */
  readonly answer: string | undefined;
  /** What the server said beside it, of the methods that the exchange expects. */
  readonly beside: readonly Beside[];
}

/** One notification or request of the server. */
export interface Beside {
  readonly method: string;
  readonly params: string;
  /** Only what belongs to a request has a place before its answer, on every transport. */
  readonly isBeforeAnswer: boolean;
}

/** A whole conversation. */
export interface Conversation {
  readonly said: ReadonlyMap<string, Said>;
  /** What the server said that no exchange expects: methods with their params. */
  readonly unexpected: readonly string[];
}

/**
 * How long a message may be missing, in milliseconds: on a busy machine, and where one is known to be missing, or the
 * conversation has gone wrong before.
 */
const patienceMs = { usual: 5_000, short: 450 };

/** Has a conversation, one exchange after the other. `isGap` says where nobody waits for long. */
export async function converse(
  exchanges: readonly Exchange[],
  openWire: OpenWire,
  isGap: (exchange: Exchange) => boolean = () => false,
): Promise<Conversation> {
  await using client = await RawClient.open(openWire);
  const said = new Map<string, Said>();
  const unexpected: string[] = [];
  let isComplete = true;
  for (const exchange of exchanges) {
    const signal = AbortSignal.timeout(isComplete && !isGap(exchange) ? patienceMs.usual : patienceMs.short);
    const { answer, messages } = await runUntil(client, { exchange, said }, signal);
    isComplete &&= isGap(exchange) || !signal.aborted;
    const isExpected = ({ method }: Beside) => method in (exchange.hears ?? {});
    said.set(exchange.name, { answer, beside: messages.filter(isExpected) });
    const { mayHear = [] } = exchange;
    const others = messages.filter((message) => !isExpected(message) && !mayHear.includes(message.method));
    unexpected.push(...others.map(({ method, params }) => `${method} ${params}`));
  }
  return { said, unexpected };
}

interface Turn {
  readonly exchange: Exchange;
  readonly said: ReadonlyMap<string, Said>;
}

/** An exchange, and again where its answer does not yet hold what it has to. */
async function runUntil(client: RawClient, turn: Turn, signal: AbortSignal): ReturnType<typeof run> {
  const { until } = turn.exchange;
  for (;;) {
    const outcome = await run(client, turn, signal);
    if (until === undefined || outcome.answer?.includes(until) === true || signal.aborted) return outcome;
  }
}

async function run(
  client: RawClient,
  { exchange, said }: Turn,
  signal: AbortSignal,
): Promise<{ answer: string | undefined; messages: readonly Beside[] }> {
  const { method, hears = {}, answers = {} } = exchange;
  const from = client.heard.length;
  client.answers = { ...client.answers, ...answers };
  const params = paramsOf(exchange, said);
  const news = () => client.heard.slice(from);
  const hasHeard = () =>
    Object.entries(hears).every(([each, count]) => ofMethod(news(), each).length >= count);
  if (exchange.isNotification) {
    await client.notify(method, params);
    await client.hears(hasHeard, signal);
    return outcomeOf(news(), undefined);
  }
  const id = await client.request(method, params);
  if (exchange.isCancelled) {
    await client.hears(hasHeard, signal);
    await client.notify('notifications/cancelled', `{"requestId":${id}}`);
    // What would still come for it comes before this.
    const ping = await client.request('ping', undefined);
    await client.hears(() => isAnswerIn(news(), ping), signal);
    return outcomeOf(news(), id);
  }
  await client.hears(() => isAnswerIn(news(), id) && hasHeard(), signal);
  return outcomeOf(news(), id);
}

function outcomeOf(
  news: readonly Heard[],
  id: string | undefined,
): { answer: string | undefined; messages: readonly Beside[] } {
  const at = news.findIndex((each) => each.method === undefined && each.id === id);
  const messages = news.flatMap(({ method, text }, index) =>
    method === undefined ? [] : [{ method, params: text, isBeforeAnswer: index < at }],
  );
  return { answer: news[at]?.text, messages };
}

function paramsOf({ params }: Exchange, said: ReadonlyMap<string, Said>): string | undefined {
  if (typeof params !== 'function') return params;
  return params(new Map([...said].map(([name, { answer = '' }]) => [name, answer])));
}

function isAnswerIn(news: readonly Heard[], id: string): boolean {
  return news.some((each) => each.method === undefined && each.id === id);
}

function ofMethod(heard: readonly Heard[], method: string): readonly Heard[] {
  return heard.filter((each) => each.method === method);
}
