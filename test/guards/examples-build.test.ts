/** The committed modules are what their sources compile to, where the toolchains are on the machine: none is needed. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { buildExample, languages, readDigests, sha256Of, toolchainOf } from '../../guards/examples/build.ts';
import type { RunningSidecar } from '../harness/running-sidecar.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';
import { startNotesGuard, testNotesGuard } from './notes-guard.ts';

/** Cargo fetches and builds five crates, Go its library; on a busy machine. In milliseconds. */
const timeout = 300_000;

const digests = await readDigests();
const folder = await temporaryFolder();

for (const language of languages) {
  const toolchain = await toolchainOf(language).catch((error: unknown) => ({ missing: String(error) }));
  const path = join(folder, `${language}.wasm`);
  if (typeof toolchain !== 'string') {
    const words = toolchain.missing.trim().split('\n').at(-1);
    test(
      `the guard of notes is built again by ${language}`,
      { skip: `SKIPPED, no toolchain: ${words}` },
      () => undefined,
    );
  } else if (toolchain === digests[language].toolchain) {
    test(`the guard of notes is, byte for byte, what ${toolchain} makes of it`, { timeout }, async () => {
      await buildExample(language, path);
      const { sha256, bytes } = digests[language];
      const built = await readFile(path);
      const advice = `run node guards/examples/build.ts ${language} and commit what changed`;
      assert.deepEqual([sha256Of(built), built.length], [sha256, bytes], advice);
    });
  } else {
    suite(`the guard of notes, built by ${toolchain}`, { timeout }, () => {
      let sidecar: RunningSidecar;
      before(
        async () => {
          await buildExample(language, path);
          sidecar = await startNotesGuard(language, path);
        },
        { timeout },
      );
      after(() => sidecar[Symbol.asyncDispose]());
      testNotesGuard(() => sidecar);
    });
  }
}
