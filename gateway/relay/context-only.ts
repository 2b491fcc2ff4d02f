import { writeFailure } from '../rpc/write-message.ts';
import { rpcCodes } from '../rpc-error.ts';
import type { LinkListener } from '../server-link.ts';

/** On a connection that serves requests without sessions: what belongs to a request is its client's, and the rest nobody's. */
export const contextOnly: LinkListener = {
  request: async ({ id }) => writeFailure(id, { code: rpcCodes.methodNotFound, message: 'Method not found' }),
  notification: (notification, context) => context?.listener?.notification(notification, context),
  reopened: () => undefined,
};
