/** The two configurations of the compose stack. test/compose runs them. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'jsonc-parser';

const examples = join(import.meta.dirname, '..', '..', 'examples', 'compose');

test('the profile tcp guards the same servers by the same policies', async () => {
  const [overSocket, overTcp] = await Promise.all(
    ['config', 'tcp'].map(async (folder) =>
      parse(await readFile(join(examples, folder, 'sluice.jsonc'), 'utf8')),
    ),
  );
  const { sidecar: _socket, hosts: _name, ...gateway } = overSocket.gateway;
  const { sidecar: _addresses, hosts: _otherName, ...gatewayOverTcp } = overTcp.gateway;
  assert.deepEqual({ ...overTcp, gateway: gatewayOverTcp }, { ...overSocket, gateway });
});

test('an operator has a key that no agent has', async () => {
  for (const folder of ['config', 'tcp']) {
    const { gateway } = parse(await readFile(join(examples, folder, 'sluice.jsonc'), 'utf8'));
    const keys = { me: `\${SLUICE_API_KEY}`, operator: `\${SLUICE_OPERATOR_KEY}` };
    assert.deepEqual([gateway.keys, gateway.operators], [keys, ['operator']], folder);
  }
});
