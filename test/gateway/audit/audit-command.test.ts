import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { auditCommand } from '../../../gateway/audit/audit-command.ts';
import { TrailFolder, writtenTrail } from './trail-folder.ts';

async function run(...args: string[]): Promise<{ code: number; said: string }> {
  const output = new PassThrough();
  const load = () => Promise.reject(new Error('no configuration'));
  const code = await auditCommand(args, { output, load });
  output.end();
  return { code, said: (await text(output)).replaceAll(/[0-9a-f]{64}/g, 'HASH') };
}

suite('audit verify', () => {
  test('says where a trail begins and ends, and that it is unbroken', async () => {
    await using folder = await TrailFolder.make();
    await writtenTrail(folder, 3);
    const said = 'anchor HASH\nhead HASH (number 5)\n5 lines, unbroken\n';
    assert.deepEqual(await run('verify', folder.file), { code: 0, said });
  });

  test('says where it breaks, and ends with 1', async () => {
    await using folder = await TrailFolder.make();
    await writtenTrail(folder, 3);
    await writeFile(folder.file, (await readFile(folder.file, 'utf8')).replace('tool-0', 'tool-9'));
    const { code, said } = await run('verify', folder.file);
    assert.equal(code, 1);
    assert.match(
      said,
      /trail\.jsonl, line 3: expected HASH as the hash of the line before, and this has HASH/,
    );
    assert.match(said, /5 lines, broken in 1 places/);
  });

  test('says of an unfinished line what it is, and of a trail that is not ended', async () => {
    await using folder = await TrailFolder.make();
    await writtenTrail(folder, 0);
    const [begun] = (await readFile(folder.file, 'utf8')).split('\n');
    await writeFile(folder.file, `${begun}\n`);
    await appendFile(folder.file, '{"seq":2');
    const { code, said } = await run('verify', folder.file);
    assert.equal(code, 0);
    assert.match(said, /one that was never finished/);
    assert.match(said, /the trail is not ended/);
  });

  test('is told one sentence for what makes no sense', async () => {
    await assert.rejects(run('verify'), /^Error: usage: /);
    await assert.rejects(run('check', 'x'), /^Error: usage: /);
    await assert.rejects(run('report', 'x'), /^Error: usage: /);
    await assert.rejects(run('verify', 'x', '--head', 'abc'), /abc is no hash: it has 64 hex digits/);
    await assert.rejects(run('verify', '/no/such/file'), /ENOENT/);
  });
});
