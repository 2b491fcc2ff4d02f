/** `GET /ready`: whether the gateway can judge calls now. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { RunningGateway } from '../harness/running-gateway.ts';
import { rawRequest } from './raw-request.ts';

const server = { type: 'http', url: 'http://127.0.0.1:1/' };

async function readiness(gateway: RunningGateway): Promise<{ status: number; body: object }> {
  const { status, body } = await rawRequest(gateway.port, { method: 'GET', path: '/ready' });
  return { status, body: JSON.parse(body) };
}

/** Asks until the status is another than `status`: there is no event for it. */
async function readinessOtherThan(gateway: RunningGateway, status: number): Promise<object> {
  for (;;) {
    const answer = await readiness(gateway);
    if (answer.status !== status) return answer;
    await delay(10);
  }
}

const ready = { status: 200, body: { status: 'ready' } };
const noSidecar = {
  status: 503,
  body: { error: 'not_ready', message: 'the sidecar, which labels, does not answer' },
};

suite('the gateway is ready', () => {
  test('as long as its sidecar answers, a frozen one does not', async () => {
    await using gateway = await RunningGateway.start({
      guests: { 'answers-public': {} },
      mcpServers: { guarded: { ...server, guard: 'answers-public' } },
    });
    await gateway.ready();
    assert.deepEqual(await readinessOtherThan(gateway, 503), ready);
    const pid = await gateway.sidecarPid();
    process.kill(pid, 'SIGSTOP');
    try {
      assert.deepEqual(await readinessOtherThan(gateway, 200), noSidecar);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    assert.deepEqual(await readinessOtherThan(gateway, 503), ready);
  });

  test('though a guard cannot be had: its server’s calls fail, and that is a judgement', async () => {
    await using gateway = await RunningGateway.start({
      guards: { broken: { type: 'wasm', path: 'nowhere.wasm' } },
      mcpServers: { broken: { ...server, guard: 'broken' }, plain: server },
    });
    const { servers } = await gateway.ready();
    assert.equal(servers.broken?.state, 'unavailable');
    assert.deepEqual(await readinessOtherThan(gateway, 503), ready);
  });

  test('without a sidecar where no guard is in one', async () => {
    const sidecar = 'unix:/no/such/socket';
    await using gateway = await RunningGateway.start({ gateway: { sidecar }, mcpServers: { plain: server } });
    assert.deepEqual(await readinessOtherThan(gateway, 503), ready);
  });

  test('not before its sidecar could be reached', async () => {
    await using gateway = await RunningGateway.start({
      gateway: { sidecar: 'unix:/no/such/socket', apiKey: 'a-key-of-the-tests', toolTimeout: 0.2 },
      guests: { 'answers-public': {} },
      mcpServers: { guarded: { ...server, guard: 'answers-public' } },
    });
    const first = await readiness(gateway);
    assert.equal(first.status, 503);
    await gateway.ready();
    assert.deepEqual(await readinessOtherThan(gateway, 200), noSidecar);
  });
});
