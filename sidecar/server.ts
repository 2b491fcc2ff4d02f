import { setTimeout as delay } from 'node:timers/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { LabelerServiceService } from '../proto/gen/sluice/labeler/v1/labeler.ts';
import type { GuardCatalog } from './guard-catalog.ts';
import { LabelerService } from './labeler-service.ts';
import { drainMs, http2WindowBytes, maxMessageBytes } from './limits.ts';
import { removeStaleSocket } from './listen-address.ts';
import type { Log } from './log.ts';

/** How often a stopping server looks whether labelings are still under way, in milliseconds. */
const drainCheckMs = 20;

/** The gRPC server with all of the sidecar's services. */
export class SidecarServer {
  readonly #server: Server;
  readonly #labeler: LabelerService;
  readonly #health: HealthImplementation;
  readonly #healthNames: readonly string[];

  constructor(catalog: GuardCatalog, log: Log) {
    this.#server = new Server({
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_send_message_length': maxMessageBytes,
      'grpc-node.flow_control_window': http2WindowBytes,
    });
    this.#labeler = new LabelerService(catalog, log);
    this.#server.addService(LabelerServiceService, this.#labeler.handlers);
    const health = healthOf(catalog);
    this.#healthNames = Object.keys(health);
    this.#health = new HealthImplementation(health);
    this.#health.addToServer(this.#server);
  }

  /** Binds `unix:/path` or `host:port`; the port that was bound. */
  async listen(address: string): Promise<number> {
    await removeStaleSocket(address);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
    return promise;
  }

  /** Lets labelings that are under way finish, within a bound; then ends every stream and connection. */
  async stop(): Promise<void> {
    for (const name of this.#healthNames) this.#health.setStatus(name, 'NOT_SERVING');
    this.#labeler.drain();
    const deadline = performance.now() + drainMs;
    while (this.#labeler.isBusy && performance.now() < deadline) await delay(drainCheckMs);
    this.#labeler.shutDown();
    // One turn of the event loop, so that the streams' status leaves before their connections are cut.
    await delay(drainCheckMs);
    this.#server.forceShutdown();
  }
}

/** One service name per guard, and the empty one for the sidecar as a whole, which serves what it can. */
function healthOf(catalog: GuardCatalog): Record<string, 'SERVING' | 'NOT_SERVING'> {
  const guards = [...catalog.health()].map(
    ({ name, isServing }) => [name, isServing ? 'SERVING' : 'NOT_SERVING'] as const,
  );
  return { '': 'SERVING', ...Object.fromEntries(guards) };
}
