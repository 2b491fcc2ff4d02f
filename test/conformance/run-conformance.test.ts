import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { passes } from './conformance-report.ts';
import { runConformance } from './run-conformance.ts';

/** Scenarios that can only warn, so that the suite counts them as passed whatever a server does. */
const onlyWarning = {
  '2025-11-25': [],
  '2026-07-28': [
    'input-required-result-missing-input-response',
    'input-required-result-ignore-extra-params',
    'input-required-result-validate-input',
  ],
} as const;

suite('a run of the conformance suite', () => {
  for (const revision of ['2025-11-25', '2026-07-28'] as const) {
    test(`says that a server which answers nothing conforms to no scenario of ${revision}`, async () => {
      await using server = createServer((_request, response) => response.writeHead(500).end());
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const report = await runConformance(`http://127.0.0.1:${port}/mcp`, revision);
      const passed = report.scored.filter((scenario) => passes(report, scenario));
      assert.deepEqual(passed, onlyWarning[revision]);
    });
  }
});
