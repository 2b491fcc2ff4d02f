import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { HealthImplementation, service as healthService } from 'grpc-health-check';
import { AdminServiceService } from '../../proto/gen/sluice/admin/v1/admin.ts';
import { LabelerServiceService } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { GuardCatalog } from '../guard/guard-catalog.ts';
import type { GuardAdministration } from '../guard/guard-status.ts';
import { drainMs, maxHealthRequestBytes } from '../limits.ts';
import type { Log } from '../log.ts';
import { AdminService } from './admin-service.ts';
import { GrpcListener, socketModes } from './grpc-listener.ts';
import { labelerDefinition } from './labeler-definition.ts';
import { LabelerService } from './labeler-service.ts';
import type { ListenPlan } from './listen-plan.ts';
import { addReflection } from './reflection.ts';
import { readTlsFiles } from './tls-files.ts';

/** How often a stopping server looks whether labelings are still under way, in milliseconds. */
const drainCheckMs = 20;

/** What a sidecar serves. */
export interface ServedParts {
  readonly catalog: GuardCatalog;
  readonly administration: GuardAdministration;
  readonly log: Log;
}

/** Where it listens: the labeling service at least. */
export type ServerAddresses = Pick<ListenPlan, 'listen'> & Partial<ListenPlan>;

/**
 * The sidecar's gRPC services, on listeners of their own: whoever may have things labelled may not take guards out of
 * service, and who asks for health need not have things labelled.
 */
export class SidecarServer implements AsyncDisposable {
  readonly #log: Log;
  readonly #catalog: GuardCatalog;
  readonly #labeler: LabelerService;
  readonly #labelerListener = new GrpcListener({ socketMode: socketModes.group });
  readonly #adminListener = new GrpcListener();
  readonly #healthListener = new GrpcListener({ maxRequestBytes: maxHealthRequestBytes });
  #tls: ListenPlan['tls'];
  /** One service name per guard, and the empty one for the sidecar as a whole, which serves what it can. */
  readonly #health = new HealthImplementation({ '': 'SERVING' });

  constructor({ catalog, administration, log }: ServedParts) {
    this.#log = log;
    this.#catalog = catalog;
    this.#labeler = new LabelerService(catalog, log);
    this.#labelerListener.server.addService(labelerDefinition, this.#labeler.handlers);
    this.#adminListener.server.addService(
      AdminServiceService,
      new AdminService(administration, log).handlers,
    );
    for (const { server } of this.#listeners) this.#health.addToServer(server);
    const reflect = (service: ServiceDefinition, { server }: GrpcListener) =>
      addReflection(server, [service, healthService], log);
    reflect(LabelerServiceService, this.#labelerListener);
    reflect(AdminServiceService, this.#adminListener);
    catalog.onHealthChange = (name) => this.#showHealth(name);
    for (const { name } of catalog.guards) this.#showHealth(name);
  }

  /** Binds them; the labeling service's address with the port that it got. Throws one sentence for TLS files that do not fit. */
  async listen({ listen, adminListen, healthListen, tls }: ServerAddresses): Promise<string> {
    const identity = tls && (await readTlsFiles(tls));
    this.#tls = tls;
    if (adminListen !== undefined) {
      const address = await this.#adminListener.listen(adminListen);
      this.#log.write('info', 'sidecar administration listens', { adminAddress: address });
    }
    if (healthListen !== undefined) {
      const address = await this.#healthListener.listen(healthListen);
      this.#log.write('info', 'sidecar health listens', { healthAddress: address });
    }
    const address =
      identity === undefined
        ? await this.#labelerListener.listen(listen)
        : await this.#labelerListener.listenWithTls(listen, identity, this.#log);
    this.#log.write('info', 'sidecar listens', { address });
    return address;
  }

  /** Reads its TLS files again. Those that do not fit change nothing, and the log says why. */
  async renewTls(): Promise<void> {
    if (this.#tls === undefined) return;
    try {
      this.#labelerListener.renew(await readTlsFiles(this.#tls));
      this.#log.write('info', 'new connections use the TLS files as they are now');
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#log.write('error', `the TLS files were not taken, those read before go on: ${why}`);
    }
  }

  /** Lets labelings that are under way finish, within a bound; then ends every stream and connection. */
  async stop(): Promise<void> {
    this.#catalog.onHealthChange = () => undefined;
    for (const name of ['', ...this.#catalog.guards.map((guard) => guard.name)])
      this.#health.setStatus(name, 'NOT_SERVING');
    this.#labeler.drain();
    const deadline = performance.now() + drainMs;
    while (this.#labeler.isBusy && performance.now() < deadline) await delay(drainCheckMs);
    this.#labeler.shutDown();
    await Promise.all(this.#listeners.map((listener) => listener.stop()));
  }

  get #listeners(): readonly GrpcListener[] {
    return [this.#labelerListener, this.#adminListener, this.#healthListener];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #showHealth(name: string): void {
    const guard = this.#catalog.guards.find((each) => each.name === name);
    this.#health.setStatus(name, guard?.state === 'serving' ? 'SERVING' : 'NOT_SERVING');
  }
}
