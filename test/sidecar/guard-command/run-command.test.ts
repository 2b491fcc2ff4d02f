import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { filesPolicy, folderWith, guardCommand, guardJson, rulesGuard } from './guard-command.ts';

const tree = JSON.stringify([{ name: 'public', children: [] }, { name: 'private' }]);
const result = JSON.stringify({ content: [{ type: 'text', text: tree }] });
const listing = ['--tool', 'directory_tree', '--args', '{"path":"/data"}', '--result', result];

suite('sluice guard run', () => {
  test('labels a call and its response in a real guard process', async () => {
    const { said, exitCode } = await guardJson('run', rulesGuard, '--policy', `@${filesPolicy}`, ...listing);
    assert.equal(exitCode, 0);
    assert.deepEqual(
      said.steps.map(({ asked, outcome }: { asked: string; outcome: object }) => [asked, outcome]),
      [
        ['label_agent', { kind: 'labels', labels: { secrecy: [], integrity: [], mode: 'filter' } }],
        [
          'label_resource',
          {
            kind: 'labels',
            labels: {
              description: 'directory_tree (tools[2])',
              secrecy: ['files:private'],
              integrity: [],
              operation: 'read',
            },
          },
        ],
        [
          'label_response',
          {
            kind: 'labels',
            labels: {
              paths: [
                { path: '/0', labels: { secrecy: [], integrity: [] } },
                { path: '/1', labels: { secrecy: ['files:private'], integrity: [] } },
              ],
              itemsPath: '',
            },
          },
        ],
      ],
    );
    assert.ok(said.residentBytes > 0);
    for (const { guestMs, elapsedMs } of said.steps) assert.ok(guestMs > 0 && elapsedMs > 0);
  });

  test('says it in words', async () => {
    const { stdout } = await guardCommand('run', rulesGuard, '--policy', `@${filesPolicy}`, ...listing);
    assert.match(stdout, /^label_resource\n {2}secrecy {7}\["files:private"\]\n/m);
    assert.match(stdout, /^ {2}operation {5}read$/m);
    assert.match(stdout, /^ {2}\/1 {2}secrecy \["files:private"\] {2}integrity \[\]$/m);
    assert.match(stdout, /^memory {10}\d+ MiB of the process, which may have 768 MiB$/m);
  });

  test('answers backend calls from a file, by arguments or in their order', async () => {
    const folder = await folderWith('calls-backend-twice');
    const file = join(folder, 'answers.json');
    const guest = join(folder, 'calls-backend-twice.wasm');
    const asked = await guardJson('run', guest, '--tool', 'x');
    const calls = asked.said.steps.at(-1).backendCalls;
    assert.equal(calls.length, 2);
    for (const call of calls) assert.deepEqual([call.answer, call.isUnmatched], ['NOT_FOUND', true]);
    const answers = [
      { tool: calls[0].tool, args: { other: 1 }, result: {} },
      { tool: calls[0].tool, args: calls[0].args, result: { content: [] } },
      { tool: calls[1].tool, error: { code: 'RATE_LIMITED', message: 'slow', retryAfterMs: 5 } },
    ];
    await writeFile(file, JSON.stringify(answers));
    const { said } = await guardJson('run', guest, '--tool', 'x', '--backend', `@${file}`);
    assert.deepEqual(
      said.steps.at(-1).backendCalls.map(({ answer }: { answer: string }) => answer),
      ['result', 'RATE_LIMITED'],
    );
  });

  test('shows what the guard logs, as clean lines', async () => {
    const folder = await folderWith('logs');
    const { said } = await guardJson('run', join(folder, 'logs.wasm'), '--tool', 'x');
    assert.deepEqual(said.steps[1].lines.slice(0, 4), [
      { level: 'debug', text: 'a line for debugging' },
      { level: 'info', text: 'a line to know' },
      { level: 'warn', text: 'a line to worry about' },
      { level: 'error', text: 'a line with [31mcolour' },
    ]);
  });

  const failing: readonly (readonly [guest: string, args: readonly string[], code: string, words: RegExp])[] =
    [
      ['traps', [], 'GUARD_TRAPPED', /^unreachable$/],
      ['returns-error', [], 'GUARD_ERROR', /returned the error code/],
      ['answers-garbage', [], 'INVALID_OUTPUT', /./],
      ['burns-cpu', ['--limits', '{"cpuMs":50}'], 'BUDGET_EXCEEDED', /^it burnt more CPU time than it may$/],
      [
        'sleeps',
        ['--limits', '{"deadlineMs":50}'],
        'DEADLINE_EXCEEDED',
        /^the labeling did not end within 50 ms$/,
      ],
    ];
  for (const [guest, args, code, words] of failing) {
    test(`tells of ${guest} as the sidecar does, and ends with 1`, async () => {
      const folder = await folderWith(guest);
      const question = [join(folder, `${guest}.wasm`), '--tool', 'x', '--result', '{}'];
      const { said, exitCode } = await guardJson('run', ...question, ...args);
      const { outcome } = said.steps.at(-1);
      assert.deepEqual([exitCode, outcome.kind, outcome.code], [1, 'failed', code]);
      assert.match(outcome.message, words);
    });
  }

  test('goes no further than a policy that is refused', async () => {
    const { said, exitCode } = await guardJson('run', rulesGuard, '--policy', '{"mode":"x"}', ...listing);
    assert.equal(exitCode, 1);
    assert.deepEqual(
      said.steps.map(({ outcome }: { outcome: { code: string } }) => outcome.code),
      ['POLICY_REJECTED'],
    );
  });

  test('refuses a module that a sidecar would not serve, in one sentence', async () => {
    const folder = await folderWith('imports-unknown');
    const { stderr, exitCode } = await guardCommand(
      'run',
      join(folder, 'imports-unknown.wasm'),
      '--tool',
      'x',
    );
    assert.equal(exitCode, 1);
    assert.match(stderr, /^it imports env\.read_file, which no guard may; .*\n$/);
  });
});
