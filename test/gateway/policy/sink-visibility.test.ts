/** Every vector of test/vectors/write-sink.json of kind `visibility`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { PolicyError } from '../../../gateway/policy/policy-error.ts';
import { type SinkSituation, sinkVisibility } from '../../../gateway/policy/sink-visibility.ts';

type Situation = Omit<SinkSituation, 'serverName'>;
type Vector = Situation & {
  id: string;
  kind: string;
  serverId: string;
  expect: { visibility: string | null };
};

const file = new URL('../../vectors/write-sink.json', import.meta.url);
const { vectors }: { vectors: Vector[] } = JSON.parse(readFileSync(file, 'utf8'));

suite('which visibility a sink has in the end', () => {
  for (const vector of vectors.filter(({ kind }) => kind === 'visibility')) {
    test(vector.id, () => {
      const visibility = sinkVisibility({ ...vector, serverName: vector.serverId });
      assert.equal(visibility, vector.expect.visibility);
    });
  }

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
