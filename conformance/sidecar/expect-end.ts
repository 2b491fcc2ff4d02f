import { status } from '@grpc/grpc-js';
import { expectEqual } from '../check.ts';
import { type ReasonName, reasonCodes } from '../reason-codes.ts';
import type { ClientStream } from './client-stream.ts';

/** Waits for the end of a stream, and expects this reason, with its code and its domain. */
export async function expectEnd(stream: ClientStream, reason: ReasonName): Promise<void> {
  const end = await stream.ended();
  const expected = { code: status[reasonCodes[reason]], reason, domain: 'sluice.dev' };
  expectEqual('the end of the stream', { code: end.code, reason: end.reason, domain: end.domain }, expected);
}
