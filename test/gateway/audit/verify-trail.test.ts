import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { verifyTrail } from '../../../gateway/audit/verify-trail.ts';
import { TrailFolder, writtenTrail } from './trail-folder.ts';

/** A trail of ten lines, of which another hand has made something else. */
async function tampered(change: (lines: string[]) => string[]) {
  await using folder = await TrailFolder.make();
  await writtenTrail(folder, 8);
  const whole = await verifyTrail([folder.file]);
  assert.deepEqual([whole.lines, whole.breaks], [10, []]);
  const lines = (await readFile(folder.file, 'utf8')).split('\n').slice(0, -1);
  await writeFile(folder.file, change(lines).join('\n').concat('\n'));
  const { breaks } = await verifyTrail([folder.file], { head: whole.head?.hash });
  return breaks.map(({ line, sentence }) => [line, sentence.replaceAll(/[0-9a-f]{64}/g, 'HASH')]);
}

const cutEnd = [
  9,
  'expected a line with the hash HASH, and there is none: the end was cut, or lines were changed',
];

suite('verifying a trail', () => {
  test('finds nothing in one that is as it was written', async () => {
    await using folder = await TrailFolder.make();
    await writtenTrail(folder, 3);
    const { breaks, lines, isTorn, isEnded, head } = await verifyTrail([folder.file]);
    assert.deepEqual(
      { breaks, lines, isTorn, isEnded },
      { breaks: [], lines: 5, isTorn: false, isEnded: true },
    );
    assert.equal(head?.seq, 5);
  });

  test('finds a changed byte', async () => {
    const breaks = await tampered((lines) => lines.with(4, (lines[4] ?? '').replace('alice', 'alicf')));
    const sentence =
      'expected HASH as the hash of the line before, and this has HASH: one of the two was changed';
    assert.deepEqual(breaks, [[6, sentence]]);
  });

  test('finds a byte that was changed in the last line, by a hash that is known from the log', async () => {
    const breaks = await tampered((lines) => lines.with(9, (lines[9] ?? '').replace('ended', 'begun')));
    assert.deepEqual(breaks, [[10, cutEnd[1]]]);
  });

  test('finds a removed line', async () => {
    const breaks = await tampered((lines) => lines.toSpliced(4, 1));
    assert.deepEqual(breaks, [[5, 'expected number 5, and this is 6']]);
  });

  test('finds a removed line that was numbered over', async () => {
    const breaks = await tampered((lines) =>
      lines.toSpliced(4, 1).map((line, index) => line.replace(/"seq":\d+/, `"seq":${index + 1}`)),
    );
    assert.equal(breaks[0]?.[0], 5);
    assert.match(String(breaks[0]?.[1]), /^expected HASH as the hash of the line before/);
  });

  test('finds swapped lines', async () => {
    const breaks = await tampered(([a = '', b = '', c = '', ...rest]) => [a, c, b, ...rest]);
    assert.deepEqual(breaks, [
      [2, 'expected number 2, and this is 3'],
      [3, 'expected number 4, and this is 2'],
      [4, 'expected number 3, and this is 4'],
    ]);
  });

  test('finds a line that is none of a trail', async () => {
    const breaks = await tampered((lines) => lines.with(2, 'nothing'));
    assert.deepEqual(breaks[0], [3, 'this is no line of a trail']);
  });

  test('finds a cut end, by a hash that is known from the log', async () => {
    assert.deepEqual(await tampered((lines) => lines.slice(0, -1)), [cutEnd]);
  });

  test('says that a trail whose end was cut is not ended, when nothing else is known of it', async () => {
    await using folder = await TrailFolder.make();
    await writtenTrail(folder, 3);
    const text = await readFile(folder.file, 'utf8');
    await writeFile(folder.file, `${text.split('\n').slice(0, -2).join('\n')}\n`);
    const { breaks, isEnded } = await verifyTrail([folder.file]);
    assert.deepEqual({ breaks, isEnded }, { breaks: [], isEnded: false });
  });

  test('tells a line that was never finished from one that was changed', async () => {
    await using folder = await TrailFolder.make();
    await writtenTrail(folder, 3);
    await appendFile(folder.file, '{"seq":6,"prev":"00');
    const { breaks, isTorn, lines } = await verifyTrail([folder.file]);
    assert.deepEqual({ breaks, isTorn, lines }, { breaks: [], isTorn: true, lines: 5 });
  });

  test('finds another beginning than the one that is known', async () => {
    await using folder = await TrailFolder.make();
    await writtenTrail(folder, 3);
    const { anchor } = await verifyTrail([folder.file]);
    assert.deepEqual((await verifyTrail([folder.file], { anchor })).breaks, []);
    const { breaks } = await verifyTrail([folder.file], { anchor: '0'.repeat(64) });
    assert.equal(breaks[0]?.line, 1);
  });

  test('follows a trail through rotated files, in whatever order they are named', async () => {
    await using folder = await TrailFolder.make();
    {
      await using trail = await folder.start({ maxBytes: 1 });
      for (let index = 0; index < 3; index++) await trail.written({ kind: 'session-begun', ...session });
    }
    const files = ['', '.1', '.2', '.3'].map((end) => `${folder.file}${end}`);
    const { breaks, head } = await verifyTrail(files);
    assert.deepEqual([breaks, head?.seq], [[], 5]);
    const [missing] = (await verifyTrail(files.toSpliced(2, 1))).breaks;
    assert.equal(missing?.file, `${folder.file}.1`);
    assert.equal(missing?.line, 1);
  });
});

const session = {
  principal: 'alice',
  run: '1',
  labels: { secrecy: new Set<string>(), integrity: new Set<string>() },
};
