/** Hostile guards A2, A3, A7–A9, A12, A13, A17, A18, A21, A23 and B5: what a whole sidecar makes of their files. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  bytes,
  handMadeGuard,
  joined,
  named,
  repeated,
  sized,
  unsigned,
} from '../../harness/hand-made-guard.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';
import { seeded } from '../../harness/seeded.ts';
import { guardBytes, guestBytes, temporaryFolder } from '../../harness/wasm-guard.ts';

type Bytes = Uint8Array | Promise<Uint8Array>;

interface File {
  readonly module: Bytes;
  readonly settings?: object;
}

const body = (...instructions: readonly Uint8Array[]) => joined(bytes(0), ...instructions, bytes(0x0b));
const nested = (depth: number) => body(repeated(depth, 0x02, 0x40), repeated(depth, 0x0b));
const manyFunctions = (count: number, content: Uint8Array) =>
  handMadeGuard({ functions: Array.from({ length: count }, () => content) });
const label = '(param i32 i32 i32 i32) (result i32)';
const good = guardBytes('answers-public');
const digestOf = async (module: Bytes) =>
  createHash('sha256')
    .update(await module)
    .digest('hex');

/** Names for the name section: the module's, and that of the function that traps. */
const hostileName = `evil\n{"level":"error"}\u001b[31m\u202e${'x'.repeat(100_000)}`;
const withNames = async (module: Promise<Uint8Array>) => {
  const moduleName = sized(sized(Buffer.from(hostileName)));
  const functionNames = sized(
    joined(
      bytes(...unsigned(40)),
      ...Array.from({ length: 40 }, (_, index) => joined(bytes(index), sized(Buffer.from(hostileName)))),
    ),
  );
  const names = named('name', joined(bytes(0), moduleName, bytes(1), functionNames));
  return joined(await module, bytes(0), sized(names));
};
const withUrls = async (module: Promise<Uint8Array>) => {
  const url = sized(Buffer.from('http://127.0.0.1:1/map'));
  const file = sized(Buffer.from('file:///etc/passwd'));
  const sections = [named('sourceMappingURL', url), named('external_debug_info', file)];
  return joined(await module, ...sections.map((content) => joined(bytes(0), sized(content))));
};

