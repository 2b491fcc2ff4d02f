/** One client session in front of several servers. */
import assert from 'node:assert/strict';
import { mock, suite, test } from 'node:test';
import { version } from '../../../gateway/version.ts';
import { AggregateStage, failing, hello, offering, results } from './aggregate-stage.ts';

const never = () => undefined;
const tools = (...names: readonly string[]) =>
  results(JSON.stringify({ tools: names.map((name) => ({ name })) }));
const namesOf = ({ tools: listed }: Record<string, unknown>) =>
  JSON.stringify(listed).match(/[\w-]+___[^"]+/g);

suite('the welcome of an aggregated session', () => {
  test('names what the servers offer together, and their instructions under their names', async () => {
    const stage = new AggregateStage({
      a: { initialize: offering('{"tools":{},"prompts":{}}', 'Ask first.') },
      b: {
        initialize: offering(
          '{"resources":{"subscribe":true},"prompts":{"listChanged":true},"tasks":{}}',
          'Be kind.',
        ),
      },
    });
    assert.deepEqual(await stage.begin(), {
      protocolVersion: '2025-11-25',
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: false, subscribe: true },
        logging: {},
      },
      serverInfo: { name: 'sluice', version },
      instructions: '## a\n\nAsk first.\n\n## b\n\nBe kind.',
    });
  });

  test('gives each server what the client said, in a session of its own', async () => {
    const stage = new AggregateStage({ a: {}, b: {} });
    await stage.begin('{"sampling":{}, "x":1.0}');
    for (const name of ['a', 'b']) {
      const { request } = await stage.server(name).asked('initialize');
      assert.equal(request.params, hello('{"sampling":{}, "x":1.0}'));
      assert.equal(
        (await stage.server(name).got(1)).text,
        '{"jsonrpc":"2.0","method":"notifications/initialized"}',
      );
      assert.deepEqual(stage.server(name).session.caller, { principal: 'alice', run: '1' });
    }
  });

  test('leaves out a server that fails, says so, and has it again when it is back', async () => {
    let isBack = false;
    const stage = new AggregateStage({
      a: { 'tools/list': tools('x') },
      b: {
        initialize: (asked) => (isBack ? offering('{"tools":{}}') : failing(-32603, 'out of order'))?.(asked),
        'tools/list': tools('y'),
      },
    });
    await stage.begin();
    assert.match(
      stage.sent.join(),
      /"level":"warning","logger":"sluice","data":"b is left out: out of order"/,
    );
    assert.deepEqual(await stage.ask('tools/list').result(), {
      tools: [{ name: 'a___x' }],
      _meta: { 'sluice.dev/unavailable': ['b'] },
    });
    assert.deepEqual(await stage.ask('tools/call', '{"name":"b___y"}').error(), {
      code: -32603,
      message:
        'Failed, so nothing is returned: this server cannot be reached; try again later, or tell the user.',
      data: {
        'sluice.dev/outcome': 'failed',
        'sluice.dev/reason': 'BACKEND_UNAVAILABLE',
        'sluice.dev/server': 'b',
      },
    });
    isBack = true;
    assert.deepEqual(namesOf(await stage.ask('tools/list').result()), ['a___x', 'b___y']);
    assert.match(stage.sent.at(-1) ?? '', /notifications\/tools\/list_changed/);
    assert.equal(
      (await stage.server('b', 4).got(1)).text,
      '{"jsonrpc":"2.0","method":"notifications/initialized"}',
    );
    assert.deepEqual(
      [1, 2, 3].map((count) => stage.server('b', count).end),
      ['refused', 'refused', 'refused'],
    );
  });

  test('does not wait for a server longer than 5 s; a late one comes in', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const stage = new AggregateStage({
        a: { 'tools/list': tools('x') },
        b: { initialize: never, 'tools/list': tools('y') },
      });
      const begun = stage.begin();
      const late = await stage.server('b').asked('initialize');
      mock.timers.tick(5_000);
      await begun;
      assert.match(stage.sent.join(), /b is left out: it has not answered initialize yet/);
      assert.deepEqual(namesOf(await stage.ask('tools/list').result()), ['a___x']);
      offering('{"tools":{}}')?.(late);
      await stage.until(() => stage.sent.some((text) => text.includes('notifications/tools/list_changed')));
      assert.deepEqual(namesOf(await stage.ask('tools/list').result()), ['a___x', 'b___y']);
    } finally {
      mock.timers.reset();
    }
  });

  test('ends the sessions of its servers with itself', async () => {
    const stage = new AggregateStage({ a: {}, b: {} });
    await stage.begin();
    stage.peer.close('idle');
    assert.deepEqual([stage.server('a').end, stage.server('b').end], ['idle', 'idle']);
  });
});

