import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { absentDiscovery, discovery } from '../../../gateway/eras/discovery.ts';

suite('the answer to server/discover', () => {
  for (const [said, told] of [
    ['{ "supportedVersions": ["2026-07-28"], "n":1.0}', '{ "supportedVersions": ["2026-07-28"], "n":1.0}'],
    ['{"supportedVersions":["2030-01-01","2026-07-28"]}', '{"supportedVersions":["2026-07-28"]}'],
    [
      '{"supportedVersions":["2025-11-25"],"n":1.0}',
      '{"supportedVersions":["2026-07-28","2025-11-25"],"n":1.0}',
    ],
    ['{}', '{"supportedVersions":["2026-07-28"]}'],
  ] as const)
    test(`of ${said} names what both speak`, () => assert.equal(discovery(said), told));

  test('of a server that is away has tools, and its name', () => {
    const { capabilities, _meta } = JSON.parse(absentDiscovery('files'));
    assert.deepEqual(capabilities, { tools: {} });
    assert.equal(_meta['io.modelcontextprotocol/serverInfo'].name, 'files');
  });
});
