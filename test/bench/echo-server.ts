/** The bare echo in a process of its own: `node echo-server.ts unix:/path`. Ends with its standard input. */
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { echoAnswer, echoOptions, echoService } from './echo-service.ts';

function repeat(call: ServerDuplexStream<Buffer, Buffer>): void {
  call.on('data', (message: Buffer) => call.write(echoAnswer(message)));
  call.on('end', () => call.end());
  call.on('error', () => undefined);
}

function once({ request }: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void {
  answer(null, echoAnswer(request));
}

const server = new Server(echoOptions);
server.addService(echoService, { repeat, once });
server.bindAsync(process.argv[2] ?? '', ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
  process.stdout.write('listens\n');
});
process.stdin.once('end', () => process.exit(0)).resume();
