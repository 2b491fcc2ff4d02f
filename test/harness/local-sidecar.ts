import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { credentials } from '@grpc/grpc-js';
import { LabelerServiceClient } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { CatalogAdministration } from '../../sidecar/guard/catalog-administration.ts';
import { GuardCatalog } from '../../sidecar/guard/guard-catalog.ts';
import type { GuardStatus } from '../../sidecar/guard/guard-status.ts';
import { defaultGuardLimits } from '../../sidecar/guard-limits.ts';
import { Log } from '../../sidecar/log.ts';
import { SidecarServer } from '../../sidecar/service/server.ts';
import { GuardStream } from './guard-stream.ts';
import type { GuestSettings } from './running-sidecar.ts';
import { guardBytes, temporaryFolder } from './wasm-guard.ts';

/** A sidecar within the test's own process, so that its books can be read. */
export class LocalSidecar implements AsyncDisposable {
  readonly #catalog: GuardCatalog;
  readonly #server: SidecarServer;
  readonly #client: LabelerServiceClient;
  readonly #stopping: AbortController;

  private constructor(
    parts: { catalog: GuardCatalog; server: SidecarServer; client: LabelerServiceClient },
    stopping: AbortController,
  ) {
    this.#catalog = parts.catalog;
    this.#server = parts.server;
    this.#client = parts.client;
    this.#stopping = stopping;
  }

  static async serving(guests: Record<string, GuestSettings>): Promise<LocalSidecar> {
    const folder = await temporaryFolder();
    const config = {
      guards: await Promise.all(Object.entries(guests).map(configOf(folder))),
      unknownTypes: [],
    };
    const log = new Log(new PassThrough().resume());
    const stopping = new AbortController();
    const surroundings = { log, commandPrefix: [], stopping: stopping.signal };
    const catalog = new GuardCatalog(surroundings);
    await catalog.apply(config);
    const administration = new CatalogAdministration(catalog, async () => config);
    const server = new SidecarServer({ catalog, administration, log });
    const address = await server.listen({ listen: `unix:${join(folder, 'guard.sock')}` });
    const client = new LabelerServiceClient(address, credentials.createInsecure());
    return new LocalSidecar({ catalog, server, client }, stopping);
  }

  /** A guard session: opened when the promise resolves. */
  async open(guard: string): Promise<GuardStream> {
    const stream = new GuardStream(this.#client.session());
    await stream.open(guard);
    return stream;
  }

  get guards(): readonly GuardStatus[] {
    return this.#catalog.guards.map(({ status }) => status);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await this.#server.stop();
    this.#stopping.abort();
    await this.#catalog[Symbol.asyncDispose]();
  }
}

function configOf(folder: string) {
  return async ([name, { guest = name, limits }]: [string, GuestSettings]) => {
    const path = join(folder, `${guest}.wasm`);
    await writeFile(path, await guardBytes(guest));
    return { name, path, sha256: undefined, policy: undefined, limits: { ...defaultGuardLimits, ...limits } };
  };
}
