import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { GuardHarness, type LabelExport } from './guard-harness.ts';

type Line = string | { fail: string };
type Script = { labelAgent: Line; labelResource: Line; labelResponse: Line };

const SAYS: Script = { labelAgent: 'agent', labelResource: 'resource', labelResponse: 'response' };
const LINES: [LabelExport, keyof Script][] = [
  ['label_agent', 'labelAgent'],
  ['label_resource', 'labelResource'],
  ['label_response', 'labelResponse'],
];

/** What an export does when its line is this one; a timeout is tried elsewhere. */
function expected(line: Line): unknown {
  if (typeof line === 'string') return { code: Buffer.byteLength(line), text: line };
  return line.fail === 'error-code' ? { code: -1, text: '' } : 'trap';
}

function perform(guard: GuardHarness, name: LabelExport, input: unknown): unknown {
  try {
    const { code, text } = guard.call(name, input);
    return { code, text };
  } catch (error) {
    assert.ok(error instanceof WebAssembly.RuntimeError, String(error));
    return 'trap';
  }
}

/** Runs a script until its first failure, after which no host would ask the instance again. */
async function checkScript(script: Script): Promise<void> {
  const guard = await GuardHarness.start('scripted');
  for (const [name, key] of LINES) {
    const line = script[key];
    if (typeof line !== 'string' && line.fail === 'timeout') return;
    assert.deepEqual(perform(guard, name, name === 'label_agent' ? script : {}), expected(line));
    if (expected(line) === 'trap') return;
  }
}

async function scriptsOfVectors(): Promise<Script[]> {
  const url = new URL('../vectors/pipeline.json', import.meta.url);
  const { vectors } = JSON.parse(await readFile(url, 'utf8')) as { vectors: { guard: Script }[] };
  const scripts = vectors.map(({ guard }) => guard).filter((guard) => 'labelAgent' in guard);
  return [...new Map(scripts.map((script) => [JSON.stringify(script), script])).values()];
}

test('the scripted guard does what each vector wants it to do', async (t) => {
  const scripts = await scriptsOfVectors();
  assert.ok(scripts.length > 100, `only ${scripts.length} scripts`);
  for (const script of scripts) {
    await t.test(JSON.stringify(script).slice(0, 120), () => checkScript(script));
  }
});

const TEXTS = [
  '',
  'null',
  'no json',
  '{"a":',
  'a\u0000b',
  '\u0000',
  '\n\t"\\/\b\f\r',
  'é中\u{1f4c1}',
  '\ufeff{}',
  'x'.repeat(200_000),
];

test('any text is written byte for byte, in each of the three places', async (t) => {
  for (const text of TEXTS) {
    await t.test(JSON.stringify(text).slice(0, 40), () =>
      checkScript({ labelAgent: text, labelResource: text, labelResponse: text }),
    );
  }
});

test('a lone surrogate in a script is output that is no UTF-8', async () => {
  const guard = await GuardHarness.start('scripted');
  const { bytes } = guard.call('label_agent', JSON.stringify({ ...SAYS, labelAgent: 'a\ud800' }));
  assert.deepEqual([...bytes], [0x61, 0xed, 0xa0, 0x80]);
});

test('each failure can be scripted for each place', async (t) => {
  for (const fail of ['trap', 'error-code', 'must-not-run']) {
    for (const [, key] of LINES) {
      await t.test(`${key} ${fail}`, () => checkScript({ ...SAYS, [key]: { fail } }));
    }
  }
});

test('a call that must not happen says so in the log before it traps', async () => {
  const guard = await GuardHarness.start('scripted');
  guard.call('label_agent', { ...SAYS, labelResponse: { fail: 'must-not-run' } });
  assert.equal(perform(guard, 'label_response', {}), 'trap');
  const text = 'labelResponse was called, and the script says that it must not run';
  assert.deepEqual(guard.logLines, [{ level: 3, text }]);
});

test('a scripted timeout never returns', () => {
  const harness = new URL('./guard-harness.ts', import.meta.url).href;
  const script = JSON.stringify({ ...SAYS, labelAgent: { fail: 'timeout' } });
  const program = `
    const { GuardHarness } = await import(${JSON.stringify(harness)});
    const guard = await GuardHarness.start('scripted');
    process.stdout.write('asking');
    guard.call('label_agent', ${script});
    process.stdout.write('answered');`;
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    timeout: 1500,
    killSignal: 'SIGKILL',
  });
  assert.deepEqual([child.signal, child.stdout.toString()], ['SIGKILL', 'asking']);
});

test('a text that does not fit says which size it needs', async () => {
  const guard = await GuardHarness.start('scripted');
  guard.call('label_agent', { ...SAYS, labelResource: 'x'.repeat(1000) });
  const { code, out } = guard.call('label_resource', {}, 999);
  assert.deepEqual([code, out.getUint32(0, true)], [-2, 1000]);
  assert.equal(guard.call('label_resource', {}, 1000).code, 1000);
  assert.equal(guard.call('label_resource', {}, 0).out.getUint32(0, true), 0);
});

const NO_SCRIPTS: [unknown, string][] = [
  ['{', 'the policy is no JSON'],
  [[], 'labelAgent must be a text'],
  [{}, 'labelAgent must be a text'],
  [{ ...SAYS, labelResponse: undefined }, 'labelResponse must be a text'],
  [{ ...SAYS, labelResource: 7 }, 'labelResource must be a text'],
  [{ ...SAYS, labelResource: { fail: 'explode' } }, 'labelResource must be a text'],
  [{ ...SAYS, labelResource: { text: 'x' } }, 'labelResource must be a text'],
];

test('a policy that is no script is refused, and then nothing is labelled', async (t) => {
  for (const [policy, beginning] of NO_SCRIPTS) {
    await t.test(JSON.stringify(policy), async () => {
      const guard = await GuardHarness.start('scripted');
      const answer = guard.call('label_agent', policy).text;
      assert.ok(answer.startsWith(`{"success":false,"error":"${beginning}`), answer);
      assert.equal(guard.call('label_resource', {}).code, -1);
    });
  }
});
