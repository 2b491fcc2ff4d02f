import assert from 'node:assert/strict';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { json } from '../../harness/guard-stream.ts';
import { RunningGateway } from '../../harness/running-gateway.ts';
import { ScriptedBackends } from '../../harness/scripted-backend.ts';
import { folderWith, guardJson, rulesGuard } from './guard-command.ts';
import { RecordingSidecar } from './recording-sidecar.ts';

const trackerPolicy = {
  mode: 'filter',
  agent: { secrecy: ['*'], integrity: [] },
  tools: [
    {
      names: 'list_issues',
      operation: 'read',
      secrecy: ['tracker:private'],
      items: {
        at: '/items',
        fields: [
          {
            at: '/visibility',
            rules: [
              { equals: 'public', secrecy: [] },
              { equals: 'private', secrecy: ['tracker:private'] },
            ],
          },
        ],
      },
    },
    {
      names: 'add_comment',
      operation: 'write',
      lookups: [
        {
          tool: 'get_issue',
          arguments: { number: { from: '/number' } },
          fields: [
            {
              at: '/visibility',
              rules: [
                { equals: 'public', secrecy: [] },
                { equals: 'private', secrecy: ['tracker:private'] },
              ],
            },
          ],
        },
      ],
    },
  ],
};
const guards = { tracker: { type: 'wasm', path: rulesGuard } };
const issues = {
  items: [
    { title: 'Merger with Initech', visibility: 'private', number: 7 },
    { title: 'Fix the Initech typo', visibility: 'public', number: 8 },
  ],
};
const listed = { content: [{ type: 'text', text: JSON.stringify(issues) }] };

