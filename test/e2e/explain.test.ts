/** `explain`: what would become of a call, by the same guards and the same decisions, while the tool is never called. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import { guardBytes, temporaryFolder } from '../harness/wasm-guard.ts';

const gatewayMain = join(import.meta.dirname, '..', '..', 'gateway', 'main.ts');

let folder: string;
let backends: ScriptedBackends;
let sidecar: RunningSidecar;

/** Reads for a guard what the guard wants to hear. */
const labels = { content: [], resource: { secrecy: ['read'] }, operation: 'read' };

function server(name: string, more: object = {}): object {
  const get = { name: 'get', script: { result: labels }, annotations: { readOnlyHint: true } };
  const policy = { name: 'get_policy', script: { result: labels } };
  const put = { name: 'put', script: { result: { content: [] } } };
  return { type: 'http', url: backends.add(`/${name}`, [get, put, policy]), ...more };
}

function scripted(name: string, lines: Parameters<typeof script>[0], more: object = {}): [string, object] {
  return [name, server(name, { guard: 'scripted', 'guard-policies': script(lines), ...more })];
}

const items = {
  items_path: '/items',
  labeled_paths: [
    { path: '/items/0', labels: { secrecy: [], integrity: [], description: 'the first' } },
    { path: '/items/1', labels: { secrecy: ['z'], integrity: [] } },
  ],
};

before(async () => {
  folder = await temporaryFolder();
  backends = await ScriptedBackends.start();
  for (const guest of ['calls-backend', 'asks-backend-for-policy'])
    await writeFile(join(folder, `${guest}.wasm`), await guardBytes(guest));
  const guards = {
    scripted: scriptedGuard,
    asking: { type: 'wasm', path: join(folder, 'calls-backend.wasm') },
    curious: {
      type: 'wasm',
      path: join(folder, 'asks-backend-for-policy.wasm'),
      backendTools: ['get_policy'],
    },
    missing: { type: 'wasm', path: join(folder, 'missing.wasm') },
  };
  sidecar = await RunningSidecar.start(guards);
  const refusing = { ...script({}), labelAgent: { fail: 'error-code' } };
  const trapping = { ...script({}), labelResource: { fail: 'trap' } };
  const mcpServers = Object.fromEntries([
    scripted('open', { agent: { integrity: ['i'] } }),
    scripted('secret', { resource: { secrecy: ['s', 'a'] } }),
    scripted('strict', { mode: 'strict', resource: { secrecy: ['s'] } }),
    scripted('untrusted', { mode: 'strict', resource: { integrity: [] } }),
    scripted('sink', { operation: 'write', resource: { secrecy: ['s'] } }),
    scripted('trusted-sink', { operation: 'write', resource: { integrity: ['trusted'] } }),
    scripted('confined', {}, { audience: ['public:*'], tools: ['get'] }),
    scripted('listing', { response: items }),
    scripted('strict-listing', { mode: 'strict', response: items }),
    scripted('taking', { mode: 'propagate', resource: { secrecy: ['s'] } }),
    scripted('senseless', { response: { items_path: '/nothing', labeled_paths: [] } }),
    ['trapping', server('trapping', { guard: 'scripted', 'guard-policies': trapping })],
    ['refusing', server('refusing', { guard: 'scripted', 'guard-policies': refusing })],
    ['missing', server('missing', { guard: 'missing' })],
    ['asking', server('asking', { guard: 'asking' })],
    ['confided', server('confided', { guard: 'curious', audience: ['t'] })],
    ['plain', server('plain')],
  ]);
  const gateway = { sidecar: sidecar.address };
  await writeFile(join(folder, 'sluice.json'), JSON.stringify({ gateway, guards, mcpServers }));
  const document = JSON.stringify({ items: [{ n: 1 }, { n: 2 }, { n: 3 }] });
  await writeFile(
    join(folder, 'result.json'),
    JSON.stringify({ content: [{ type: 'text', text: document }] }),
  );
  await writeFile(join(folder, 'message.json'), '{"jsonrpc":"2.0","id":1,"result":{"content":[]}}');
  await writeFile(join(folder, 'no.json'), '{"content":');
});
after(async () => {
  await backends[Symbol.asyncDispose]();
  await sidecar[Symbol.asyncDispose]();
});

