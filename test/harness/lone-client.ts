/** A client as a process of its own, to be killed: `node lone-client.ts ADDRESS GUARD` opens, asks, and waits. */
import { credentials } from '@grpc/grpc-js';
import { LabelerServiceClient } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { GuardStream } from './guard-stream.ts';

const [address = '', guard = ''] = process.argv.slice(2);
const stream = new GuardStream(new LabelerServiceClient(address, credentials.createInsecure()).session());
await stream.open(guard);
await stream.labelResponse('get', {});
