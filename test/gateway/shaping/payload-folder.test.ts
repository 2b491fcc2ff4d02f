import assert from 'node:assert/strict';
import { access, chmod, lstat, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { defaultPayloadLimits, PayloadFolder } from '../../../gateway/shaping/payload-folder.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';

const payload = (text: string) => new TextEncoder().encode(text);
const modeOf = async (path: string) => ((await lstat(path)).mode & 0o7777).toString(8);
const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

suite('the folder for payloads', () => {
  test('is made where there is none, and has a file of our own for each payload', async () => {
    const folder = join(await temporaryFolder(), 'a', 'b');
    const payloads = new PayloadFolder(folder);
    const [one, two] = [
      await payloads.write('alice', payload('1')),
      await payloads.write('alice', payload('2')),
    ];
    assert.match(one, /^alice\/[0-9a-f]{32}\/payload\.json$/);
    assert.notEqual(one, two);
    assert.equal(await readFile(join(folder, one), 'utf8'), '1');
    assert.equal(await readFile(join(folder, two), 'utf8'), '2');
    assert.equal(await modeOf(join(folder, one)), '600');
    for (const path of [folder, join(folder, 'alice'), join(folder, one, '..')])
      assert.equal(await modeOf(path), '755');
  });

  test('is refused when it is a link, no folder, or others may write there', async () => {
    const parent = await temporaryFolder();
    const folder = join(parent, 'folder');
    await mkdir(folder);
    await symlink(folder, join(parent, 'link'));
    await writeFile(join(parent, 'file'), '');
    await assert.rejects(new PayloadFolder(join(parent, 'link')).prepare(), /no link/);
    await assert.rejects(new PayloadFolder(join(parent, 'file')).prepare());
    for (const mode of [0o777, 0o775, 0o757]) {
      await chmod(folder, mode);
      await assert.rejects(new PayloadFolder(folder).write('alice', payload('1')), /chmod go-w/);
    }
    assert.deepEqual(await readdir(folder), []);
    await chmod(folder, 0o1777);
    await new PayloadFolder(folder).write('alice', payload('1'));
  });

  test('is refused for a session whose folder is not ours alone', async () => {
    const folder = await temporaryFolder();
    const elsewhere = await temporaryFolder();
    await symlink(elsewhere, join(folder, 'alice'));
    await mkdir(join(folder, 'bob'));
    await chmod(join(folder, 'bob'), 0o777);
    const payloads = new PayloadFolder(folder);
    for (const session of ['alice', 'bob'])
      await assert.rejects(payloads.write(session, payload('1')), /not ours alone/);
    assert.deepEqual(await readdir(elsewhere), []);
  });

  test('lets go of the oldest when there are too many bytes or files', async () => {
    const folder = await temporaryFolder();
    const payloads = new PayloadFolder(folder, { ...defaultPayloadLimits, bytes: 10, files: 3 });
    const paths: string[] = [];
    for (const text of ['1', '2', '3', '4', '12345678'])
      paths.push(join(folder, await payloads.write(`s${text}`, payload(text))));
    const there = await Promise.all(paths.map(isThere));
    assert.deepEqual(there, [false, false, true, true, true]);
    assert.deepEqual((await readdir(folder)).sort(), ['s12345678', 's3', 's4']);
    await assert.rejects(payloads.write('s', payload('12345678901')), /larger than all files/);
  });

  test('holds its bounds when many are written at once', async () => {
    const folder = await temporaryFolder();
    const payloads = new PayloadFolder(folder, { ...defaultPayloadLimits, files: 3 });
    const paths = await Promise.all(Array.from({ length: 10 }, () => payloads.write('s', payload('1'))));
    assert.equal(new Set(paths).size, 10);
    assert.equal((await readdir(join(folder, 's'))).length, 3);
  });

  test('lets go of what is too old, of an earlier run as well, and of nothing that is not its own', async () => {
    const folder = await temporaryFolder();
    const old = join(folder, await new PayloadFolder(folder).write('alice', payload('old')));
    const young = join(folder, await new PayloadFolder(folder).write('alice', payload('young')));
    const strange = join(folder, 'alice', 'notes', 'payload.json');
    await mkdir(join(strange, '..'));
    await writeFile(strange, '');
    for (const path of [old, strange]) await utimes(path, 0, 0);
    await new PayloadFolder(folder).prepare();
    assert.deepEqual(await Promise.all([old, young, strange].map(isThere)), [false, true, true]);
  });

  test('counts what was not written as nothing', async () => {
    const folder = await temporaryFolder();
    await symlink('/nowhere', join(folder, 'alice'));
    const payloads = new PayloadFolder(folder, { ...defaultPayloadLimits, bytes: 10 });
    const kept = join(folder, await payloads.write('bob', payload('12345')));
    await assert.rejects(payloads.write('alice', payload('1234')));
    await payloads.write('bob', payload('1234'));
    assert.ok(await isThere(kept));
  });
});
