import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Backend } from '../../../gateway/backend/backend.ts';
import { type ReadAccess, readForGuard } from '../../../gateway/guard/read-for-guard.ts';
import { HttpTransport } from '../../../gateway/server-transport/http-transport.ts';
import type { MakeTransport } from '../../../gateway/server-transport/server-transport.ts';
import { type BackendCall, BackendErrorCode } from '../../../proto/gen/sluice/labeler/v1/labeler.ts';
import { ScriptedBackends, type ScriptedTool } from '../../harness/scripted-backend.ts';
import { labels } from '../granting-server.ts';
import { silentLog } from '../silent-log.ts';

const never = new AbortController().signal;
const text = (words: string) => ({ content: [{ type: 'text', text: words }] });
const readOnly = { readOnlyHint: true };
const fault = (transport: string) => ({ script: { error: { transport } }, annotations: readOnly });

const tools: readonly ScriptedTool[] = [
  { name: 'get', script: (args) => ({ result: text(JSON.stringify(args)) }), annotations: readOnly },
  { name: 'put', script: { result: text('done') }, annotations: { readOnlyHint: false } },
  { name: 'unsaid', script: { result: text('done') } },
  { name: 'odd', script: { result: text('done') }, annotations: { readOnlyHint: 'true' } },
  { name: 'issue_read', script: { result: text('issue') } },
  { name: 'failing', script: { result: { ...text('no'), isError: true } }, annotations: readOnly },
  { name: 'refusing', script: { error: { code: -1, message: 'no' } }, annotations: readOnly },
  { name: 'large', script: () => ({ result: text('x'.repeat(17 * 1024 * 1024)) }), annotations: readOnly },
  { name: 'silent', ...fault('timeout') },
  { name: 'breaking', ...fault('reset') },
  ...['401', '403', '429', '503'].map((status) => ({ name: `status-${status}`, ...fault(status) })),
];

let scripted: ScriptedBackends;
let backend: Backend;
before(async () => {
  scripted = await ScriptedBackends.start();
  backend = new Backend('server', overHttp(scripted.add('/', tools)), { log: silentLog });
});
after(async () => {
  await backend[Symbol.asyncDispose]();
  await scripted[Symbol.asyncDispose]();
});

function overHttp(url: string): MakeTransport {
  return (listener) => new HttpTransport({ url, headers: {} }, listener);
}

/** What the guard gets: the result, or the name of the error. */
async function read(
  call: { tool: string; args?: string },
  access: Partial<ReadAccess> = {},
  signal = never,
): Promise<string> {
  const message: BackendCall = {
    id: 1,
    call: 1,
    tool: call.tool,
    args: Buffer.from(call.args ?? '{}'),
    traceparent: '',
  };
  const usual = {
    backend,
    backendTools: undefined,
    guardFile: 'guards/own.wasm',
    names: { guard: 'own', server: 'scripted' },
    audience: ['*'],
    agent: () => labels(),
  };
  const outcome = await readForGuard({ ...usual, ...access }, message, signal);
  if (outcome?.$case === 'json') return Buffer.from(outcome.value).toString();
  const name = Object.entries(BackendErrorCode).find(([, code]) => code === outcome?.value.code)?.[0] ?? '';
  return name.replace('BACKEND_ERROR_CODE_', '');
}

const calledTools = () => scripted.calls.get('/') ?? [];

suite('a guard', () => {
  test('reads with tools that the server calls read-only, and gets the result as it is', async () => {
    assert.equal(await read({ tool: 'get', args: '{"a":1}' }), JSON.stringify(text('{"a":1}')));
  });

  test('gets the result of a tool that failed', async () => {
    assert.match(await read({ tool: 'failing' }), /"isError":true/);
  });

  for (const tool of ['put', 'unsaid', 'odd', 'issue_read']) {
    test(`may not call ${tool}, which the server does not call read-only`, async () => {
      const before = calledTools().length;
      assert.equal(await read({ tool }), 'PERMISSION_DENIED');
      assert.equal(calledTools().length, before);
    });
  }

  test('may call the tools that the operator names, and no others', async () => {
    const access = { backendTools: ['unsaid'] };
    assert.match(await read({ tool: 'unsaid' }, access), /done/);
    assert.equal(await read({ tool: 'get' }, access), 'PERMISSION_DENIED');
    assert.equal(await read({ tool: 'get' }, { backendTools: [] }), 'PERMISSION_DENIED');
  });

  for (const guardFile of ['github-guard.wasm', '/guards/00-github-guard.wasm', 'guards/github-guard.wasm']) {
    test(`that is ${guardFile} may look up what gh-aw's may`, async () => {
      assert.match(await read({ tool: 'issue_read' }, { guardFile }), /issue/);
      assert.equal(await read({ tool: 'put' }, { guardFile }), 'PERMISSION_DENIED');
    });
  }

  test('whose file only ends like gh-aw’s may not', async () => {
    assert.equal(
      await read({ tool: 'issue_read' }, { guardFile: 'not-github-guard.wasm' }),
      'PERMISSION_DENIED',
    );
  });

  test('may not call anything while the agent knows what is outside of the audience', async () => {
    const agent = () => labels(['house']);
    const before = calledTools().length;
    assert.equal(await read({ tool: 'get' }, { agent, audience: [] }), 'PERMISSION_DENIED');
    assert.equal(calledTools().length, before);
    assert.match(await read({ tool: 'get' }, { agent, audience: ['house'] }), /text/);
  });

  test('is judged by what the agent knows when the call is sent', async () => {
    await using other = new Backend('late', overHttp(scripted.add('/late', tools)), { log: silentLog });
    let agent = labels();
    const reading = read({ tool: 'get' }, { backend: other, agent: () => agent, audience: [] });
    // The connection is opened and the list of tools fetched before.
    await scripted.arrived('/late', ({ method }) => method === 'initialize');
    agent = labels(['house']);
    assert.equal(await reading, 'PERMISSION_DENIED');
  });
});

suite('the error of a backend call', () => {
  for (const args of ['', '[]', '"x"', 'null', '{', '1']) {
    test(`is INVALID_ARGUMENT for the arguments ${JSON.stringify(args)}`, async () => {
      assert.equal(await read({ tool: 'get', args }), 'INVALID_ARGUMENT');
    });
  }

  const errors: readonly (readonly [tool: string, error: string])[] = [
    ['nothing', 'NOT_FOUND'],
    ['refusing', 'INTERNAL'],
    ['large', 'RESOURCE_EXHAUSTED'],
    ['breaking', 'UNAVAILABLE'],
    ['status-401', 'PERMISSION_DENIED'],
    ['status-403', 'PERMISSION_DENIED'],
    ['status-429', 'RATE_LIMITED'],
    ['status-503', 'UNAVAILABLE'],
  ];
  for (const [tool, error] of errors) {
    test(`is ${error} for ${tool}`, async () => assert.equal(await read({ tool }), error));
  }

  test('is CANCELLED when the question has ended', async () => {
    const ending = new AbortController();
    const reading = read({ tool: 'silent' }, {}, ending.signal);
    await scripted.called('/', 'silent');
    ending.abort();
    assert.equal(await reading, 'CANCELLED');
  });
});