interface Explained {
  readonly code: number | null;
  readonly said: string;
  readonly stderr: string;
}

async function explain(...args: string[]): Promise<Explained> {
  return run('--config', 'sluice.json', '--server', ...args);
}

async function run(...args: string[]): Promise<Explained> {
  const { PATH = '' } = process.env;
  const env = { PATH, TMPDIR: folder };
  const child = spawn(process.execPath, [gatewayMain, 'explain', ...args], { cwd: folder, env });
  const [[code], said, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, said: said.replaceAll(folder, '/FOLDER'), stderr };
}

/** The tool calls that reached a server. */
function callsOf(name: string): string[] {
  return backends.calls.get(`/${name}`) ?? [];
}

suite('explain', () => {
  const cases: readonly (readonly [
    name: string,
    args: readonly string[],
    code: number,
    says: readonly (string | RegExp)[],
  ])[] = [
    [
      'says that a call would be allowed, and what the guards grant',
      ['open', '--tool', 'put', '--args', '{"n": 12345678901234567890}'],
      0,
      [
        'open: "put"\n  guard       wasm, in filter mode',
        '  grants      open: secrecy none, integrity "i"; mode filter',
        '  grants      missing: nothing, since its guard failed: GUARD_UNAVAILABLE: ',
        '  agent       secrecy none, integrity "i" (what the guards grant)',
        '  resource    secrecy none, integrity none\n  operation   read',
        'allowed: the tool would be called',
      ],
    ],
    [
      'judges for the labels that it is given',
      ['secret', '--tool', 'get', '--as', 'secrecy:s,a integrity:'],
      0,
      [
        'agent       secrecy "a" "s", integrity none (as given)',
        'access      allowed to the resource as a whole',
      ],
    ],
    [
      'says that a read goes on in filter mode although the resource may not be read',
      ['secret', '--tool', 'get', '--as', '{"secrecy":[]}'],
      0,
      [
        'READ_SECRECY: "a" "s"; in filter mode single items of it may be read all the same',
        'run with --result FILE',
      ],
    ],
    ...(
      [
        ['READ_SECRECY', ['strict', '--tool', 'get', '--as', 'secrecy:x'], '"s"'],
        ['READ_INTEGRITY', ['untrusted', '--tool', 'get', '--as', 'integrity:i'], '"i"'],
        ['WRITE_SECRECY', ['sink', '--tool', 'put', '--as', 'secrecy:s,t'], '"t"'],
        ['WRITE_INTEGRITY', ['trusted-sink', '--tool', 'put', '--as', 'integrity:i'], '"trusted"'],
        ['AUDIENCE', ['confined', '--tool', 'get', '--as', 'secrecy:public:a,private:b'], '"private:b"'],
        [
          'ITEMS_WITHHELD',
          ['strict-listing', '--tool', 'get', '--as', 'secrecy:', '--result', 'result.json'],
          '"z"',
        ],
      ] as const
    ).map(
      ([reason, args, tags]) =>
        [
          `denies for ${reason} and says what stands in the way`,
          args,
          2,
          [`denied: ${reason}\n  rule   `, `  in the way  ${tags}\n  otherwise   `, '  told        Denied: '],
        ] as const,
    ),
    [
      'says of each item of a saved result what becomes of it',
      ['listing', '--tool', 'get', '--as', 'secrecy:', '--result', 'result.json'],
      0,
      [
        'response    3 items, of which 1 may not be returned',
        '"/items/0" may be returned; secrecy none, integrity none, described as "the first"',
        '"/items/1" withheld: READ_SECRECY: "z"; secrecy "z", integrity none',
        '"/items/2" may be returned; no labels of its own',
        'delivered   with what may not be read left out',
      ],
    ],
    [
      'says what the agent would become',
      ['taking', '--tool', 'get', '--as', 'integrity:i', '--result', 'result.json'],
      0,
      [
        'would take on the secrecy "s" and lose the integrity "i"',
        'delivered   as it is\n  after       the agent has secrecy "s", integrity none',
      ],
    ],
    [
      'says that a write’s result is not labelled',
      ['sink', '--tool', 'put', '--as', 'secrecy:s', '--result', 'result.json'],
      0,
      ['response    of a write', 'delivered   as it is'],
    ],
    [
      'explains a server without a guard',
      ['plain', '--tool', 'put', '--as', 'secrecy:s'],
      2,
      ['guard       noop, in strict mode', 'denied: WRITE_SECRECY'],
    ],
    ['says that a guard traps', ['trapping', '--tool', 'get'], 1, ['failed: GUARD_TRAPPED\n  problem     ']],
    [
      'says that a guard refuses its policy',
      ['refusing', '--tool', 'get', '--as', 'secrecy:'],
      1,
      [/failed: (POLICY_REJECTED|GUARD_ERROR)/],
    ],
    [
      'says that a guard cannot be had',
      ['missing', '--tool', 'get'],
      1,
      ['failed: GUARD_UNAVAILABLE\n  problem     '],
    ],
    [
      'says that labels do not fit the result',
      ['senseless', '--tool', 'get', '--as', 'secrecy:', '--result', 'result.json'],
      1,
      ['failed: INVALID_OUTPUT\n  problem     '],
    ],
    [
      'says what a guard wanted to read, and how to let it',
      ['asking', '--tool', 'put', '--as', 'secrecy:'],
      1,
      [
        'guard reads "get" of asking with {"what":"labels"}: the server was not asked',
        'run with --backend-reads to let it read',
      ],
    ],
  ];
  for (const [name, args, code, says] of cases)
    test(name, async () => {
      const explained = await explain(...args);
      for (const words of says)
        if (typeof words === 'string') assert.ok(explained.said.includes(words), explained.said);
        else assert.match(explained.said, words);
      assert.equal(explained.code, code, explained.said);
      assert.deepEqual(callsOf(args[0] ?? ''), [], 'no tool was called');
      assert.deepEqual(backends.messages.get(`/${args[0]}`), [], 'nothing was said to the server');
    });

  const refusals: readonly (readonly [name: string, args: readonly string[], sentence: RegExp])[] = [
    [
      'a server that is not configured',
      ['nowhere', '--tool', 'get'],
      /^--server: no server "nowhere" is configured; there are: asking, confided,/,
    ],
    [
      'a tool that is off the list',
      ['confined', '--tool', 'put'],
      /^--tool: "put" is not among the tools of confined in the configuration/,
    ],
    ['a call without a tool', ['open'], /^--tool: is missing/],
    ['arguments that are no JSON', ['open', '--tool', 'put', '--args', '{'], /^--args: must be the JSON of/],
    [
      'arguments that hold more than themselves',
      ['open', '--tool', 'put', '--args', '{},"name":"other"'],
      /^--args: must be the JSON of/,
    ],
    [
      'arguments that are no object',
      ['open', '--tool', 'put', '--args', '[1]'],
      /^--args: the arguments of a tool must be an object/,
    ],
    ['labels that are none', ['open', '--tool', 'put', '--as', 'secret:a'], /^--as: must be such as/],
    [
      'a result that is not there',
      ['open', '--tool', 'put', '--result', 'nothing.json'],
      /^--result: nothing.json: /,
    ],
    [
      'a result that is no JSON',
      ['open', '--tool', 'put', '--result', 'no.json'],
      /^--result: no.json: cannot be read/,
    ],
    [
      'a result inside a JSON-RPC message',
      ['open', '--tool', 'put', '--result', 'message.json'],
      /is a JSON-RPC message: save the value of its "result" only/,
    ],
  ];
  for (const [name, args, sentence] of refusals)
    test(`refuses ${name} in one sentence`, async () => {
      const { code, said, stderr } = await explain(...args);
      assert.deepEqual([code, said], [1, '']);
      assert.match(stderr, sentence);
      assert.equal(stderr.trim().split('\n').length, 1);
    });

  test('lets a guard read with --backend-reads, and calls nothing but what the guard reads', async () => {
    const asked = ['asking', '--tool', 'put', '--as', 'secrecy:', '--backend-reads'];
    const { code, said } = await explain(...asked);
    assert.ok(said.includes('guard reads "get" of asking with {"what":"labels"}: got it'), said);
    assert.ok(said.includes('resource    secrecy "read", integrity none'), said);
    assert.equal(code, 0);
    assert.deepEqual(callsOf('asking'), ['get']);
  });

  test('reads for a guard within the bounds of the gateway: the tools that it may call', async () => {
    const config = JSON.stringify({
      gateway: { sidecar: sidecar.address },
      guards: { asking: { type: 'wasm', path: join(folder, 'calls-backend.wasm'), backendTools: [] } },
      mcpServers: { bounded: server('bounded', { guard: 'asking' }) },
    });
    await writeFile(join(folder, 'bounded.json'), config);
    const { code, said } = await run(
      '--config',
      'bounded.json',
      '--server',
      'bounded',
      '--tool',
      'put',
      '--backend-reads',
    );
    assert.ok(said.includes('got an error: the guard may not call get; see backendTools'), said);
    assert.equal(code, 1);
    assert.deepEqual(callsOf('bounded'), []);
  });

  test('reads for a guard within the bounds of the gateway: the audience, for the labels that it is given', async () => {
    const { code, said } = await explain('confided', '--tool', 'get', '--as', 'secrecy:s', '--backend-reads');
    assert.ok(said.includes('got an error: the agent knows what may not be sent to this server'), said);
    assert.equal(code, 1);
    assert.deepEqual(callsOf('confided'), []);
  });

  test('writes one line of JSON for programs', async () => {
    const { code, said } = await explain('strict', '--tool', 'get', '--as', 'secrecy:x', '--json');
    const { outcome, reason, tags, rule, otherwise, told, agent, resource } = JSON.parse(said);
    assert.deepEqual([code, outcome, reason, tags], [2, 'denied', 'READ_SECRECY', ['s']]);
    assert.match(rule, /^an agent may read only/);
    assert.match(otherwise, /propagate/);
    assert.match(told, /^Denied: /);
    assert.deepEqual(agent, { labels: { secrecy: ['x'], integrity: [] }, areGiven: true });
    assert.equal(resource.operation, 'read');
    assert.equal(said.trim().split('\n').length, 1);
  });

  test('writes all of it, however much that is', async () => {
    const rows = Array.from({ length: 20_000 }, (_, n) => ({ n, padding: 'x'.repeat(50) }));
    const content = [{ type: 'text', text: JSON.stringify({ items: rows }) }];
    await writeFile(join(folder, 'large.json'), JSON.stringify({ content }));
    const args = ['listing', '--tool', 'get', '--as', 'secrecy:', '--result', 'large.json', '--json'];
    const { code, said } = await explain(...args);
    assert.equal(JSON.parse(said).response.items.length, 20_000);
    assert.equal(code, 0);
  });

  test('ends as it would where nobody reads it', async () => {
    const args = [
      'explain',
      '--config',
      'sluice.json',
      '--server',
      'plain',
      '--tool',
      'put',
      '--as',
      'secrecy:s',
    ];
    const child = spawn(process.execPath, [gatewayMain, ...args], { cwd: folder });
    child.stdout.destroy();
    assert.deepEqual(await once(child, 'close'), [2, null]);
  });

  test('starts a sidecar as the gateway does, takes gh-aw’s configurations, and leaves nothing behind', async () => {
    const policy = script({ resource: { secrecy: ['s'] }, mode: 'strict' });
    const config = JSON.stringify({
      gateway: { port: 8080, domain: 'localhost', agentId: 'key-of-the-clients' },
      guards: { scripted: { ...scriptedGuard, policy } },
      mcpServers: { only: server('only', { guard: 'scripted' }) },
    });
    await writeFile(join(folder, 'gh-aw.json'), config);
    const earlier = await readdir(folder);
    const { code, said } = await run('--config', 'gh-aw.json', '--server', 'only', '--tool', 'get');
    assert.ok(said.includes('denied: READ_SECRECY'), said);
    assert.equal(code, 2);
    assert.deepEqual(await readdir(folder), earlier);
  });
});