/** What does not load, and what is said of it. */
const refused: Record<string, File & { says: RegExp }> = {
  'A2 cut off in its code': { module: cutOff(600), says: /ends early/ },
  'A2 cut off in its first section': { module: cutOff(20), says: /ends early/ },
  'A8 200,000 nested blocks': {
    module: handMadeGuard({ functions: [nested(200_000)] }),
    says: /is too large or too deep to be validated \(.*nesting depth/,
  },
  'A9 a 7.6 MB function with a fault in each byte': {
    module: handMadeGuard({ functions: [body(repeated(7_600_000, 0x1a))] }),
    says: /is too large or too deep to be validated \(out of memory\)/,
  },
  'A17 an element segment beyond its table': {
    module: guestBytes(`(table 10 funcref) (func $f) (elem (i32.const 5) ${'$f '.repeat(6)})`),
    says: /does not load: .*table/,
  },
  'A18 tail calls': { module: guardBytes('tail-calls'), says: /it uses tail calls, which guards may not/ },
  'A23 another file than the pinned one': {
    module: good,
    settings: { sha256: '0'.repeat(64) },
    says: /has the sha256 [0-9a-f]{64}, not the configured 0{64}; correct the one that is wrong/,
  },
  'B5 a data segment beyond the memory': {
    module: guestBytes('(data (i32.const 131071) "xy")'),
    says: /does not load: .*(data segment|out of bounds)/,
  },
  'B5 a data segment at -1': {
    module: guestBytes('(data (i32.const -1) "x")'),
    says: /does not load: .*(data segment|out of bounds)/,
  },
};

/** What loads; those that are whole guards answer, too. */
const loaded: Record<string, File & { answers?: true }> = {
  'A7 5,000 functions of 50,000 locals': {
    module: manyFunctions(5_000, joined(bytes(1, ...unsigned(50_000), 0x7f), bytes(0x0b))),
  },
  'A8 1,000 nested blocks': { module: handMadeGuard({ functions: [nested(1_000)] }) },
  'A9 one function of 7.6 MB': {
    module: handMadeGuard({ functions: [body(repeated(2_500_000, 0x41, 0, 0x1a))] }),
  },
  'A9 10,000 functions of a kilobyte': { module: manyFunctions(10_000, body(repeated(330, 0x41, 0, 0x1a))) },
  'A9 branch tables of 65,000 targets': {
    module: manyFunctions(200, body(bytes(0x41, 0, 0x0e, ...unsigned(65_000)), Buffer.alloc(65_001))),
  },
  'A12 names that forge lines of a log': { module: withNames(guardBytes('traps')), answers: true },
  'A13 URLs and files for debuggers': { module: withUrls(guardBytes('answers-public')), answers: true },
  'A17 an element segment that fits': {
    module: guestBytes(`(table 60000 funcref) (func $f) (elem (i32.const 0) ${'$f '.repeat(60_000)})`),
    answers: true,
  },
  'A18 calls': { module: guestBytes(`(func $f ${label} (i32.const 0))`), answers: true },
  'A21 exports by names that objects have': {
    module: guestBytes(
      ['then', '__proto__', 'constructor', 'toString', 'valueOf']
        .map((name) => `(func (export "${name}"))`)
        .join(''),
    ),
    answers: true,
  },
  'A23 the pinned file': { module: good, settings: { sha256: await digestOf(good) }, answers: true },
  'B5 a data segment at the end of the memory': {
    module: guestBytes('(data (i32.const 131070) "xy")'),
    answers: true,
  },
};

/** A labeler that the engine compiles when it is called: 7 MB of instructions, then nothing as the answer. */
const largeLabeler = 'A9 a labeler of 7 MB';
const called: Record<string, File> = {
  [largeLabeler]: {
    module: handMadeGuard({
      entries: { 10: [sized(body(repeated(2_300_000, 0x41, 0, 0x1a), bytes(0x41, 0)))] },
    }),
  },
};

describe('a sidecar with hostile files', () => {
  let sidecar: RunningSidecar;
  before(async () => {
    sidecar = await serving({ ...refused, ...loaded, ...called, ...flips() });
  });
  after(() => sidecar[Symbol.asyncDispose]());

  for (const [name, { says }] of Object.entries(refused)) {
    it(`${name}: is refused, and says why`, async () => {
      await assert.rejects(sidecar.open(guardName(name)), { reason: 'GUARD_UNAVAILABLE', message: says });
    });
  }

  for (const [name, { answers }] of Object.entries(loaded)) {
    it(`${name}: loads${answers ? ', and answers' : ''}`, async () => {
      assert.ok(
        sidecar.logLines.some((line) => line.guard === guardName(name) && line.message === 'guard loaded'),
      );
      if (!answers) return;
      const stream = await sidecar.open(guardName(name));
      await stream.labelResource('get');
      await stream.close();
    });
  }

  it(`${largeLabeler}, compiled when it is called, ends within the budget of the call`, async () => {
    const ends = /^(GUARD_ERROR|BUDGET_EXCEEDED)$/;
    await assert.rejects(sidecar.open(guardName(largeLabeler)), { reason: ends });
    const stream = await sidecar.open(guardName('A23 the pinned file'));
    await stream.labelResource('get');
    await stream.close();
  });

  it('A3 with a bit flipped, each file loads or is refused in a sentence', async () => {
    for (const name of Object.keys(flips())) {
      const end = sidecar.logLines.find(
        (line) => line.guard === guardName(name) && /guard loaded|is unavailable/.test(line.message),
      );
      assert.ok(end !== undefined, name);
      assert.match(end.message, /^guard loaded$|is unavailable: it[s ]/);
    }
  });

  it('A12 keeps hostile names out of what callers and operators read', async () => {
    const stream = await sidecar.open(guardName('A12 names that forge lines of a log'));
    await assert.rejects(stream.labelResponse('get', {}), {
      reason: 'GUARD_TRAPPED',
      message: /^[\x20-\x7e]{1,300}$/,
    });
    await stream.close();
    assert.doesNotMatch(sidecar.log, /evil|[\p{Cf}]|xxxxxxxx/u);
  });
});

/** What a case is called in the configuration. */
function guardName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]+/g, '-');
}

/** A sidecar with these files as its guards. */
async function serving(files: Record<string, File>): Promise<RunningSidecar> {
  const folder = await temporaryFolder();
  const guards: Record<string, object> = {};
  for (const [index, [name, { module, settings }]] of Object.entries(files).entries()) {
    const path = join(folder, `${index}.wasm`);
    await writeFile(path, await module);
    guards[guardName(name)] = { type: 'wasm', path, ...settings, limits: { deadlineMs: 60_000 } };
  }
  return RunningSidecar.start(guards);
}

async function cutOff(length: number): Promise<Uint8Array> {
  return (await guardBytes('logs')).subarray(0, length);
}

/** The same real module with a different bit flipped each time, beyond its declarations. */
function flips(): Record<string, File> {
  const random = seeded(20_261_122);
  return Object.fromEntries(
    Array.from({ length: 8 }, (_, index) => [`A3 flipped ${index}`, { module: flipped(random()) }]),
  );
}

async function flipped(at: number): Promise<Uint8Array> {
  const module = (await guardBytes('logs')).slice();
  const bit = Math.floor((0.3 + 0.7 * at) * module.length * 8);
  module[bit >> 3] = (module[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return module;
}