suite('a list of an aggregated session', () => {
  test('holds all pages of all servers, each tool as its server spells it but for its name', async () => {
    const odd =
      '{ "description" : "1.0 \\u0061", "name":"x", "n":12345678901234567890,"inputSchema":{"name":"x"} }';
    const stage = new AggregateStage({
      a: { 'tools/list': results(`{"tools":[${odd}],"nextCursor":"c\\u0031"}`, '{"tools":[{"name":"y"}]}') },
      b: { 'tools/list': tools('x') },
    });
    await stage.begin();
    const answer = await stage.ask('tools/list', '{}', '"id"').answered;
    const renamed = odd.replace('"name":"x"', '"name":"a___x"');
    assert.equal(
      answer,
      `{"jsonrpc":"2.0","id":"id","result":{"tools":[${renamed},{"name":"a___y"},{"name":"b___x"}]}}`,
    );
    assert.equal((await stage.server('a').asked('tools/list', 2)).request.params, '{"cursor":"c\\u0031"}');
    assert.equal((await stage.ask('tools/list', '{"cursor":"c"}').error()).code, -32602);
  });

  test('leaves out tools whose names hosts would not take', async () => {
    const long = 'l'.repeat(61);
    const stage = new AggregateStage({
      a: { 'tools/list': tools('ok', long, 'l'.repeat(60), 'with.dot', '') },
    });
    await stage.begin();
    assert.deepEqual(namesOf(await stage.ask('tools/list').result()), ['a___ok', `a___${'l'.repeat(60)}`]);
  });

  test('is that of the others where one server fails or answers nonsense', async () => {
    const stage = new AggregateStage({
      a: { 'tools/list': failing(-32000, 'broken') },
      b: { 'tools/list': tools('y') },
      c: { 'tools/list': results('{"tools":{}}') },
      d: { 'tools/list': results('{"tools":[1,{"name":2},{"name":"x","name":"y"},{"name":"z"}]}') },
    });
    await stage.begin();
    const asking = stage.ask('tools/list');
    assert.deepEqual(await asking.result(), {
      tools: [{ name: 'b___y' }, { name: 'd___z' }],
      _meta: { 'sluice.dev/unavailable': ['a', 'c'] },
    });
    assert.match(asking.sent.join(), /a is left out: tools\/list: broken/);
  });

  test('does not wait for one server longer than 10 s, and tells it', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const stage = new AggregateStage({ a: { 'tools/list': never }, b: { 'tools/list': tools('y') } });
      await stage.begin();
      const asking = stage.ask('tools/list');
      const { request } = await stage.server('a').asked('tools/list');
      mock.timers.tick(10_000);
      assert.deepEqual(namesOf(await asking.result()), ['b___y']);
      assert.equal(
        (await stage.server('a').got(2)).text,
        `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${request.id}}}`,
      );
    } finally {
      mock.timers.reset();
    }
  });

  test('ends after 100 pages', async () => {
    const stage = new AggregateStage({
      a: { 'tools/list': results('{"tools":[{"name":"x"}],"nextCursor":"c"}') },
    });
    await stage.begin();
    assert.equal(namesOf(await stage.ask('tools/list').result())?.length, 100);
  });

  test('is an error where no server can be listed, and where none offers such a thing', async () => {
    const stage = new AggregateStage({ a: { 'tools/list': failing(-32000, 'broken') } });
    await stage.begin();
    assert.deepEqual(await stage.ask('tools/list').error(), {
      code: -32603,
      message:
        'Failed, so nothing is returned: this server cannot be reached; try again later, or tell the user.',
      data: { 'sluice.dev/outcome': 'failed', 'sluice.dev/reason': 'BACKEND_UNAVAILABLE' },
    });
    assert.deepEqual(await stage.ask('prompts/list').error(), {
      code: -32601,
      message: 'no server offers prompts/list',
    });
    assert.equal((await stage.ask('tasks/list').error()).code, -32601);
  });
});

