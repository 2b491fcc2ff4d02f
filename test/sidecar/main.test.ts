/** What a sidecar does from its start until it serves, and in which order. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { credentials } from '@grpc/grpc-js';
import {
  ServerReflectionClient,
  type ServerReflectionResponse,
} from '../../proto/gen/grpc/reflection/v1/reflection.ts';
import { gone } from '../harness/child-processes.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';

const tellSteps = join(import.meta.dirname, '..', 'harness', 'tell-steps.ts');

const nodeOptions = ['--import', tellSteps];

describe('the start of a sidecar', () => {
  let sidecar: RunningSidecar;
  before(async () => {
    sidecar = await RunningSidecar.serving({ 'answers-public': {} }, { nodeOptions });
  });
  after(() => sidecar[Symbol.asyncDispose]());

  /** How far into what it told it says this first. */
  function place(step: RegExp): number {
    const found = sidecar.log.search(step);
    assert.notEqual(found, -1, `${step} is not in ${sidecar.log}`);
    return found;
  }

  const listens = /"message":"sidecar listens"/;
  const loadsGrpc = /^loads \S+\/@grpc\/grpc-js\//m;

  it('starts its processes before it loads gRPC, so that both happen at the same time', () => {
    const guards = [...sidecar.log.matchAll(/^starts .*\/guest\/main\./gm)].slice(0, 2);
    assert.equal(guards.length, 2);
    for (const { index } of guards) assert.ok(index < place(loadsGrpc), 'a guard process');
    assert.ok(place(/^starts .*\/validator\/main\./m) < place(loadsGrpc), 'the validator');
  });

  it('has killed a guest that does not return before it listens', () => {
    assert.ok(place(/^ended SIGKILL .*\/guest\/main\./m) < place(listens));
  });

  it('loads no descriptors and no SDK of OpenTelemetry', () => {
    const untilServed = sidecar.log.slice(0, place(listens));
    const heavy =
      /^loads \S+(descriptor-index|@bufbuild\/protobuf\/dist\/esm\/registry|@opentelemetry\/(?!api\/))/m;
    assert.doesNotMatch(untilServed, heavy);
  });

  it('is followed by the descriptors when somebody asks for them', async () => {
    const client = new ServerReflectionClient(sidecar.address, credentials.createInsecure());
    const stream = client.serverReflectionInfo();
    stream.end({ host: '', messageRequest: { $case: 'listServices', value: '' } });
    const answers: ServerReflectionResponse[] = await Array.fromAsync(stream);
    client.close();
    assert.equal(answers[0]?.messageResponse?.$case, 'listServicesResponse');
    assert.ok(place(/^loads \S+\/descriptor-index\./m) > place(listens));
  });
});

describe('a sidecar that is told to stop while it still starts', () => {
  const signs = {
    'when it has started a process': 'started as',
    'when it loads gRPC': '/@grpc/grpc-js/',
    'when a guard is loaded': 'guard loaded',
    'when a kill is proven': 'ended SIGKILL',
  };
  // One guard that is loaded soon, and one that would not be for a minute.
  const guests = {
    'answers-public': {},
    'start-loops': { limits: { cpuMs: 60_000, deadlineMs: 600_000 } },
  };

  for (const [when, sign] of Object.entries(signs))
    it(`${when} ends with 0, and nothing is left`, () => endsWell(sign, 'SIGTERM'));

  it('by SIGINT ends with 0, and nothing is left', () => endsWell(signs['when it loads gRPC'], 'SIGINT'));

  it('by the end of its input ends with 0, and nothing is left', () =>
    endsWell(signs['when it loads gRPC'], undefined));

  async function endsWell(isReady: string, signal: NodeJS.Signals | undefined): Promise<void> {
    await using sidecar = await RunningSidecar.serving(guests, { nodeOptions, isReady });
    assert.deepEqual(await sidecar.stop(signal), { code: 0, signal: null });
    assert.equal(sidecar.log.match(/"message":"sidecar stops"/g)?.length, 1);
    assert.doesNotMatch(sidecar.log, /"level":"error"|"sidecar listens"/);
    const started = [...sidecar.log.matchAll(/^started as (\d+)$/gm)].map(([, pid]) => Number(pid));
    assert.ok(started.length > 0);
    await Promise.all(started.map(gone));
  }
});
