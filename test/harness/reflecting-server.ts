import { join } from 'node:path';
import { Writable } from 'node:stream';
import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { HealthImplementation, service as healthService } from 'grpc-health-check';
import { Log } from '../../sidecar/log.ts';
import { addReflection } from '../../sidecar/service/reflection.ts';
import { temporaryFolder } from './wasm-guard.ts';

/** A server in the test's process with what one of the sidecar's listeners serves: a service, health and reflection. */
export class ReflectingServer implements Disposable {
  /** `host:port`. */
  readonly address: string;
  readonly socketPath: string;
  readonly #server: Server;

  private constructor(server: Server, { address, socketPath }: { address: string; socketPath: string }) {
    this.#server = server;
    this.address = address;
    this.socketPath = socketPath;
  }

  static async serving(
    definition: ServiceDefinition,
    handlers: UntypedServiceImplementation,
  ): Promise<ReflectingServer> {
    const server = new Server();
    server.addService(definition, handlers);
    new HealthImplementation({ '': 'SERVING' }).addToServer(server);
    addReflection(server, [definition, healthService], linesLog([]));
    const socketPath = join(await temporaryFolder(), 'admin.sock');
    await bind(server, `unix:${socketPath}`);
    return new ReflectingServer(server, {
      address: `127.0.0.1:${await bind(server, '127.0.0.1:0')}`,
      socketPath,
    });
  }

  [Symbol.dispose](): void {
    this.#server.forceShutdown();
  }
}

/** A log whose lines go to `lines`. */
export function linesLog(lines: string[]): Log {
  const output = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return new Log(output);
}

function bind(server: Server, address: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const listening = (error: Error | null, port: number) => (error ? reject(error) : resolve(port));
  server.bindAsync(address, ServerCredentials.createInsecure(), listening);
  return promise;
}