suite('a call of an aggregated session', () => {
  test('goes to the server of its name, and all else in it stays as it is spelled', async () => {
    const result = '{ "content":[], "n":1.0 }';
    const stage = new AggregateStage({ a: {}, b: { 'tools/call': results(result) } });
    await stage.begin();
    const params =
      '{"_meta": {"progressToken":1.0},"name":"b\\u005f__x___y", "arguments":{"name":"b___x", "n":1e2}}';
    assert.equal(
      await stage.ask('tools/call', params, '98765432109876543210').answered,
      `{"jsonrpc":"2.0","id":98765432109876543210,"result":${result}}`,
    );
    assert.equal(
      (await stage.server('b').asked('tools/call')).request.params,
      '{"_meta": {"progressToken":1.0},"name":"x___y", "arguments":{"name":"b___x", "n":1e2}}',
    );
    assert.deepEqual(stage.server('a').requests.length, 1);
  });

  test('of a prompt and a completion goes there, too', async () => {
    const stage = new AggregateStage({
      a: {},
      b: { 'prompts/get': results('{}'), 'completion/complete': results('{}') },
    });
    await stage.begin();
    await stage.ask('prompts/get', '{"name":"b___p"}').result();
    await stage
      .ask('completion/complete', '{"argument":{"name":"b___"}, "ref":{"name":"b___p","type":"ref/prompt"}}')
      .result();
    assert.equal((await stage.server('b').asked('prompts/get')).request.params, '{"name":"p"}');
    assert.equal(
      (await stage.server('b').asked('completion/complete')).request.params,
      '{"argument":{"name":"b___"}, "ref":{"name":"p","type":"ref/prompt"}}',
    );
  });

  test('of an unknown name is refused in the words of a single server', async () => {
    const stage = new AggregateStage({ a: {} });
    await stage.begin();
    for (const [method, params, message] of [
      ['tools/call', '{"name":"x"}', 'the server has no tool "x": see tools/list'],
      ['tools/call', '{"name":"c___x"}', 'the server has no tool "c___x": see tools/list'],
      ['tools/call', '{}', 'tools/call needs the name of a tool'],
      ['tools/call', '{"name":1}', 'tools/call needs the name of a tool'],
      ['prompts/get', '{"name":"a__x"}', 'the server has no prompt "a__x": see prompts/list'],
      ['completion/complete', '{"ref":1}', 'completion/complete needs a ref: a prompt or a resource'],
    ] as const)
      assert.deepEqual(await stage.ask(method, params).error(), { code: -32602, message });
    assert.equal((await stage.ask('tools/call', '{"name":"a___x","name":"a___y"}').error()).code, -32600);
  });

  test('passes an error and what comes with the call', async () => {
    const stage = new AggregateStage({
      a: {
        'tools/call': ({ request, exchange }) => {
          exchange.send(
            '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t", "progress":1.0}}',
          );
          exchange.answer(
            `{"jsonrpc":"2.0","id":${request.id},"error":{"code":-32602, "message":"no", "data":1.0}}`,
          );
        },
      },
    });
    await stage.begin();
    const asking = stage.ask('tools/call', '{"name":"a___x"}', '7');
    assert.equal(
      await asking.answered,
      '{"jsonrpc":"2.0","id":7,"error":{"code":-32602, "message":"no", "data":1.0}}',
    );
    assert.deepEqual(asking.sent, [
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t", "progress":1.0}}',
    ]);
  });

  test('that the client cancels is cancelled at its server, in the client’s words', async () => {
    const stage = new AggregateStage({ a: {}, b: {} });
    await stage.begin();
    const first = stage.ask('tools/call', '{"name":"a___x"}', '"1"');
    const second = stage.ask('tools/call', '{"name":"a___x"}', '1');
    const [{ request }] = [
      await stage.server('a').asked('tools/call'),
      await stage.server('a').asked('tools/call', 2),
    ];
    stage.say(
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"reason":"no \\u0061", "requestId":"1"}}',
    );
    assert.equal(
      (await stage.server('a').got(2)).text,
      `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"reason":"no \\u0061", "requestId":${request.id}}}`,
    );
    await stage.until(() => first.isAbandoned);
    assert.equal(second.isAbandoned, false);
    assert.equal(stage.server('b').received.length, 1);
  });

  test('of a list that the client cancels is abandoned, and cancelled at the servers', async () => {
    const stage = new AggregateStage({ a: { 'tools/list': never }, b: { 'tools/list': never } });
    await stage.begin();
    const asking = stage.ask('tools/list', '{}', '5');
    await Promise.all([stage.server('a').asked('tools/list'), stage.server('b').asked('tools/list')]);
    stage.say('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}');
    await stage.until(() => asking.isAbandoned);
    for (const name of ['a', 'b'])
      assert.match((await stage.server(name).got(2)).text, /"notifications\/cancelled"/);
  });
});

