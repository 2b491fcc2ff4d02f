import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { suite, test } from 'node:test';
import type { CallContext } from '../../../gateway/backend/server-link.ts';
import { Log } from '../../../gateway/log.ts';
import { type RpcAnswer, readMessage } from '../../../gateway/rpc/rpc-message.ts';
import { labels } from '../granting-server.ts';
import { JudgingServer, messagesOf, resource } from './judging-server.ts';

const never = new AbortController().signal;
const open = { labelResource: async () => resource() };

function requestOf(text: string) {
  const message = readMessage(text);
  assert.ok(message.kind === 'request');
  return message;
}

function notificationOf(method: string, params?: string) {
  const message = readMessage(`{"jsonrpc":"2.0","method":"${method}"${params ? `,"params":${params}` : ''}}`);
  assert.ok(message.kind === 'notification');
  return message;
}

function answerOf(text: string): RpcAnswer {
  const message = readMessage(text);
  assert.ok(message.kind === 'result' || message.kind === 'error');
  return message;
}

const asking = (id = '"a"', params = '{"a":1}') =>
  requestOf(`{"jsonrpc":"2.0","id":${id},"method":"sampling/createMessage","params":${params},"leak":1}`);

/** A context, and what is sent on its stream. */
function contextOf() {
  const sent: string[] = [];
  const counts = { progressed: 0, waiting: 0 };
  const context: CallContext = {
    progressToken: '1',
    send: (text) => sent.push(text),
    progressed: () => counts.progressed++,
    wait: () => {
      counts.waiting++;
      return { [Symbol.dispose]: () => counts.waiting-- };
    },
  };
  return { context, sent, counts };
}

suite('a request of a server', () => {
  test('has an id of its own at the client, and the answer the server’s again, however that is spelled', async () => {
    const { messages, sent } = messagesOf(new JudgingServer(open));
    for (const [number, id] of ['"a\\u0062"', '98765432109876543210', '-0', '1'].entries()) {
      const answering = messages.request(asking(id, '{"n":1.0,"__proto__":{"a":1}}'), undefined, never);
      await messages.settled;
      const own = number + 1;
      assert.equal(
        sent.at(-1),
        `{"jsonrpc":"2.0","id":${own},"method":"sampling/createMessage","params":{"n":1.0,"__proto__":{"a":1}}}`,
      );
      await messages.answered(answerOf(`{"jsonrpc":"2.0","id":${own},"result":{"m":2.50}}`));
      assert.equal((await answering).text, `{"jsonrpc":"2.0","id":${id},"result":{"m":2.50}}`);
    }
  });

  test('goes to the stream of the call that it belongs to, whose time stands still until the client has answered', async () => {
    const { messages, sent } = messagesOf(new JudgingServer(open));
    const { context, sent: related, counts } = contextOf();
    const answering = messages.request(asking(), context, never);
    await messages.settled;
    assert.deepEqual([sent.length, related.length, counts.waiting], [0, 1, 1]);
    await messages.answered(
      answerOf('{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no","data":[1.0]}}'),
    );
    assert.match((await answering).text, /"id":"a","error":\{"code":-1,"message":"no","data":\[1\.0\]\}/);
    assert.equal(counts.waiting, 0);
  });

  test('is not answered by what came before the client was asked, nor a second time', async () => {
    const judged = Promise.withResolvers<ReturnType<typeof resource>>();
    const { messages } = messagesOf(new JudgingServer({ labelResource: () => judged.promise }));
    const answering = messages.request(asking(), undefined, never);
    await messages.answered(answerOf('{"jsonrpc":"2.0","id":1,"result":{"early":1}}'));
    judged.resolve(resource());
    await messages.settled;
    const second = messages.answered(answerOf('{"jsonrpc":"2.0","id":1,"result":{"first":1}}'));
    await messages.answered(answerOf('{"jsonrpc":"2.0","id":1,"result":{"second":1}}'));
    await messages.answered(answerOf('{"jsonrpc":"2.0","id":7,"result":{}}'));
    await messages.answered(answerOf('{"jsonrpc":"2.0","error":{"code":1,"message":""}}'));
    await second;
    assert.match((await answering).text, /"result":\{"first":1\}/);
  });

  test('ends with its connection: the client is told, and its answer goes nowhere', async () => {
    const { messages, sent } = messagesOf(new JudgingServer(open));
    const ending = new AbortController();
    const answering = messages.request(asking(), undefined, ending.signal);
    await messages.settled;
    ending.abort();
    assert.match((await answering).text, /the connection was lost/);
    assert.equal(
      sent.at(-1),
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}',
    );
    const late = messages.request(asking(), undefined, ending.signal);
    assert.match((await late).text, /"error"/);
    assert.equal(sent.length, 2);
  });

  test('that is withdrawn while it is judged is never asked, and nobody is told of it', async () => {
    const judged = Promise.withResolvers<ReturnType<typeof resource>>();
    const { messages, sent } = messagesOf(new JudgingServer({ labelResource: () => judged.promise }));
    const answering = messages.request(asking(), undefined, never);
    messages.notification(
      notificationOf('notifications/cancelled', '{"requestId":"a","reason":"leak"}'),
      undefined,
    );
    judged.resolve(resource());
    assert.match((await answering).text, /was cancelled/);
    await messages.settled;
    assert.deepEqual(sent, []);
  });

  test('is refused where too many wait for the client, and there is room again when some are answered', async () => {
    const { messages, sent } = messagesOf(new JudgingServer(open));
    const waiting = Array.from({ length: 100 }, (_, n) =>
      messages.request(asking(String(n)), undefined, never),
    );
    assert.match((await messages.request(asking(), undefined, never)).text, /no room/);
    await messages.settled;
    await messages.answered(answerOf('{"jsonrpc":"2.0","id":1,"result":{}}'));
    await waiting[0];
    void messages.request(asking(), undefined, never);
    await messages.settled;
    assert.equal(sent.length, 101);
  });

  test('is answered with an error when the client’s session ends', async () => {
    const { messages } = messagesOf(new JudgingServer(open));
    const answering = messages.request(asking(), undefined, never);
    messages.close();
    assert.match((await answering).text, /the client has gone/);
    assert.match((await messages.request(asking(), undefined, never)).text, /"error"/);
  });

  for (const [about, guard] of [
    ['may not be read', { labelResource: async () => resource(labels(['house'])) }],
    ['cannot be labelled', { labelResource: () => Promise.reject(new Error('leak')) }],
  ] as const) {
    test(`that ${about} is refused, and the client sees nothing`, async () => {
      const { messages, sent } = messagesOf(new JudgingServer(guard));
      const { text } = await messages.request(asking(), undefined, never);
      assert.match(text, /the client may not be asked this/);
      assert.doesNotMatch(text, /leak/);
      assert.deepEqual(sent, []);
    });
  }
});

