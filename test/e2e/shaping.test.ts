/** What is done to tool calls besides judging them: response filters, large results, the breaker on rate limits. */
import assert from 'node:assert/strict';
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { finishedCommand } from '../harness/finished-command.ts';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends, type ScriptedTool } from '../harness/scripted-backend.ts';
import { outcomeOf, textOf } from '../harness/tool-result.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const text = (words: string) => ({ content: [{ type: 'text', text: words }] });
const limited = { ...text('API rate limit exceeded'), isError: true };

const issues = '[{"id":9007199254740993,"body":"b"},{"id":2,"body":"secret"}]';
const structured = { ...text('{"a":1,"b":2}'), structuredContent: { a: 1, b: 2 } };
const tools: readonly ScriptedTool[] = [
  { name: 'list_issues', script: { result: text(issues) } },
  { name: 'get', script: { result: structured }, outputSchema: { type: 'object', required: ['b'] } },
  { name: 'prose', script: { result: text('nothing found') } },
  { name: 'endless', script: { result: text('{}') } },
];

/** The second item is for others. */
const labelledItems = {
  labeled_paths: [{ path: '/1', labels: { secrecy: ['house'], integrity: [] } }],
  items_path: '',
  default_labels: {},
};

suite('a tool call through the gateway', () => {
  let backends: ScriptedBackends;
  let gateway: RunningGateway;
  let payloads: string;
  let isLimited = true;

  before(async () => {
    payloads = await temporaryFolder();
    backends = await ScriptedBackends.start();
    const large = text(JSON.stringify({ id: 1, body: 'x'.repeat(5_000) }));
    const responseFilters = {
      list_issues: 'map({id})',
      get: '{a}',
      prose: '{a}',
      endless: 'def f: f; f',
    };
    const filtered = { type: 'http', url: backends.add('/filtered', tools), responseFilters, toolTimeout: 1 };
    const policy = script({ response: labelledItems });
    const write = script({ operation: 'write' });
    gateway = await RunningGateway.start({
      gateway: { payloads: { folder: payloads, pathPrefix: '/agent', threshold: 2_000 } },
      guards: { scripted: scriptedGuard },
      mcpServers: {
        filtered,
        guarded: { ...filtered, toolTimeout: 20, guard: 'scripted', 'guard-policies': policy },
        large: { type: 'http', url: backends.add('/large', [{ name: 'get', script: { result: large } }]) },
        limited: {
          type: 'http',
          url: backends.add('/limited', [
            { name: 'get', script: () => ({ result: isLimited ? limited : text('done') }) },
          ]),
          guard: 'scripted',
          'guard-policies': write,
          rateLimitBreaker: { threshold: 2, cooldown: 3_600 },
        },
      },
    });
  });
  after(async () => {
    await gateway[Symbol.asyncDispose]();
    await backends[Symbol.asyncDispose]();
  });

  test('is filtered after it was judged, digits and notice kept', async () => {
    const result = await gateway.call('guarded', 'list_issues', { run: 'filter' });
    assert.equal(result.content.length, 2);
    assert.equal(result.content[0]?.text, '[{"id":9007199254740993}]');
    assert.match(result.content[1]?.text ?? '', /1 item was withheld/);
    assert.deepEqual(result._meta?.['sluice.dev/withheld'], { count: 1, secrecy: 1, integrity: 0 });
  });

  test('is accepted by a client that knows output schemas, whatever the filter made of it', async () => {
    const client = await gateway.connect('filtered');
    const listed = await client.listTools();
    assert.ok(listed.tools.every((tool) => tool.outputSchema === undefined));
    const result = await client.callTool({ name: 'get', arguments: {} });
    assert.deepEqual(result, { ...text('{"a":1}'), structuredContent: { a: 1 } });
  });

  test('fails when its filter fails, and nothing of the result is delivered', async () => {
    const result = await gateway.call('filtered', 'prose');
    assert.equal(outcomeOf(result), 'failed FILTER_FAILED');
    assert.doesNotMatch(JSON.stringify(result), /nothing found/);
    await gateway.logged('the response filter of prose failed: jq ended with an error');
  });

  test('ends with its time when its filter never does, and the next is filtered', async () => {
    assert.equal(outcomeOf(await gateway.call('filtered', 'endless')), 'failed DEADLINE_EXCEEDED');
    assert.equal(textOf(await gateway.call('guarded', 'get', { run: 'next' })), '{"a":1}');
  });

  test('tells where its result is when that is too large', async () => {
    const result = await gateway.call('large', 'get', { run: 'r/1' });
    assert.equal(outcomeOf(result), 'result');
    const { payloadPath, originalSize } = JSON.parse(textOf(result));
    assert.match(payloadPath, /^\/agent\/anonymous~r%2F1\/[0-9a-f]{32}\/payload\.json$/);
    const payload = await readFile(payloadPath.replace('/agent', payloads), 'utf8');
    assert.equal(Buffer.byteLength(payload), originalSize);
    assert.equal(JSON.parse(JSON.parse(payload).content[0].text).body.length, 5_000);
  });

  test('fails when its large result cannot be written', async () => {
    await symlink('/nowhere', join(payloads, 'anonymous~linked'));
    const result = await gateway.call('large', 'get', { run: 'linked' });
    assert.equal(outcomeOf(result), 'failed PAYLOAD_FAILED');
    assert.doesNotMatch(JSON.stringify(result), /xxx/);
    assert.ok((await readdir(payloads)).includes('anonymous~linked'));
  });

  test('is refused before the server is asked once that was called too often, for every agent', async () => {
    for (const run of ['one', 'two'])
      assert.deepEqual(await gateway.call('limited', 'get', { run }), { ...limited });
    isLimited = false;
    const refused = await gateway.call('limited', 'get', { run: 'three' });
    assert.equal(outcomeOf(refused), 'failed RATE_LIMITED');
    assert.match(textOf(refused), /it was not called/);
    assert.doesNotMatch(textOf(refused), /may have done its work/);
    assert.equal(backends.calls.get('/limited')?.length, 2);
    await gateway.logged('left alone for 3600 s');
  });
});

suite('a gateway', () => {
  test('does not start with a response filter that jq does not take', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'sluice.json');
    const server = { type: 'http', url: 'http://127.0.0.1:9/mcp', responseFilters: { get: '.foo(' } };
    await writeFile(file, JSON.stringify({ mcpServers: { s: server } }));
    const main = join(import.meta.dirname, '..', '..', 'gateway', 'main.ts');
    const { exitCode, stderr } = await finishedCommand(process.execPath, [main, '--config', file]);
    assert.equal(exitCode, 2);
    assert.equal(
      stderr,
      "mcpServers.s.responseFilters.get: jq does not take it: syntax error, unexpected '(', expecting end of file at line 1, column 5\n",
    );
  });
});