suite('what servers ask of the client of an aggregated session', () => {
  const sampling = (id: string) =>
    `{"jsonrpc":"2.0","id":${id},"method":"sampling/createMessage","params":{"n":1.0,"_meta":{"progressToken":"t", "x":1}}}`;

  test('has ids and progress tokens of its own, and the answers go to whoever asked', async () => {
    const stage = new AggregateStage({ a: {}, b: {} });
    await stage.begin();
    stage.server('a').session.send(sampling('0'));
    stage.server('b').session.send(sampling('0'));
    assert.deepEqual(stage.sent, [sampling('1').replace('"t"', '1'), sampling('2').replace('"t"', '2')]);
    stage.say(
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":0.5, "progressToken":2}}',
    );
    stage.say('{"jsonrpc":"2.0","id":2,"result":{"of":"b", "n":1.0}}');
    stage.say('{"jsonrpc":"2.0","id":1,"error":{"code":-1, "message":"no"}}');
    stage.say('{"jsonrpc":"2.0","id":1,"result":{}}');
    const [, ...toA] = stage.server('a').received.map(({ text }) => text);
    const [, ...toB] = stage.server('b').received.map(({ text }) => text);
    assert.deepEqual(toA, ['{"jsonrpc":"2.0","id":0,"error":{"code":-1, "message":"no"}}']);
    assert.deepEqual(toB, [
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":0.5, "progressToken":"t"}}',
      '{"jsonrpc":"2.0","id":0,"result":{"of":"b", "n":1.0}}',
    ]);
  });

  test('comes with the request that it belongs to, and may be withdrawn', async () => {
    const stage = new AggregateStage({ a: {}, b: {} });
    await stage.begin();
    const asking = stage.ask('tools/call', '{"name":"a___x"}');
    const { exchange } = await stage.server('a').asked('tools/call');
    exchange.send(sampling('"q"'));
    stage
      .server('b')
      .session.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q"}}');
    exchange.send(
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q", "reason":"x"}}',
    );
    assert.deepEqual(asking.sent, [
      sampling('1').replace('"t"', '1'),
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1, "reason":"x"}}',
    ]);
    assert.deepEqual(stage.sent, []);
    stage.say('{"jsonrpc":"2.0","id":1,"result":{}}');
    assert.equal(stage.server('a').received.length, 1);
  });

  test('is refused where too much waits', async () => {
    const stage = new AggregateStage({ a: {} });
    await stage.begin();
    for (let id = 0; id <= 1_000; id++) stage.server('a').session.send(sampling(String(id)));
    assert.equal(stage.sent.length, 1_000);
    assert.match(stage.server('a').received.at(-1)?.text ?? '', /^{"jsonrpc":"2.0","id":1000,"error":/);
  });
});

