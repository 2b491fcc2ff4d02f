/** The check against the last release, seen to fail for what breaks gateways and sidecars in the field. */
import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { type FinishedCommand, finishedCommand } from '../harness/finished-command.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const root = join(import.meta.dirname, '..', '..');
const labeler = 'proto/sluice/labeler/v1/labeler.proto';
const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/** A change of the protocol: what stands there, and what takes its place. */
interface Change {
  readonly from: string;
  readonly to: string;
}

/** What `buf breaking` says when the protocol is changed so, in a copy of it. */
async function checked(
  change: Change,
  released = join(root, 'proto/released.binpb'),
): Promise<FinishedCommand> {
  const folder = await temporaryFolder();
  await cp(join(root, 'proto'), join(folder, 'proto'), { recursive: true });
  await cp(join(root, 'buf.yaml'), join(folder, 'buf.yaml'));
  const text = await readFile(join(folder, labeler), 'utf8');
  assert.ok(text.includes(change.from), `the protocol no longer has: ${change.from}`);
  await writeFile(join(folder, labeler), text.replace(change.from, change.to));
  return finishedCommand(join(root, 'node_modules/.bin/buf'), ['breaking', folder, '--against', released]);
}

suite('the check against the last release', () => {
  test('is part of npm run check', () => {
    assert.match(scripts.check, /&& buf breaking --against proto\/released\.binpb$/);
  });

  const breaking: Readonly<Record<string, Change>> = {
    'a field that is gone': { from: '  bytes normalized_policy = 4;', to: '' },
    'a field with another number': { from: 'string guard_digest = 3;', to: 'string guard_digest = 5;' },
    'a field with another type': { from: '  bytes policy = 2;', to: '  string policy = 2;' },
    'a field with another name': { from: 'string principal = 3;', to: 'string caller = 3;' },
    'a message of the conversation that is gone': { from: '    Cancel cancel = 4;', to: '' },
    'a reason that is gone': { from: '  REASON_PROCESS_LOST = 15;', to: '' },
    'a backend error with another number': { from: '_RATE_LIMITED = 9;', to: '_RATE_LIMITED = 12;' },
    'a method with another name': { from: 'rpc Session(', to: 'rpc Converse(' },
    'a method that streams one way only': {
      from: 'returns (stream SessionResponse)',
      to: 'returns (SessionResponse)',
    },
    'a service with another name': { from: 'service LabelerService {', to: 'service LabelService {' },
  };
  for (const [name, change] of Object.entries(breaking)) {
    test(`fails for ${name}`, async () => {
      const { exitCode, stdout } = await checked(change);
      assert.equal(exitCode, 100);
      assert.match(stdout, /labeler\.proto/);
    });
  }

  const harmless: Readonly<Record<string, Change>> = {
    'a further field': {
      from: 'string principal = 3;',
      to: 'string principal = 3;\n  // New.\n  string note = 9;',
    },
    'a further reason': {
      from: '  REASON_OUTPUT_LIMIT = 18;',
      to: '  REASON_OUTPUT_LIMIT = 18;\n  // New.\n  REASON_NEW = 19;',
    },
    'other words of a comment': { from: '// Who may learn it.', to: '// Who is allowed to learn it.' },
  };
  for (const [name, change] of Object.entries(harmless)) {
    test(`passes for ${name}`, async () => {
      const { exitCode, stdout, stderr } = await checked(change);
      assert.equal(exitCode, 0, stdout + stderr);
    });
  }

  test('holds a release to what npm run release:protocol has written of it', async () => {
    assert.equal(scripts['release:protocol'].split(' && ').at(-1), 'buf build -o proto/released.binpb');
    const released = join(await temporaryFolder(), 'released.binpb');
    await finishedCommand(join(root, 'node_modules/.bin/buf'), ['build', '-o', released]);
    const { exitCode } = await checked({ from: '  REASON_OUTPUT_LIMIT = 18;', to: '' }, released);
    assert.equal(exitCode, 100);
  });
});
