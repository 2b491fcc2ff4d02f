/** Each case of docs/hostile-guards.md has a test whose name begins with its id, here or where this file says. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const root = join(import.meta.dirname, '..', '..', '..');

/** A test that has another name, since it is about more than one case. */
interface Elsewhere {
  /** Below `test/`. */
  readonly file: string;
  /** The name of the test, or of its suite, as it stands in the file. */
  readonly test: string;
}

/** What is proved by tests of other parts. */
const elsewhere: Readonly<Record<string, readonly Elsewhere[]>> = {
  A26: [
    {
      file: 'sidecar/module/module-file.test.ts',
      test: 'that is replaced while it is read is the one or the other, whole, with its own digest',
    },
    { file: 'sidecar/module/module-file.test.ts', test: 'that a link out of its folder leads to is refused' },
  ],
  B7: [
    {
      file: 'sidecar/guest/reclaim-memory.test.ts',
      test: 'is not used up by 20,000 short instances one after another',
    },
  ],
  C18: [
    { file: 'sidecar/service/session-stream/end.test.ts', test: 'a guest that runs, with its process' },
    {
      file: 'sidecar/process/guard-process.test.ts',
      test: 'are gone when it is stopped while a guard loops in its start section',
    },
  ],
  D3: [
    {
      file: 'sidecar/guest/backend-calls.test.ts',
      test: 'writes into the memory as it is after the wait',
    },
  ],
  E5: [
    { file: 'gateway/guard/read-for-guard.test.ts', test: 'which the server does not call read-only' },
    {
      file: 'gateway/guard/read-for-guard.test.ts',
      test: 'may call the tools that the operator names, and no others',
    },
  ],
  E9: [{ file: 'sidecar/guest/guest-log.test.ts', test: 'is one clean line whatever the guest writes' }],
  E11: [
    {
      file: 'sidecar/service/session-stream/answer.test.ts',
      test: 'results of backend calls that nobody waits for: too early, unknown, and late',
    },
  ],
  F5: [{ file: 'sidecar/guard-output.test.ts', test: 'outputs that break the ABI are refused' }],
  F7: [
    { file: 'e2e/bounds.test.ts', test: 'does not declassify what is read' },
    { file: 'e2e/bounds.test.ts', test: 'does not accept every tag on a write' },
  ],
  F9: [{ file: 'gateway/response/label-response.test.ts', test: 'a million items and a million paths' }],
  F10: [{ file: 'gateway/response/match-items.test.ts', test: '100,000 echoes that match nothing' }],
  F12: [{ file: 'gateway/monitor/mode.test.ts', test: 'mode vectors' }],
  G3: [
    {
      file: 'sidecar/guard/reload.test.ts',
      test: 'to a version that does not load is reported, and changes nothing',
    },
  ],
  G4: [
    {
      file: 'sidecar/guard/reload.test.ts',
      test: 'keeps a session on the old version as long as a question of it is under way',
    },
    { file: 'sidecar/guard/reload.test.ts', test: 'is one of many that come at once' },
    { file: 'sidecar/guard/reload.test.ts', test: 'of what has not changed starts nothing' },
  ],
  G8: [
    {
      file: 'sidecar/process/guard-process.test.ts',
      test: 'while a labeling waited in it for the backend lets that be asked again, once',
    },
    { file: 'sidecar/process/guard-process.test.ts', test: 'end by themselves when the sidecar is killed' },
  ],
  G10: [
    {
      file: 'sidecar/process/guard-process.test.ts',
      test: 'are gone when it has stopped, looping ones included',
    },
  ],
  // A guard that is gone takes its compiled code with it: that is in its processes. What stays are verdicts.
  G12: [
    {
      file: 'sidecar/module/bounded-map.test.ts',
      test: 'G12 stays within its bound however many modules come',
    },
    { file: 'sidecar/guard/reload.test.ts', test: 'and lets what was removed end' },
  ],
};

/** Cases about what Sluice does not have: they count from the day it has it. */
const lacking: Readonly<Record<string, string>> = {
  A24: 'there is one version of the ABI, and no export that names it',
  A25: 'modules carry no manifest: what a guard may do is configured',
  G5: 'a reload has no canary: what traps on real input is held back like any guard that fails',
};

const ids = idsOf(await readFile(join(root, 'docs', 'hostile-guards.md'), 'utf8'));
const sources = await Promise.all(
  globSync('test/sidecar/hostile-guards/*.test.ts', { cwd: root }).map((path) =>
    readFile(join(root, path), 'utf8'),
  ),
);
const named = new Set(sources.flatMap(idsOfTests));

describe('the cases of hostile guards', () => {
  it('are all read from the page', () => {
    assert.ok(ids.length > 90, `${ids.length}`);
    assert.equal(new Set(ids).size, ids.length);
  });

  for (const id of ids) {
    it(`${id} has its test`, async () => {
      const tests = elsewhere[id] ?? [];
      const isListed = named.has(id) || tests.length > 0 || id in lacking;
      assert.ok(isListed, `no test is named "${id} …", and this file does not say where it is`);
      for (const { file, test } of tests) {
        const source = await readFile(join(root, 'test', file), 'utf8');
        assert.ok(source.includes(test), `${file} has no test "${test}"`);
      }
    });
  }

  it('have no tests by ids that are none', () => {
    const known = new Set(ids);
    const mentioned = [...named, ...Object.keys(elsewhere), ...Object.keys(lacking)];
    assert.deepEqual(
      mentioned.filter((id) => !known.has(id)),
      [],
    );
  });
});

/** The first cells of the page's tables. */
function idsOf(page: string): string[] {
  return [...page.matchAll(/^\| ([A-G]\d+) \|/gm)].map(([, id = '']) => id);
}

/** The ids at the start of texts, which are names of tests. */
function idsOfTests(source: string): string[] {
  return [...source.matchAll(/['"`]((?:[A-G]\d+,? )+)/g)].flatMap(
    ([, list = '']) => list.match(/[A-G]\d+/g) ?? [],
  );
}
