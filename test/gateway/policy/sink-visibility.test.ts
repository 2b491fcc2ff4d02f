import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PolicyError } from '../../../gateway/policy/policy-error.ts';
import { type SinkSituation, sinkVisibility } from '../../../gateway/policy/sink-visibility.ts';

suite('which visibility a sink has in the end', () => {
  const reviewed: SinkSituation = {
    serverName: 'safeoutputs',
    configured: null,
    workflowRepository: 'unknown',
    exemptServers: [],
    forcePublicRepos: null,
  };

  test('reviewed outputs of a public workflow are public', () => {
    assert.equal(sinkVisibility({ ...reviewed, workflowRepository: 'public' }), 'public');
    assert.equal(sinkVisibility(reviewed), null);
  });

  test('* exempts every server', () => {
    assert.equal(sinkVisibility({ ...reviewed, serverName: 'notes', exemptServers: ['*'] }), null);
  });

  test('an unknown visibility is refused', () => {
    assert.throws(() => sinkVisibility({ ...reviewed, configured: 'secret' }), PolicyError);
  });
});
