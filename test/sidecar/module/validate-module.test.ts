import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { validateModule } from '../../../sidecar/module/validate-module.ts';
import { childrenOf } from '../../harness/child-processes.ts';
import { bytes, handMadeGuard, joined, repeated } from '../../harness/hand-made-guard.ts';
import { sentenceOf } from '../../harness/module-refusal.ts';
import { assemble, guardBytes } from '../../harness/wasm-guard.ts';

const guards = join(import.meta.dirname, '..', '..', '..', 'guards');
const never = new AbortController().signal;

describe('a module is valid', () => {
  for (const name of ['rules', 'scripted']) {
    it(`as AssemblyScript makes it: ${name}`, async () => {
      await validateModule(await readFile(join(guards, name, `${name}.wasm`)), never);
    });
  }

  it('when it is a view into something larger', async () => {
    const module = await guardBytes('logs');
    const larger = Buffer.concat([Buffer.alloc(100, 0xff), module, Buffer.alloc(100, 0xff)]);
    await validateModule(larger.subarray(100, 100 + module.length), never);
  });

  it('in parts as it would be as a whole: 20 MB of code', async () => {
    const body = joined(bytes(0), repeated(330, 0x41, 0, 0x1a), bytes(0x0b));
    await validateModule(handMadeGuard({ functions: Array.from({ length: 20_000 }, () => body) }), never);
  });
});

describe('a module is refused', () => {
  it('for one broken function among thousands', async () => {
    const body = joined(bytes(0), repeated(330, 0x41, 0, 0x1a), bytes(0x0b));
    const functions = Array.from({ length: 10_000 }, (_, index) =>
      index === 9_000 ? bytes(0, 0x1a, 0x0b) : body,
    );
    assert.match(
      await refusal(handMadeGuard({ functions })),
      /^it is no valid WebAssembly module \(type mismatch in drop/,
    );
  });

  it('in a sentence that stays the same when it is asked again, and costs nothing then', async () => {
    const module = assemble('(module (func (result i32)))');
    const first = await refusal(module);
    const again = refusal(module);
    assert.deepEqual(await childrenOf(process.pid), []);
    assert.equal(await again, first);
    assert.equal(
      first,
      'it is no valid WebAssembly module (type mismatch in implicit return, expected [i32] but got []); build or copy it again',
    );
  });
});

describe('the validator', () => {
  it('runs once for equal modules at the same time, and leaves no process behind', async () => {
    const module = assemble('(module (func (drop (i32.const 1234567))))');
    const all = Promise.all(Array.from({ length: 5 }, () => validateModule(module.slice(), never)));
    const seen = new Set<number>();
    const watch = setInterval(async () => {
      for (const pid of await childrenOf(process.pid)) seen.add(pid);
    }, 2);
    await all;
    clearInterval(watch);
    assert.equal(seen.size, 1);
    assert.deepEqual(await childrenOf(process.pid), []);
  });

  it('is two processes at most, however many modules there are', async () => {
    const modules = Array.from({ length: 5 }, (_, index) =>
      assemble(`(module (func (drop (i32.const ${2_000 + index}))))`),
    );
    const all = Promise.all(modules.map((module) => validateModule(module, never)));
    let most = 0;
    const watch = setInterval(async () => {
      most = Math.max(most, (await childrenOf(process.pid)).length);
    }, 5);
    await all;
    clearInterval(watch);
    assert.ok(most > 0 && most <= 2, `${most} processes`);
  });

  it('is ended when nobody waits for it any more, and does the work for who comes then', async () => {
    const module = assemble('(module (func (drop (i32.const 7654321))))');
    const impatient = new AbortController();
    const given = validateModule(module, impatient.signal);
    const [pid] = await hasChildren(1);
    // It would never end by itself.
    process.kill(pid ?? 0, 'SIGSTOP');
    impatient.abort(new Error('gave up'));
    await assert.rejects(given, /gave up/);
    await hasChildren(0);
    await validateModule(module, never);
  });

  it('goes on for who still waits for it when others gave up', async () => {
    const module = assemble('(module (func (drop (i32.const 7654322))))');
    const impatient = new AbortController();
    const given = validateModule(module, impatient.signal);
    const awaited = validateModule(module, never);
    await hasChildren(1);
    impatient.abort(new Error('gave up'));
    await assert.rejects(given, /gave up/);
    await awaited;
  });

  it('that is killed from outside says nothing about the module', async () => {
    const module = assemble('(module (func (drop (i32.const 42))))');
    const validated = validateModule(module, never);
    const [pid] = await hasChildren(1);
    process.kill(pid ?? 0, 'SIGKILL');
    await assert.rejects(validated, {
      code: 'INTERNAL',
      message: 'its module could not be validated: the validator failed, its process was killed from outside',
    });
    await validateModule(module, never);
  });

  it('is not started for a signal that is aborted already', async () => {
    const aborted = AbortSignal.abort(new Error('gave up'));
    await assert.rejects(validateModule(assemble('(module)'), aborted), /gave up/);
    assert.deepEqual(await childrenOf(process.pid), []);
  });
});

async function refusal(module: Uint8Array): Promise<string> {
  return validateModule(module, never).then(() => assert.fail('it is valid'), sentenceOf);
}

/** There is no event for what /proc shows. */
async function hasChildren(count: number): Promise<number[]> {
  for (;;) {
    const pids = await childrenOf(process.pid);
    if (pids.length === count) return pids;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