suite('notifications of an aggregated session', () => {
  test('of servers pass as they are; of the client, that its roots have changed', async () => {
    const stage = new AggregateStage({ a: {}, b: {} });
    await stage.begin();
    const changed = '{"jsonrpc":"2.0","method":"notifications/tools/list_changed", "x":1.0}';
    stage.server('b').session.send(changed);
    assert.deepEqual(stage.sent, [changed]);
    const roots = '{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}';
    stage.say(roots);
    stage.say('{"jsonrpc":"2.0","method":"notifications/unheard"}');
    for (const name of ['a', 'b'])
      assert.deepEqual(
        stage
          .server(name)
          .received.slice(1)
          .map(({ text }) => text),
        [roots],
      );
  });

  test('of the log have the level that the client wants, at all servers that log', async () => {
    const stage = new AggregateStage({
      a: { 'logging/setLevel': results('{}'), 'tools/list': tools('x') },
      b: { initialize: offering('{"tools":{}}'), 'tools/list': tools('y') },
      c: { 'logging/setLevel': failing(-32602, 'which level?'), 'tools/list': failing(-1, 'no') },
    });
    await stage.begin();
    await stage.ask('logging/setLevel', '{"level":"error"}').result();
    assert.equal((await stage.server('a').asked('logging/setLevel')).request.params, '{"level":"error"}');
    assert.ok(!stage.server('b').requests.some(({ request }) => request.method === 'logging/setLevel'));
    const asking = stage.ask('tools/list');
    await asking.answered;
    assert.deepEqual(asking.sent, []);
  });
});

suite('resources of an aggregated session', () => {
  const list = (...uris: readonly string[]) =>
    results(JSON.stringify({ resources: uris.map((uri) => ({ uri })) }));
  const templates = (...uris: readonly string[]) =>
    results(JSON.stringify({ resourceTemplates: uris.map((uriTemplate) => ({ uriTemplate })) }));
  const of = (name: string) => results(`{"contents":[],"of":"${name}"}`);
  const two = () =>
    new AggregateStage({
      a: {
        initialize: offering('{"resources":{}}'),
        'resources/list': list('x:1', 'x:both'),
        'resources/templates/list': templates('x://a/{id}/end'),
        'resources/read': of('a'),
      },
      b: {
        initialize: offering('{"resources":{}}'),
        'resources/list': list('x:both', 'x:2'),
        'resources/templates/list': templates('x://{+path}'),
        'resources/read': of('b'),
        'resources/subscribe': of('b'),
      },
    });
  const read = async (stage: AggregateStage, uri: string) =>
    (await stage.ask('resources/read', JSON.stringify({ uri })).result()).of;

  test('are read from the server whose list names them, the first of two, or whose template fits', async () => {
    const stage = two();
    await stage.begin();
    await stage.ask('resources/list').result();
    await stage.ask('resources/templates/list').result();
    assert.deepEqual(
      await Promise.all(
        ['x:1', 'x:both', 'x:2', 'x://a/7/end', 'x://a/7/8/end'].map((uri) => read(stage, uri)),
      ),
      ['a', 'a', 'b', 'a', 'b'],
    );
    assert.equal((await stage.ask('resources/subscribe', '{"uri":"x:2"}').result()).of, 'b');
    assert.equal((await stage.ask('resources/read', '{"uri":"y:1"}').error()).code, -32002);
  });

  test('are never listed for the sake of finding them', async () => {
    const stage = two();
    await stage.begin();
    assert.deepEqual(await stage.ask('resources/read', '{"uri":"x:1"}').error(), {
      code: -32002,
      message:
        'no list that you were given says which server has this resource: see resources/list and resources/templates/list',
      data: { uri: 'x:1' },
    });
    assert.deepEqual([stage.server('a').requests.length, stage.server('b').requests.length], [1, 1]);
  });

  test('are those of the only server that has some', async () => {
    const stage = new AggregateStage({
      a: {},
      b: { initialize: offering('{"resources":{}}'), 'resources/read': of('b') },
    });
    await stage.begin();
    assert.equal(await read(stage, 'x:any'), 'b');
  });
});
