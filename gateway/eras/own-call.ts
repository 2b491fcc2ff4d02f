import { randomUUID } from 'node:crypto';
import type { CallContext, LinkRequest } from '../backend/server-link.ts';
import { logLevelRank } from '../modern/log-level.ts';
import { metaOf, withMeta } from '../modern/request-meta.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { withMembers } from '../rpc/raw-object.ts';
import { type RpcNotification, stringFrom } from '../rpc/rpc-message.ts';
import { writeNotification } from '../rpc/write-message.ts';

/**
 * A request of a client without sessions as one among others on a connection: its progress token is one that no other
 * client's request has, and its client hears log messages from `level` on, and none where it wants none.
 */
export function asOwnCall(request: LinkRequest, level: string | undefined): LinkRequest {
  const { context, params } = request;
  if (context === undefined) return request;
  const token = context.progressToken;
  const ownToken = token === undefined ? undefined : JSON.stringify(randomUUID());
  const tell = (notification: RpcNotification) => {
    const told = asClients(notification, { token, ownToken, level });
    if (told !== undefined) context.listener?.notification(told, own);
  };
  const own: CallContext = { ...context, progressToken: ownToken, listener: { notification: tell } };
  return { ...request, params: ownToken === undefined ? params : withToken(params, ownToken), context: own };
}

interface Wanted {
  readonly token: string | undefined;
  readonly ownToken: string | undefined;
  readonly level: string | undefined;
}

/** Nothing for what the client has not asked for. */
function asClients(
  notification: RpcNotification,
  { token, ownToken, level }: Wanted,
): RpcNotification | undefined {
  const { method, params = '{}' } = notification;
  if (method === 'notifications/message') return isWanted(params, level) ? notification : undefined;
  if (method !== 'notifications/progress') return notification;
  if (token === undefined || rawMembers(params).get('progressToken') !== ownToken) return undefined;
  return writeNotification(method, withMembers(params, [['progressToken', token]]));
}

function isWanted(params: string, level: string | undefined): boolean {
  if (level === undefined) return false;
  const said = stringFrom(rawMembers(params).get('level')) ?? '';
  return logLevelRank(said) >= logLevelRank(level);
}

function withToken(params: string, token: string): string {
  return withMeta(params, withMembers(metaOf(params) ?? '{}', [['progressToken', token]]));
}
