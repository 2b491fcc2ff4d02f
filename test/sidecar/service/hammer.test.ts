/** Many labelings at once, cut off at random, with a server in this process so that its books can be read. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { credentials } from '@grpc/grpc-js';
import { LabelerServiceClient } from '../../../proto/gen/sluice/labeler/v1/labeler.ts';
import { CatalogAdministration } from '../../../sidecar/guard/catalog-administration.ts';
import { GuardCatalog } from '../../../sidecar/guard/guard-catalog.ts';
import { defaultGuardLimits } from '../../../sidecar/guard-limits.ts';
import { Log } from '../../../sidecar/log.ts';
import { SidecarServer } from '../../../sidecar/service/server.ts';
import { GuardStream, json } from '../../harness/guard-stream.ts';
import { seeded } from '../../harness/seeded.ts';
import { guardBytes, temporaryFolder } from '../../harness/wasm-guard.ts';

const [sessionCount, questionCount] = [20, 100];
const labels = json({ resource: { secrecy: ['s'] }, operation: 'read' });

describe('2,000 labelings over 20 sessions, a third of them cancelled', () => {
  const random = seeded(20_261_122);
  const stopping = new AbortController();
  let catalog: GuardCatalog;
  let server: SidecarServer;
  let client: LabelerServiceClient;

  before(async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'guard.wasm');
    await writeFile(path, await guardBytes('calls-backend'));
    const limits = { ...defaultGuardLimits, processes: 2, queueLength: 10_000, deadlineMs: 60_000 };
    const guard = { name: 'calls-backend', path, sha256: undefined, policy: undefined, limits };
    const log = new Log(new PassThrough().resume());
    const config = { guards: [guard], unknownTypes: [] };
    catalog = new GuardCatalog({ log, commandPrefix: [], stopping: stopping.signal });
    await catalog.apply(config);
    const administration = new CatalogAdministration(catalog, async () => config);
    server = new SidecarServer({ catalog, administration, log });
    await server.listen({ listen: `unix:${join(folder, 'guard.sock')}` });
    client = new LabelerServiceClient(`unix:${join(folder, 'guard.sock')}`, credentials.createInsecure());
  });
  after(async () => {
    client.close();
    await server.stop();
    await catalog[Symbol.asyncDispose]();
  });

  it('all end, each in one way, and leave nothing behind', async () => {
    const ends = await Promise.all(Array.from({ length: sessionCount }, runSession));
    const counts = Map.groupBy(ends.flat(), (end) => end);
    assert.equal(ends.flat().length, sessionCount * questionCount);
    assert.deepEqual([...counts.keys()].sort(), ['CANCELLED', 'answered']);
    assert.ok((counts.get('answered') ?? []).length > 1_000, 'most are answered');
    assert.ok((counts.get('CANCELLED') ?? []).length > 200, 'some are cancelled');
    const { pool, idle } = catalog.guard('calls-backend').version;
    // The last instances are dropped after their sessions have ended.
    while (pool.instances > 0) await delay(10);
    assert.equal(idle.size, 0);
    assert.equal((await pool.seat(stopping.signal)).load, 0);
  });

  /** How its questions ended. */
  async function runSession(): Promise<string[]> {
    const stream = new GuardStream(client.session());
    stream.answerBackend = async () => {
      await delay(random() * 5);
      return labels;
    };
    await stream.open('calls-backend');
    const ends = [];
    while (ends.length < questionCount) {
      const questions = Array.from({ length: 5 }, () => ask(stream));
      ends.push(...(await Promise.all(questions)));
    }
    if (random() < 0.5) stream.stream.cancel();
    else await stream.close();
    return ends;
  }

  async function ask(stream: GuardStream): Promise<string> {
    const answer = stream.labelResource('get');
    const id = stream.lastId;
    if (random() < 0.33) setTimeout(() => stream.cancel(id), random() * 6);
    return answer.then(
      () => 'answered',
      (error) => error.reason,
    );
  }
});
