import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { WriteMetrics } from '../../../gateway/control/metrics-route.ts';
import { ServedRoutes } from '../served-routes.ts';

const keys = [
  { principal: 'ops', key: 'a-key-of-the-operators' },
  { principal: 'prometheus', key: 'a-key-of-the-scraper' },
  { principal: 'agent', key: 'a-key-of-an-agent' },
];
const guarded = { keys, operators: ['ops'], scrapers: ['prometheus'] };
const writeMetrics: WriteMetrics = (_, response) => void response.end('up 1\n');

async function get(
  settings: Parameters<typeof ServedRoutes.start>[0],
  { key, ...init }: RequestInit & { key?: string } = {},
): Promise<{ status: number; text: string }> {
  await using routes = await ServedRoutes.start(settings);
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(`http://127.0.0.1:${routes.port}/metrics`, { ...init, headers });
  return { status: response.status, text: await response.text() };
}

suite('GET /metrics', () => {
  for (const key of ['a-key-of-the-operators', 'a-key-of-the-scraper'])
    test(`is for ${key}`, async () => {
      assert.deepEqual(await get({ door: guarded, writeMetrics }, { key }), { status: 200, text: 'up 1\n' });
    });

  test('is not for agents, whatever key they have', async () => {
    const { status, text } = await get({ door: guarded, writeMetrics }, { key: 'a-key-of-an-agent' });
    assert.equal(status, 403);
    assert.match(text, /only operators and scrapers may read this: gateway.scrapers names them/);
  });

  test('asks for a key where there are keys, though /health does not', async () => {
    assert.equal((await get({ door: guarded, writeMetrics })).status, 401);
  });

  test('is open where nobody can be told from anybody', async () => {
    assert.equal((await get({ writeMetrics })).status, 200);
  });

  test('is not for pages of others, who may have a browser ask', async () => {
    await using routes = await ServedRoutes.start({ writeMetrics });
    const headers = { origin: 'https://elsewhere.example' };
    assert.equal((await fetch(`http://127.0.0.1:${routes.port}/metrics`, { headers })).status, 403);
  });

  test('says how to turn it on where it is off', async () => {
    const { status, text } = await get({});
    assert.equal(status, 404);
    assert.match(text, /metrics are not served: start the gateway with OTEL_METRICS_EXPORTER=prometheus/);
  });

  test('is only read', async () => {
    assert.equal((await get({ writeMetrics }, { method: 'POST' })).status, 405);
  });
});
