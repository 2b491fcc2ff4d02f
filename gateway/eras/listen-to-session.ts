import type { LinkRequest } from '../backend/server-link.ts';
import { metaKeys } from '../modern/request-meta.ts';
import { rawElements, rawMembers } from '../rpc/raw-json.ts';
import { withMembers, writeObject } from '../rpc/raw-object.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';
import type { RpcNotification } from '../rpc/rpc-message.ts';
import { writeNotification } from '../rpc/write-message.ts';
import { timeLimit } from '../time-limit.ts';
import { until } from '../until.ts';
import type { SubscriptionListener } from './agent-listeners.ts';
import type { ModernClient } from './modern-link.ts';
import type { SessionLink } from './session-link.ts';

/** How long a server may take to say what it tells, in milliseconds. */
const askMs = 10_000;
/** How long one may take to hear that nobody listens any more. */
const leaveMs = 5_000;
/** Resources in one subscription: each is a request to the server. */
const maxUris = 1_000;

const lists = ['tools', 'prompts', 'resources'] as const;

/** A `subscriptions/listen`, and the connection with a session that stands behind it. */
interface Listening {
  readonly request: LinkRequest;
  readonly client: ModernClient;
  readonly session: SessionLink;
}

/** What a server agrees to tell. */
interface Agreed {
  readonly lists: readonly string[];
  /** The JSON of each. */
  readonly uris: ReadonlySet<string>;
}

/**
 * Serves `subscriptions/listen` from a server with sessions: what it tells of its own accord of lists, and of resources
 * that the agent's connection subscribes to. Settles when that is closed, rejects when the client leaves.
 */
export async function listenToSession(listening: Listening, signal: AbortSignal): Promise<string> {
  const { request, client, session } = listening;
  const agreed = await agree(listening, signal);
  const ended = Promise.withResolvers<void>();
  const listener = { ...listenerOf(listening, agreed), ended: ended.resolve };
  const subscriptionId = writeObject([[metaKeys.subscriptionId, client.id]]);
  const told = writeObject([
    ...agreed.lists.map((list) => [`${list}ListChanged`, 'true'] as const),
    ...(agreed.uris.size > 0 ? [['resourceSubscriptions', `[${[...agreed.uris].join(',')}]`] as const] : []),
  ]);
  const acknowledgement = `{"_meta":${subscriptionId},"notifications":${told}}`;
  // In one turn: nothing comes before it, and nothing is lost after it.
  request.context?.send(writeNotification('notifications/subscriptions/acknowledged', acknowledgement).text);
  session.listeners.add(listener);
  try {
    await until(ended.promise, signal);
    return writeObject([['_meta', subscriptionId]]);
  } finally {
    session.listeners.delete(listener);
    for (const uri of agreed.uris) void unsubscribe(session, uri);
  }
}

async function agree({ request, session }: Listening, signal: AbortSignal): Promise<Agreed> {
  using limit = timeLimit(askMs, signal);
  const filter = expectFilter(request.params);
  const welcome = rawMembers(await session.link.welcome(limit.signal));
  const capabilities = rawMembers(welcome.get('capabilities') ?? '{}');
  const says = (list: string, flag: string) => {
    const capability = capabilities.get(list);
    return capability?.startsWith('{') === true && rawMembers(capability).get(flag) === 'true';
  };
  const told = lists.filter(
    (list) => filter.get(`${list}ListChanged`) === 'true' && says(list, 'listChanged'),
  );
  const uris = says('resources', 'subscribe') ? expectUris(filter) : [];
  const subscribed = await Promise.all(uris.map((uri) => subscribe(session, uri, limit.signal)));
  const agreed = new Set(uris.filter((_, index) => subscribed[index] === true));
  if (signal.aborted) for (const uri of agreed) void unsubscribe(session, uri);
  signal.throwIfAborted();
  return { lists: told, uris: agreed };
}

/** The first who listens to a resource subscribes to it for all. A server that does not agree does not tell. */
async function subscribe(
  { link, listeners }: SessionLink,
  uri: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (!listeners.hold(uri)) return true;
  try {
    await link.request({ method: 'resources/subscribe', params: `{"uri":${uri}}` }, signal);
    return true;
  } catch {
    listeners.release(uri);
    return false;
  }
}

async function unsubscribe({ link, listeners }: SessionLink, uri: string): Promise<void> {
  if (!listeners.release(uri)) return;
  const asked = { method: 'resources/unsubscribe', params: `{"uri":${uri}}` };
  await link.request(asked, AbortSignal.timeout(leaveMs)).catch(() => undefined);
}

function listenerOf({ client, session }: Listening, agreed: Agreed): Omit<SubscriptionListener, 'ended'> {
  const changed = (list: string) => `notifications/${list}/list_changed`;
  return {
    notification: (notification) => {
      const { method } = notification;
      const isTold =
        method === 'notifications/resources/updated'
          ? agreed.uris.has(rawMembers(notification.params ?? '{}').get('uri') ?? '')
          : agreed.lists.some((list) => method === changed(list));
      if (isTold) client.listener.notification(withSubscriptionId(notification, client.id), undefined);
    },
    reopened: () => {
      for (const list of agreed.lists)
        client.listener.notification(writeNotification(changed(list)), undefined);
      for (const uri of agreed.uris) {
        const asked = { method: 'resources/subscribe', params: `{"uri":${uri}}` };
        void session.link.request(asked, AbortSignal.timeout(askMs)).catch(() => undefined);
      }
    },
  };
}

function withSubscriptionId({ method, params = '{}' }: RpcNotification, id: string): RpcNotification {
  const meta = rawMembers(params).get('_meta') ?? '{}';
  const own = withMembers(meta.startsWith('{') ? meta : '{}', [[metaKeys.subscriptionId, id]]);
  return writeNotification(method, withMembers(params, [['_meta', own]]));
}

function expectFilter(params: string): ReadonlyMap<string, string> {
  const filter = rawMembers(params).get('notifications');
  if (filter?.startsWith('{')) return rawMembers(filter);
  throw invalid('subscriptions/listen needs notifications, an object that says what to tell');
}

function expectUris(filter: ReadonlyMap<string, string>): readonly string[] {
  const said = filter.get('resourceSubscriptions') ?? '[]';
  const uris = new Set(said.startsWith('[') ? rawElements(said) : ['']);
  if (![...uris].every((uri) => uri.startsWith('"')))
    throw invalid('resourceSubscriptions must be an array of URIs');
  if (uris.size > maxUris) throw invalid(`one subscription has room for ${maxUris} resources: open another`);
  return [...uris];
}

function invalid(sentence: string): RpcError {
  return new RpcError(rpcCodes.invalidParams, sentence);
}