suite('the answer of a client', () => {
  test('is not sent where it may not be written', async () => {
    const isAnswer = (tool: string) => tool.endsWith('/response');
    const guard = {
      labelResource: async ({ tool }: { tool: string }) =>
        resource(labels([], isAnswer(tool) ? ['trusted'] : [])),
    };
    const { messages } = messagesOf(new JudgingServer(guard));
    const answering = messages.request(asking(), undefined, never);
    await messages.settled;
    await messages.answered(answerOf('{"jsonrpc":"2.0","id":1,"result":{"leak":1}}'));
    const { text } = await answering;
    assert.match(text, /"error":.*the answer of the client may not be sent/);
    assert.doesNotMatch(text, /leak/);
  });

  test('is what was judged: members that come twice come once', async () => {
    const asked: string[] = [];
    const guard = {
      labelResource: async ({ tool, args }: { tool: string; args: string }) => {
        asked.push(`${tool} ${args}`);
        return resource();
      },
    };
    const { messages } = messagesOf(new JudgingServer(guard));
    const answering = messages.request(asking(), undefined, never);
    await messages.settled;
    await messages.answered(answerOf('{"jsonrpc":"2.0","id":1,"result":{"a":{"b":1,"b":2}}}'));
    assert.match((await answering).text, /"result":\{"a":\{"b":2\}\}/);
    assert.deepEqual(asked, [
      'sampling/createMessage {"a":1}',
      'sampling/createMessage/response {"a":{"b":2}}',
    ]);
  });
});

