/** The guard of notes in four languages: all committed modules say the same, each in a real sidecar. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exampleModuleUrl, languages, readDigests, sha256Of } from '../../guards/examples/build.ts';
import type { RunningSidecar } from '../harness/running-sidecar.ts';
import { startNotesGuard, testNotesGuard } from './notes-guard.ts';

const digests = await readDigests();

for (const language of languages) {
  suite(`the guard of notes in ${language}`, () => {
    let sidecar: RunningSidecar;
    before(async () => {
      sidecar = await startNotesGuard(language, fileURLToPath(exampleModuleUrl(language)));
    });
    after(() => sidecar[Symbol.asyncDispose]());

    test('is the module that is written down', async () => {
      const module = await readFile(exampleModuleUrl(language));
      const { sha256, bytes } = digests[language];
      assert.deepEqual([sha256Of(module), module.length], [sha256, bytes]);
    });

    testNotesGuard(() => sidecar);
  });
}
