import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { readResults, scoredScenarios } from './read-results.ts';

suite('the results of a run', () => {
  test('are read by scenario and check, the worst of those made several times', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sluice-results-'));
    const checks = ['SUCCESS', 'FAILURE', 'WARNING'].map((status) => ({ id: 'answers', status }));
    await writeChecks(folder.path, 'server-sep-1034-defaults-2026-11-22T17-12-07-667Z', [
      ...checks,
      { id: 'is-fast', status: 'WARNING', errorMessage: 'it is slow' },
    ]);
    const results = await readResults(folder.path);
    assert.deepEqual([...results.keys()], ['sep-1034-defaults']);
    assert.deepEqual(Object.fromEntries(results.get('sep-1034-defaults') ?? []), {
      answers: { status: 'FAILURE', complaint: '' },
      'is-fast': { status: 'WARNING', complaint: 'it is slow' },
    });
  });

  test('are nothing else that lies in the folder', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sluice-results-'));
    await writeChecks(folder.path, 'client-initialize-2026-11-22T17-12-07-667Z', []);
    await mkdir(join(folder.path, 'server-broken-off-2026-11-22T17-12-07-667Z'));
    assert.deepEqual([...(await readResults(folder.path))], []);
  });
});

test('the scored scenarios are those that a revision requires of a server', () => {
  const requirements = [
    '# The requirements',
    'server:',
    '  - ping',
    '  - tools-list',
    '',
    'client:',
    '  - initialize',
    '',
    'not_scored:',
    '  - scenario: server-sse-polling',
    '    leg: server',
    '',
  ].join('\n');
  assert.deepEqual(scoredScenarios(requirements), ['ping', 'tools-list']);
});

async function writeChecks(folder: string, name: string, checks: readonly object[]): Promise<void> {
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, 'checks.json'), JSON.stringify(checks));
}