suite('a notification of a server', () => {
  test('is delivered after those before it, without what stands beside its params', async () => {
    const slow = Promise.withResolvers<ReturnType<typeof resource>>();
    const guard = {
      labelResource: ({ args }: { args: string }) =>
        args.includes('slow') ? slow.promise : Promise.resolve(resource()),
    };
    const { messages, sent } = messagesOf(new JudgingServer(guard));
    messages.notification(notificationOf('notifications/own', '{"a":"slow"},"leak":1'), undefined);
    messages.notification(notificationOf('notifications/other'), undefined);
    const settled = messages.settled;
    slow.resolve(resource());
    await settled;
    assert.deepEqual(sent, [
      '{"jsonrpc":"2.0","method":"notifications/own","params":{"a":"slow"}}',
      '{"jsonrpc":"2.0","method":"notifications/other"}',
    ]);
  });

  test('that lists have changed needs no judgement, and has no words', async () => {
    const { messages, sent } = messagesOf(
      new JudgingServer({ labelResource: () => assert.fail('nobody asks') }),
    );
    messages.notification(notificationOf('notifications/tools/list_changed', '{"leak":1}'), undefined);
    await new Promise(setImmediate);
    assert.deepEqual(sent, ['{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}']);
  });

  test('of progress gives its call its time anew, whether it may be read or not', async () => {
    const { messages } = messagesOf(
      new JudgingServer({ labelResource: async () => resource(labels(['house'])) }),
    );
    const { context, sent, counts } = contextOf();
    messages.notification(notificationOf('notifications/progress', '{"progressToken":1}'), context);
    await messages.settled;
    assert.deepEqual([counts.progressed, sent], [1, []]);
  });

  for (const [about, params] of [
    ['is no JSON within', '{"a":[1 2]}'],
    ['is nested too deeply to be judged', `{"a":${'['.repeat(200_000)}1.0e0${']'.repeat(200_000)}}`],
  ] as const) {
    test(`that ${about} is dropped`, async () => {
      const { messages, sent } = messagesOf(new JudgingServer(open));
      messages.notification(notificationOf('notifications/own', params), undefined);
      await messages.settled;
      assert.deepEqual(sent, []);
    });
  }

  test('of a server without a guard is as deep as it is, and has the bytes that it has', async () => {
    const { messages, sent } = messagesOf(new JudgingServer({}, { guard: { kind: 'noop' } }));
    const params = `{ "a":${'['.repeat(200_000)}1.0e0${']'.repeat(200_000)}, "b":1, "b":2 }`;
    messages.notification(notificationOf('notifications/own', params), undefined);
    await messages.settled;
    assert.equal(sent[0], `{"jsonrpc":"2.0","method":"notifications/own","params":${params}}`);
  });

  test('whose method has a name that is too long is dropped, and the log does not have it', async () => {
    let log = '';
    const write = (chunk: unknown, _encoding: unknown, done: () => void) => {
      log += String(chunk);
      done();
    };
    const { messages, sent } = messagesOf(new JudgingServer(open), new Log(new Writable({ write })));
    messages.notification(notificationOf(`notifications/${'x'.repeat(200)}`), undefined);
    await messages.settled;
    assert.deepEqual(sent, []);
    messages.notification(notificationOf('notifications/own'), undefined);
    await messages.settled;
    await new Promise(setImmediate);
    assert.match(log, /notifications\/own: result/);
    assert.doesNotMatch(log, /xxx/);
  });

  test('is delivered where the server is a write-sink: that is the operator’s word', async () => {
    const guard = { isOperatorsWord: true, labelResource: () => assert.fail('nobody asks') };
    const { messages, sent } = messagesOf(new JudgingServer(guard));
    messages.notification(notificationOf('notifications/own', '{}'), undefined);
    await messages.settled;
    assert.equal(sent.length, 1);
  });

  test('taints the agent in propagate mode before it is delivered', async () => {
    const guard = { mode: 'propagate', labelResource: async () => resource(labels(['house'])) } as const;
    const { messages, sent, agents } = messagesOf(new JudgingServer(guard));
    messages.notification(notificationOf('notifications/own', '{}'), undefined);
    await messages.settled;
    assert.equal(sent.length, 1);
    assert.deepEqual(agents.find('alice', '1')?.labels, labels(['house']));
  });
});

suite('what a client says of its own accord', () => {
  /** A link that nothing but notifications go over. */
  function linkTo(told: string[]) {
    const link = {
      welcome: () => assert.fail('nobody asks'),
      request: () => assert.fail('nobody asks'),
      findTool: () => assert.fail('nobody asks'),
      noteTools: () => assert.fail('nobody asks'),
      notify: ({ text }: { text: string }) => void told.push(text),
      [Symbol.asyncDispose]: async () => undefined,
    };
    return link;
  }

  test('is written in its order, as it was judged', async () => {
    const slow = Promise.withResolvers<ReturnType<typeof resource>>();
    const guard = {
      labelResource: ({ args }: { args: string }) =>
        args.includes('slow') ? slow.promise : Promise.resolve(resource()),
    };
    const { messages } = messagesOf(new JudgingServer(guard));
    const told: string[] = [];
    const link = linkTo(told);
    const telling = ['{"a":"slow"}', '{"a":1,"a":2}'].map((params) =>
      messages.told(notificationOf('notifications/progress', params), link),
    );
    slow.resolve(resource());
    await Promise.all(telling);
    assert.deepEqual(told, [
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"a":"slow"}}',
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"a":2}}',
    ]);
  });

  test('is not sent where it may not be written; that roots have changed is, without words', async () => {
    const { messages } = messagesOf(
      new JudgingServer({ labelResource: async () => resource(labels([], ['trusted'])) }),
    );
    const told: string[] = [];
    await messages.told(notificationOf('notifications/progress', '{"a":1}'), linkTo(told));
    assert.deepEqual(told, []);
    await messages.told(notificationOf('notifications/roots/list_changed', '{"leak":1}'), linkTo(told));
    assert.deepEqual(told, ['{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}']);
  });
});
