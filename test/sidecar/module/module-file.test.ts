import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { appendFile, chmod, mkdir, rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { maxModuleBytes } from '../../../sidecar/limits.ts';
import { readModule } from '../../../sidecar/module/module-file.ts';
import { sentenceOf } from '../../harness/module-refusal.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';

describe('a guard file', () => {
  let folder: string;
  let path: string;
  before(async () => {
    folder = await temporaryFolder();
    path = join(folder, 'guard.wasm');
    await writeFile(path, 'the module');
  });

  it('is read once, and the digest is that of what was read', async () => {
    const { bytes, digest } = await readModule(path);
    await writeFile(path, 'another one');
    assert.equal(Buffer.from(bytes).toString(), 'the module');
    assert.equal(digest, createHash('sha256').update('the module').digest('hex'));
    assert.equal(bytes.buffer.byteLength, bytes.length);
  });

  it('may have exactly as many bytes as a module may have', async () => {
    const large = join(folder, 'large.wasm');
    await writeFile(large, '');
    await truncate(large, maxModuleBytes);
    assert.equal((await readModule(large)).bytes.length, maxModuleBytes);
    await appendFile(large, 'x');
    assert.match(await refusal(large), /\(it has more than 33554432 bytes\); check guards\.\*\.path$/);
  });

  it('that claims to be empty is read as it comes', async () => {
    // All of /proc claims that.
    assert.match(Buffer.from((await readModule('/proc/cpuinfo')).bytes).toString(), /processor/);
  });

  it('that grows above the limit while it is read is refused', async () => {
    const growing = join(folder, 'growing.wasm');
    await writeFile(growing, '');
    await truncate(growing, maxModuleBytes);
    const refused = refusal(growing);
    await isBeingRead(growing);
    appendFileSync(growing, 'x');
    assert.match(await refused, /\(it has more than 33554432 bytes\)/);
  });

  it('may be reached by links within its folder, as in a mounted volume', async () => {
    const volume = await temporaryFolder();
    await mkdir(join(volume, '..2026_11_22'));
    await writeFile(join(volume, '..2026_11_22', 'guard.wasm'), 'v1');
    await symlink('..2026_11_22', join(volume, '..data'));
    await symlink(join('..data', 'guard.wasm'), join(volume, 'guard.wasm'));
    assert.equal(Buffer.from((await readModule(join(volume, 'guard.wasm'))).bytes).toString(), 'v1');
  });

  it('may be in a folder that is itself a link', async () => {
    const elsewhere = join(await temporaryFolder(), 'guards');
    await symlink(folder, elsewhere);
    assert.ok(await readModule(join(elsewhere, 'guard.wasm')));
  });

  it('that a link out of its folder leads to is refused, and where it leads is said', async () => {
    const outside = join(await temporaryFolder(), 'outside.wasm');
    await writeFile(outside, 'not to be read');
    await symlink(outside, join(folder, 'link.wasm'));
    const sentence = await refusal(join(folder, 'link.wasm'));
    assert.ok(sentence.includes(`(it is a link out of its folder, to ${outside})`), sentence);
  });

  it('of a neighbouring folder whose name begins the same is out of the folder', async () => {
    await mkdir(`${folder}-2`);
    await writeFile(join(`${folder}-2`, 'guard.wasm'), 'x');
    await symlink(join(`${folder}-2`, 'guard.wasm'), join(folder, 'neighbour.wasm'));
    assert.match(await refusal(join(folder, 'neighbour.wasm')), /a link out of its folder/);
  });

  it('that is replaced while it is read is the one or the other, whole, with its own digest', async () => {
    const swapped = join(folder, 'swapped.wasm');
    const versions = ['a', 'b'].map((letter) => Buffer.alloc(3_000_000, letter));
    await writeFile(swapped, versions[0] ?? '');
    for (let round = 0; round < 20; round++) {
      const next = join(folder, 'next.wasm');
      await writeFile(next, versions[round % 2] ?? '');
      const [{ bytes, digest }] = await Promise.all([readModule(swapped), rename(next, swapped)]);
      assert.ok(versions.some((version) => version.equals(bytes)));
      assert.equal(digest, createHash('sha256').update(bytes).digest('hex'));
    }
  });

  const unfit: Record<string, { make: (path: string) => Promise<unknown>; says: RegExp }> = {
    'a folder': { make: (at) => mkdir(at), says: /it is no regular file/ },
    'a pipe': { make: async (at) => execFileSync('mkfifo', [at]), says: /it is no regular file/ },
    'a socket': { make: async (at) => createServer().listen(at).unref(), says: /ENXIO/ },
    'a link to a device': { make: (at) => symlink('/dev/zero', at), says: /it is no regular file/ },
    'a link to nothing': { make: (at) => symlink('nothing', at), says: /ENOENT/ },
    'a link to itself': { make: (at) => symlink(at, at), says: /ELOOP/ },
    nothing: { make: async () => undefined, says: /ENOENT/ },
  };
  for (const [name, { make, says }] of Object.entries(unfit)) {
    it(`that is ${name} is refused`, async () => {
      const at = join(folder, name.replaceAll(' ', '-'));
      await make(at);
      const sentence = await refusal(at);
      assert.match(sentence, says);
      assert.ok(sentence.startsWith(`its file ${at} cannot be read (`));
    });
  }

  it('that may not be read is refused', {
    skip: process.getuid?.() === 0 && 'root reads everything',
  }, async () => {
    const secret = join(folder, 'secret.wasm');
    await writeFile(secret, 'x');
    await chmod(secret, 0);
    assert.match(await refusal(secret), /EACCES/);
  });

  it('that is refused is closed again', async () => {
    const before = readdirSync('/proc/self/fd').length;
    for (let round = 0; round < 5; round++) await refusal(folder);
    assert.equal(readdirSync('/proc/self/fd').length, before);
  });
});

async function refusal(path: string): Promise<string> {
  return readModule(path).then(() => assert.fail('it was read'), sentenceOf);
}

/** Waits until this process has read something of the file. */
async function isBeingRead(path: string): Promise<void> {
  for (;;) {
    for (const fd of readdirSync('/proc/self/fd')) {
      if (positionIn(path, fd) > 0) return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** How far a descriptor has come in a file; 0 where it is of another one, or gone. */
function positionIn(path: string, fd: string): number {
  try {
    if (readlinkSync(`/proc/self/fd/${fd}`) !== path) return 0;
    return Number(/pos:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1]);
  } catch {
    return 0;
  }
}
