import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ConfigError } from '../../sidecar/config/config-error.ts';
import { parseJsonc } from '../../sidecar/config/parse-jsonc.ts';
import { parseConfig, readConfig, type SidecarConfig } from '../../sidecar/config.ts';
import { defaultGuardLimits, guardLimitRanges } from '../../sidecar/guard-limits.ts';

const folder = '/etc/sluice';
const env = { GUARDS: '/guards', SECRET: 'hunter2', EMPTY: '' };
const sha256 = 'ab'.repeat(32);
const wasm = { type: 'wasm', path: 'g.wasm' };

function parse(config: unknown): SidecarConfig {
  return parseConfig(typeof config === 'string' ? config : JSON.stringify(config), { folder, env });
}

function problemsOf(config: unknown): readonly string[] {
  try {
    parse(config);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

suite('the guards section', () => {
  test('alone is a configuration, and is read into frozen values of our own', () => {
    const config = parse(`{
      // Only the guards.
      "guards": {
        "files": { "type": "wasm", "path": "\${GUARDS}/rules.wasm", "sha256": "${sha256.toUpperCase()}",
                   "policy": { "a": ["\${SECRET}", "$\${SECRET}"] }, "limits": { "cpuMs": 20, "processes": 2 },
                   "backendTools": ["get_file_info"] },
        "plain": { "type": "wasm", "path": "../plain.wasm" },
        "nothing": { "type": "noop" },
        "outbox": { "type": "write-sink", "policy": {} },
      },
    }`);
    assert.deepEqual(config, {
      guards: [
        {
          name: 'files',
          path: '/guards/rules.wasm',
          sha256,
          policy: { a: ['hunter2', `\${SECRET}`] },
          limits: { ...defaultGuardLimits, cpuMs: 20, processes: 2 },
        },
        {
          name: 'plain',
          path: '/etc/plain.wasm',
          sha256: undefined,
          policy: undefined,
          limits: defaultGuardLimits,
        },
      ],
      unknownTypes: [],
    });
    for (const part of [config, config.guards, config.guards[0]?.limits, config.guards[0]?.policy?.a]) {
      assert.ok(Object.isFrozen(part));
    }
  });

  test('may be missing', () => {
    assert.deepEqual(parse('{}'), { guards: [], unknownTypes: [] });
  });

  test('is all that is looked at', () => {
    const config = {
      gateway: { apiKey: `\${NOT_OURS}`, unknown: `\${` },
      guards: { g: wasm },
      mcpServers: { s: { headers: { A: `\${NOT_OURS}` } } },
      unknown: true,
    };
    assert.equal(parse(config).guards.length, 1);
    const text = '{"gateway": {"a": 9007199254740993, "a": 2}, "gateway": 1, "guards": {}}';
    assert.equal(parse(text).guards.length, 0);
    const { value } = parseJsonc('{"gateway": {"apiKey": "hunter2"}, "guards": {"a": "b"}}', 'guards');
    assert.deepEqual(value, { gateway: { apiKey: null }, guards: { a: 'b' } });
  });

  test('is refused with all of its problems at once, one line each', () => {
    const guards = {
      'a b': wasm,
      g: { type: 'wasm', paht: 'x', sha256: 'abc', limits: { cpuMs: 0, memory: 1 } },
      h: { type: 'wasm', path: `\${NOWHERE}`, policy: 'all' },
      i: [],
    };
    assert.deepEqual(problemsOf({ guards }), [
      'guards["a b"]: a name has 1 to 64 letters, digits, dots, hyphens and underscores, and is not . or ..',
      'guards.i: must be an object',
      'unknown key guards.g.paht: did you mean path?',
      'guards.g.path: is missing: write where the .wasm file is',
      'guards.g.sha256: must be 64 hex digits, as sha256sum prints them',
      'unknown key guards.g.limits.memory: known keys are memoryPages, tableEntries, deadlineMs, cpuMs, backendCalls, outputMiB, logLines, processes, residentMiB, queueLength, queueWaitMs, instances, idleInstances, recycleCalls, recycleSeconds, recyclePercent',
      'guards.g.limits.cpuMs: must be a whole number from 5 to 60000',
      'guards.h.path: variable NOWHERE is not defined: set it in the environment',
      'guards.h.policy: must be an object',
    ]);
  });

  const refused: [name: string, config: unknown, problem: string][] = [
    ['that is no object', { guards: [] }, 'guards: must be an object'],
    ['with a misspelt name', { gaurds: {} }, 'unknown key "gaurds": did you mean guards?'],
    ['in a text that is a list', '[]', 'the configuration must be one JSON object'],
    [
      'in a text that is no JSON',
      '{"guards": {}',
      'the configuration is no JSON: line 1, column 14: Close brace expected',
    ],
    [
      'after a mistake in another section',
      '{"gateway": {,}, "guards": {}}',
      'the configuration is no JSON: line 1, column 14: Value expected',
    ],
    ['that is nested too deeply', `{"guards": ${'['.repeat(200_000)}`, 'line 1: nested deeper than 100'],
    ['that stands twice', '{"guards": {}, "guards": {}}', 'guards: stands twice: remove one'],
    [
      'with a guard that stands twice',
      '{"guards": {"g": {"type": "noop"}, "g": {"type": "noop"}}}',
      'guards.g: stands',
    ],
    [
      'with a number that loses digits',
      '{"guards": {"g": {"type": "wasm", "path": "x", "policy": {"n": 9007199254740993}}}}',
      'guards.g.policy.n: a number above 2^53 loses digits: write it as a text',
    ],
    [
      'with a guard without a type',
      { guards: { g: {} } },
      'guards.g.type: is missing: write "wasm", "noop" or',
    ],
    [
      'with an empty path',
      { guards: { g: { ...wasm, path: `\${EMPTY}` } } },
      'guards.g.path: must be a text',
    ],
    ['with a NUL in a path', { guards: { g: { ...wasm, path: 'a\0b' } } }, 'guards.g.path: must be a text'],
    [
      'with a mistaken variable',
      { guards: { g: { ...wasm, path: `\${a b}` } } },
      `guards.g.path: write \${NAME} for`,
    ],
    [
      'with limits that are no object',
      { guards: { g: { ...wasm, limits: 1 } } },
      'guards.g.limits: must be an object',
    ],
    [
      'with a limit of null',
      { guards: { g: { ...wasm, limits: { cpuMs: null } } } },
      'guards.g.limits.cpuMs: must be',
    ],
  ];
  for (const [name, config, problem] of refused) {
    test(`${name} is refused`, () => {
      const problems = problemsOf(config);
      assert.equal(problems.length, 1);
      assert.ok(problems[0]?.startsWith(problem), String(problems[0]));
    });
  }

  test('never repeats a value', () => {
    const text = `\${SECRET}\${SECRET}`;
    const guard = { type: 'wasm', path: `${text}\0`, sha256: text, policy: text };
    const problems = problemsOf({ guards: { g: guard } });
    assert.equal(problems.length, 3);
    assert.equal(problems.join().includes('hunter2'), false);
  });

  test('may hold guards of an unknown type, which are unavailable while the others are served', () => {
    const { guards, unknownTypes } = parse({ guards: { g: wasm, lua: { type: 'lua', script: 1 } } });
    assert.deepEqual([guards.map(({ name }) => name), unknownTypes], [['g'], ['lua']]);
  });

  test('may name a guard like something that objects have of their own', () => {
    const { guards } = parse('{"guards": {"__proto__": {"type": "wasm", "path": "x"}}}');
    assert.deepEqual(
      guards.map(({ name }) => name),
      ['__proto__'],
    );
  });
});

suite('a limit of a guard', () => {
  for (const [name, range] of Object.entries(guardLimitRanges)) {
    test(`${name} is a whole number from ${range.minimum} to ${range.maximum}`, () => {
      const accepts = (value: number) =>
        problemsOf({ guards: { g: { ...wasm, limits: { [name]: value } } } }).length === 0;
      for (const value of [range.minimum, range.default, range.maximum])
        assert.ok(accepts(value), String(value));
      for (const value of [range.minimum - 1, range.maximum + 1, range.maximum - 0.5]) {
        assert.ok(!accepts(value), String(value));
      }
    });
  }

  test('has the default of the configuration table when it is not given', () => {
    assert.deepEqual(defaultGuardLimits, {
      memoryPages: 512,
      tableEntries: 65_536,
      deadlineMs: 5_000,
      cpuMs: 1_000,
      backendCalls: 50,
      outputMiB: 16,
      logLines: 1_000,
      processes: 1,
      residentMiB: 768,
      queueLength: 256,
      queueWaitMs: 4_000,
      instances: 2_000,
      idleInstances: 16,
      recycleCalls: 1_000_000,
      recycleSeconds: 43_200,
      recyclePercent: 75,
    });
  });
});

suite('a configuration file', () => {
  test('is read, and its folder is where paths start', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-config-'));
    try {
      const path = join(directory, 'config.json');
      const guard = { type: 'wasm', path: `\${FILE}` };
      await writeFile(path, `\uFEFF${JSON.stringify({ guards: { g: guard } })}`);
      const { guards } = await readConfig(path, { FILE: 'a/b.wasm' });
      assert.equal(guards[0]?.path, join(directory, 'a/b.wasm'));
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('that cannot be read is refused in one sentence', async () => {
    const path = join(tmpdir(), 'sluice-no-such-folder', 'config.json');
    await assert.rejects(
      () => readConfig(path, {}),
      (error) =>
        error instanceof ConfigError && error.message === `cannot read ${path}: there is no such file`,
    );
  });
});
