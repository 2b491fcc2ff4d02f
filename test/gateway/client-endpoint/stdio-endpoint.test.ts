/** MCP's stdio, towards the client that started the gateway. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { answer, notification } from './scripted-peer.ts';
import { initialize, StdioStage } from './stdio-stage.ts';

const call = (id: string) => `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"x"}}`;
const refusal = (line: string) => {
  const { id, error } = JSON.parse(line);
  return `${id} ${error.code} ${error.message}`;
};

suite('a session over stdio', () => {
  test('has a peer with its caller, and carries messages as they are, one a line', async () => {
    const stage = new StdioStage();
    await stage.begin();
    const { session } = stage.peer;
    assert.deepEqual(session.caller, { principal: 'anonymous', run: 'r' });
    stage.say('{"jsonrpc":"2.0", "id":12345678901234567890,"method":"tools/call","params":{"n":1.0}}\r');
    const { request, exchange } = await stage.peer.asked('tools/call');
    assert.equal(request.params, '{"n":1.0}');
    exchange.send('{"jsonrpc":"2.0",\r\n"method":"a\u2028b"}');
    session.send(notification('c'));
    exchange.answer('{"jsonrpc":"2.0","id":12345678901234567890,"result":{"n":1.0}}');
    exchange.answer('again');
    exchange.send('again');
    await stage.line(4);
    assert.deepEqual(stage.lines.slice(1), [
      '{"jsonrpc":"2.0",  "method":"a\\u2028b"}',
      notification('c'),
      '{"jsonrpc":"2.0","id":12345678901234567890,"result":{"n":1.0}}',
    ]);
    stage.say('\n  \n{"jsonrpc":"2.0","method":"notifications/initialized"}');
    stage.say('{"jsonrpc":"2.0","id":1,"result":{"n":1.0}}');
    assert.equal((await stage.peer.got(2)).text, '{"jsonrpc":"2.0","id":1,"result":{"n":1.0}}');
    stage.input.end();
    await stage.served;
    assert.equal(stage.peer.end, 'deleted');
  });

  test('begins with initialize, and only once; ping is answered before', async () => {
    const stage = new StdioStage();
    stage.say('{"jsonrpc":"2.0","id":1,"method":"ping"}');
    assert.equal(await stage.line(1), '{"jsonrpc":"2.0","id":1,"result":{}}');
    stage.say(call('2'));
    assert.equal(
      refusal(await stage.line(2)),
      '2 -32000 there is no MCP session yet: send initialize, and wait for its answer',
    );
    stage.say('{"jsonrpc":"2.0","id":3,"method":"initialize","params":{}}');
    assert.equal(refusal(await stage.line(3)), '3 -32602 initialize needs the protocolVersion of the client');
    stage.say(initialize('2024-11-05'));
    assert.match(await stage.line(4), /"protocolVersion":"2024-11-05"/);
    stage.say(initialize('2024-11-05', '5'));
    assert.match(refusal(await stage.line(5)), /^5 -32600 this session is initialized/);
    assert.equal(stage.peers.length, 1);
    stage.stop();
    await stage.served;
  });

  test('may begin again after its peer has refused it', async () => {
    let isRefusing = true;
    const stage = new StdioStage({
      initialize: (asked) => {
        if (!isRefusing) return answer(asked, { protocolVersion: '2025-06-18' });
        asked.exchange.answer('{"jsonrpc":"2.0","id":"i","error":{"code":-1,"message":"no"}}');
      },
    });
    await stage.begin();
    assert.equal(stage.peer.end, 'refused');
    isRefusing = false;
    stage.say(initialize('2025-11-25'));
    await stage.line(2);
    assert.deepEqual([stage.peers.length, stage.peer.session.protocolVersion], [2, '2025-06-18']);
    stage.stop();
    await stage.served;
    assert.equal(stage.peer.end, 'closed');
  });

  test('answers what is no message with an error and the id null, and goes on', async () => {
    const stage = new StdioStage();
    await stage.begin();
    for (const [line, code] of [
      ['{"jsonrpc":"2.0"', -32700],
      ['nonsense', -32700],
      ['[]', -32600],
      ['{"jsonrpc":"2.0","id":1,"method":1}', -32600],
      ['{"jsonrpc":"2.0","id":1,"id":1,"method":"x"}', -32600],
    ] as const) {
      stage.say(line);
      const said = await stage.line(stage.lines.length + 1);
      assert.match(refusal(said), new RegExp(`^null ${code} `), line);
    }
    stage.say(call('1'));
    await stage.peer.asked('tools/call');
    stage.stop();
    await stage.served;
  });

  test('refuses a line above 8 MiB once, and takes the next one', async () => {
    const stage = new StdioStage();
    await stage.begin();
    const piece = Buffer.alloc(1024 * 1024, 'a');
    for (let i = 0; i < 20; i++) stage.input.write(piece);
    stage.input.write(`end\n${call('1')}\n`);
    await stage.peer.asked('tools/call');
    assert.deepEqual(stage.lines.slice(1).map(refusal), [
      'null -32600 a line may have 8388608 bytes at most: send less at once',
    ]);
    stage.stop();
    await stage.served;
  });

  test('answers a batch as one, in the revisions that have them', async () => {
    const stage = new StdioStage();
    await stage.begin('2025-03-26');
    stage.say(`[${call('1')}, {"jsonrpc":"2.0","method":"n"}, ${call('2')}, ${call('3')}]`);
    const asked = [1, 2, 3].map((count) => stage.peer.asked('tools/call', count));
    const [first, second, third] = await Promise.all(asked);
    third?.exchange.answer('{"jsonrpc":"2.0","id":3,"result":{}}');
    second?.exchange.abandon();
    first?.exchange.answer('{"jsonrpc":"2.0","id":1,"result":{}}');
    assert.equal(
      await stage.line(2),
      '[{"jsonrpc":"2.0","id":3,"result":{}},{"jsonrpc":"2.0","id":1,"result":{}}]',
    );
    stage.say(`[${initialize('2025-03-26')}]`);
    assert.match(await stage.line(3), /^\[{"jsonrpc":"2.0","id":"i","error":/);
    stage.say(`[${Array.from({ length: 101 }, () => call('1')).join()}]`);
    assert.equal(
      refusal(await stage.line(4)),
      'null -32600 a batch may have 100 messages: send less at once',
    );
    stage.stop();
    await stage.served;
  });

  test('refuses a batch in the others', async () => {
    const stage = new StdioStage();
    await stage.begin('2025-06-18');
    stage.say(`[${call('1')}]`);
    assert.equal(
      refusal(await stage.line(2)),
      'null -32600 2025-06-18 has no batches: send one message a line',
    );
    stage.stop();
    await stage.served;
  });

  test('reads nothing while its client does not read, and loses nothing', async () => {
    const stage = new StdioStage();
    await stage.begin();
    stage.stopReading();
    const size = 100_000;
    stage.peer.session.send(notification('n', { text: 'x'.repeat(size) }));
    for (let id = 0; id < 10; id++) stage.say(`${call(String(id))}${' '.repeat(size)}`);
    for (let turns = 0; turns < 20; turns++) await turn();
    assert.equal(stage.peer.requests.length, 1, 'initialize, and nothing more');
    assert.ok(stage.input.readableLength > 0);
    stage.read();
    await stage.peer.asked('tools/call', 10);
    stage.stop();
    await stage.served;
  });

  test('gives open requests a moment when its input ends, and ends with the last of them', async () => {
    const stage = new StdioStage();
    await stage.begin();
    stage.say(call('1'));
    stage.say(call('2'));
    const [first, second] = await Promise.all([
      stage.peer.asked('tools/call'),
      stage.peer.asked('tools/call', 2),
    ]);
    stage.input.end();
    first?.exchange.answer('{"jsonrpc":"2.0","id":1,"result":{}}');
    second?.exchange.answer('{"jsonrpc":"2.0","id":2,"result":{}}');
    await stage.served;
    assert.deepEqual(stage.lines.slice(1), [
      '{"jsonrpc":"2.0","id":1,"result":{}}',
      '{"jsonrpc":"2.0","id":2,"result":{}}',
    ]);
    assert.ok(second?.exchange.signal.aborted);
  });

  test('does not wait for a request that is never answered', async () => {
    const stage = new StdioStage();
    await stage.begin();
    stage.say(call('1'));
    await stage.peer.asked('tools/call');
    stage.input.end();
    await stage.served;
    assert.equal(stage.peer.end, 'deleted');
  });

  test('has at most 1,000 requests under way', async () => {
    const stage = new StdioStage();
    await stage.begin();
    for (let id = 0; id <= 1_000; id++) stage.say(call(String(id)));
    assert.equal(refusal(await stage.line(2)), '1000 -32600 1000 requests are under way: wait for some');
    stage.stop();
    await stage.served;
  });
});
