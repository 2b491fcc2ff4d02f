import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../gateway/gateway-error.ts';
import { noLabels } from '../../gateway/guard/built-in-guards.ts';
import type { Labeler } from '../../gateway/guard/labeler.ts';
import { GuardedServer } from '../../gateway/guarded-server.ts';
import { serverConfig } from './granting-server.ts';
import { silentLog } from './silent-log.ts';

test('a server says of a guard that is unavailable what the gateway says, not what the guard does', async () => {
  const summary = 'the connection to the sidecar broke';
  const labeler: Labeler = {
    stream: () =>
      Promise.reject(new GatewayError('GUARD_UNAVAILABLE', `${summary}: the secret is 42`, { summary })),
    hasOther: () => false,
    answers: async () => false,
    sidecars: () => ({}),
    [Symbol.dispose]: () => undefined,
  };
  const transport = () => {
    throw new Error('nobody connects to it');
  };
  const guard = {
    kind: 'wasm',
    name: 'test',
    file: 'test.wasm',
    policy: {},
    backendTools: undefined,
  } as const;
  const config = serverConfig({ guard: { ...guard, toolCallLimits: [] } });
  await using server = new GuardedServer(config, { transport, labeler, log: silentLog });
  await assert.rejects(
    server.openGuard('alice', () => noLabels),
    { code: 'GUARD_UNAVAILABLE' },
  );
  assert.deepEqual(server.guardState, { kind: 'unavailable', reason: summary });
});
