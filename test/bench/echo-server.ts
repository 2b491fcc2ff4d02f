/** The bare echo in a process of its own: `node echo-server.ts unix:/path`. Ends with its standard input. */
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { echoOptions, echoService } from './echo-service.ts';

function repeat(call: ServerDuplexStream<Buffer, Buffer>): void {
  let answer: Buffer | undefined;
  call.on('data', (message: Buffer) => {
    if (answer === undefined) answer = message;
    else call.write(answer);
  });
  call.on('end', () => call.end());
  call.on('error', () => undefined);
}

const server = new Server(echoOptions);
server.addService(echoService, { repeat });
server.bindAsync(process.argv[2] ?? '', ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
  process.stdout.write('listens\n');
});
process.stdin.once('end', () => process.exit(0)).resume();