suite('sluice guard record', () => {
  test('writes what a gateway asks down as cases that hold, without what was in it', async () => {
    await using recording = await RecordingSidecar.start(guards);
    await using backends = await ScriptedBackends.start();
    const readOnly = { readOnlyHint: true };
    const url = backends.add('/tracker', [
      { name: 'list_issues', script: { result: listed }, annotations: readOnly },
    ]);
    await using gateway = await RunningGateway.start({
      gateway: { sidecar: recording.address },
      guards,
      mcpServers: {
        tracker: { type: 'http', url, guard: 'tracker', 'guard-policies': trackerPolicy },
      },
    });
    await gateway.ready();
    const answer = await gateway.call('tracker', 'list_issues', { args: { state: 'Umbrella' } });
    assert.match(JSON.stringify(answer), /Initech/);
    await gateway[Symbol.asyncDispose]();
    const { counts, notes, exitCode } = await recording.stop();
    assert.equal(exitCode, 0, notes);
    assert.deepEqual([counts.written, counts.marked, counts.leftOut], [1, 0, 0]);
    const [only = ''] = await recording.texts();
    for (const word of ['Initech', 'Merger', 'typo', 'Umbrella']) assert.ok(!only.includes(word), only);
    const written = JSON.parse(only);
    const [first, second] = JSON.parse(written.result.content[0].text).items;
    // The same shape, and the same word for the same word.
    assert.match(first.title, /^[A-Z][a-z]{5} [a-z]{4} [A-Z][a-z]{6}$/);
    assert.equal(first.title.split(' ')[2], second.title.split(' ')[2]);
    assert.deepEqual([first.number, first.visibility, second.visibility], [7, 'private', 'public']);
    assert.deepEqual(written.policy, trackerPolicy);
    assert.deepEqual(written.expect.response.paths[0].labels.secrecy, ['tracker:private']);
    const again = await guardJson('test', recording.cases);
    assert.deepEqual([again.exitCode, again.said.passed], [0, 1]);
  });

  test('writes down what the backend answered, and leaves equal questions out', async () => {
    await using recording = await RecordingSidecar.start(guards);
    const { mode } = await stat(recording.address.slice('unix:'.length));
    assert.equal(mode & 0o777, 0o660);
    const stream = recording.stream();
    const issue = { title: 'Hush', visibility: 'private' };
    stream.answerBackend = () => json({ content: [{ type: 'text', text: JSON.stringify(issue) }] });
    await stream.open('tracker', trackerPolicy);
    await stream.labelResource('add_comment', { number: 7, body: 'Secret words' });
    await stream.close();
    const same = recording.stream();
    same.answerBackend = stream.answerBackend;
    await same.open('tracker', trackerPolicy);
    await same.labelResource('add_comment', { number: 7, body: 'Secret words' });
    await same.close();
    const { counts, exitCode, notes } = await recording.stop('SIGINT');
    assert.equal(exitCode, 0, notes);
    assert.deepEqual([counts.written, counts.equal], [1, 1]);
    const [only = ''] = await recording.texts();
    assert.ok(!/Hush|Secret|words/.test(only), only);
    const { backend, expect } = JSON.parse(only);
    assert.equal(backend.length, 1);
    assert.deepEqual([backend[0].tool, backend[0].args], ['get_issue', { number: 7 }]);
    assert.deepEqual(expect.resource.secrecy, ['tracker:private']);
    assert.equal((await guardJson('test', recording.cases)).exitCode, 0);
  });

  /** A guard that says what its backend says: a redacted answer of the backend makes another label. */
  const echoing = async () => {
    const folder = await folderWith('echoes-backend');
    return { echoing: { type: 'wasm', path: join(folder, 'echoes-backend.wasm') } };
  };
  const askEcho = async (recording: RecordingSidecar) => {
    const stream = recording.stream();
    stream.answerBackend = () => json({ resource: { secrecy: ['hush'] }, operation: 'read' });
    await stream.open('echoing');
    await stream.labelResource('x');
    await stream.close();
  };

  test('marks a case that the guard answers otherwise when it is redacted, and says where', async () => {
    await using recording = await RecordingSidecar.start(await echoing());
    await askEcho(recording);
    const { counts, exitCode, notes } = await recording.stop();
    assert.equal(exitCode, 1);
    assert.deepEqual([counts.written, counts.marked], [1, 1]);
    assert.match(notes, /redacted, the guard answers otherwise: keep what it goes by \(--keep\)/);
    const { recorded, expect } = JSON.parse((await recording.texts())[0] ?? '');
    assert.deepEqual(recorded.marks, [
      'redacted, the guard answers otherwise: keep what it goes by (--keep)',
      'redacted: another resource.operation',
    ]);
    assert.notDeepEqual(expect.resource.secrecy, ['hush']);
  });

  test('keeps what it is told to keep', async () => {
    await using recording = await RecordingSidecar.start(
      await echoing(),
      '--keep',
      '/backend/*/result/operation',
    );
    await askEcho(recording);
    const { counts, exitCode, notes } = await recording.stop();
    assert.equal(exitCode, 0, notes);
    assert.deepEqual([counts.written, counts.marked], [1, 0]);
    const { expect } = JSON.parse((await recording.texts())[0] ?? '');
    assert.equal(expect.resource.operation, 'read');
    assert.match(expect.resource.secrecy[0], /^[a-z]{4}$/);
    assert.notEqual(expect.resource.secrecy[0], 'hush');
  });

  test('passes refusals on with their reasons, and what is well', async () => {
    await using recording = await RecordingSidecar.start(guards);
    const stream = recording.stream();
    await assert.rejects(stream.open('tracker', { mode: 'none' }), { code: 3, reason: 'POLICY_REJECTED' });
    const other = recording.stream();
    await assert.rejects(other.open('nobody'), { code: 5, reason: 'GUARD_NOT_FOUND' });
    assert.deepEqual((await recording.stop()).counts.written, 0);
  });

  test('writes no more than it may, and says so', async () => {
    await using recording = await RecordingSidecar.start(guards, '--max-cases', '1');
    const stream = recording.stream();
    await stream.open('tracker', trackerPolicy);
    await stream.labelResource('list_issues', { state: 'one' });
    await stream.labelResource('list_issues', { state: 'two', page: 2 });
    await stream.close();
    const { counts, exitCode } = await recording.stop();
    assert.deepEqual([exitCode, counts.written, counts.dropped], [1, 1, 1]);
  });

  test('refuses to start where it could not work', async () => {
    const { stderr, exitCode } = await guardJson('record', '--listen', 'unix:/tmp/x.sock');
    assert.equal(exitCode, 2);
    assert.match(stderr, /^--into is missing: usage: sluice guard record /);
    const folder = await folderWith();
    const config = join(folder, 'sluice.json');
    await writeFile(config, '{"guards": {}}');
    const places = ['--into', join(folder, 'cases'), '--config', config];
    const wrong = await guardJson('record', ...places, '--listen', 'nowhere', '--to', 'unix:/x');
    assert.equal(wrong.exitCode, 2);
    assert.match(
      wrong.stderr,
      /^--listen nowhere is no address: write unix:\/path\/to\/socket or host:port\n$/,
    );
    for (const [listen, to, words] of [
      ['0.0.0.0:1', 'unix:/x', '--listen 0.0.0.0:1'],
      ['unix:/x', 'guards.example:1', '--to guards.example:1'],
    ] as const) {
      const beyond = await guardJson('record', ...places, '--listen', listen, '--to', to);
      const sentence = 'other machines can reach this address: use a Unix socket or 127.0.0.1';
      assert.deepEqual([beyond.exitCode, beyond.stderr], [2, `${words}: ${sentence}\n`]);
    }
    const keep = await guardJson('record', ...places, '--keep', 'args');
    assert.match(
      keep.stderr,
      /^--keep args: write a JSON Pointer such as \/args\/state, or \/\*\*\/state\n$/,
    );
  });
});
