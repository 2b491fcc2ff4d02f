import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readMessage, readMessages } from '../../../gateway/rpc/rpc-message.ts';
import { RpcMessageError } from '../../../gateway/rpc/rpc-message-error.ts';
import {
  writeFailure,
  writeNotification,
  writeRequest,
  writeResult,
} from '../../../gateway/rpc/write-message.ts';

function refused(code: number, id?: string) {
  return (error: unknown) => {
    assert.ok(error instanceof RpcMessageError, String(error));
    assert.deepEqual([error.code, error.id], [code, id]);
    return true;
  };
}

suite('a message', () => {
  test('that is a request has its id and its parameters as they are spelled', () => {
    const text =
      '{ "params" : {"n": 1.0, "id":12345678901234567890} ,"id": 7e0,\n"jsonrpc":"2.0","method":"a/b" }';
    assert.deepEqual(readMessage(text), {
      kind: 'request',
      text,
      id: '7e0',
      method: 'a/b',
      params: '{"n": 1.0, "id":12345678901234567890}',
    });
  });

  test('without an id is a notification, and may have no parameters', () => {
    const text = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
    assert.deepEqual(readMessage(text), {
      kind: 'notification',
      text,
      method: 'notifications/initialized',
      params: undefined,
    });
  });

  for (const id of ['0', '-1', '12345678901234567890', '"a"', '"\\u0061\\""', '""']) {
    test(`may have the id ${id}, and the result is as it is spelled`, () => {
      const text = `{"result":{"a":[1.0,{"b":"}\\\\\\"]"}]},"jsonrpc":"2.0","id":${id},"x-own":[1]}`;
      const result = '{"a":[1.0,{"b":"}\\\\\\"]"}]}';
      assert.deepEqual(readMessage(text), { kind: 'result', text, id, result });
    });
  }

  test('that is an error has its code and its words, and the rest as it is spelled', () => {
    const error = '{"code":-32000,"message":"no \\"way\\"","data":{"n":1.0}}';
    const text = `{"jsonrpc":"2.0","id":1,"error":${error}}`;
    const expected = { kind: 'error', text, id: '1', error, code: -32_000, message: 'no "way"' };
    assert.deepEqual(readMessage(text), expected);
  });

  for (const id of ['"id":null,', '']) {
    test(`that is an error with ${id === '' ? 'no id' : 'the id null'} answers nothing in particular`, () => {
      const message = readMessage(`{"jsonrpc":"2.0",${id}"error":{"code":1,"message":"x"}}`);
      assert.equal(message.kind === 'error' && message.id, undefined);
    });
  }

  for (const error of ['5', '{}', '{"code":"1","message":2}', '[]']) {
    test(`that is the error ${error} has a code and words all the same`, () => {
      const message = readMessage(`{"jsonrpc":"2.0","id":1,"error":${error}}`);
      assert.ok(message.kind === 'error');
      assert.deepEqual([message.code, message.message, message.error], [-32_603, '', error]);
    });
  }

  test('has members whose names may be escaped', () => {
    const message = readMessage('{"jsonrpc":"2.0","\\u0069d":1,"meth\\u006fd":"ping"}');
    assert.deepEqual([message.kind, message.kind === 'request' && message.id], ['request', '1']);
  });

  test('may hold values that are nested without end', () => {
    const depth = 200_000;
    const result = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const message = readMessage(`{"jsonrpc":"2.0","id":1,"result":${result}}`);
    assert.equal(message.kind === 'result' && message.result, result);
  });

  test('may hold strings of any length, with what looks like their ends in any place', () => {
    for (const length of [100, 126, 127, 128, 129, 300, 5_000]) {
      for (const escaped of ['\\"', '\\"}]', '\\\\', '\\\\\\"', '\\u0022']) {
        const result = `{"a":"${'x'.repeat(length)}${escaped}${escaped.repeat(length)}{","b":"\\\\"}`;
        const message = readMessage(`{"jsonrpc":"2.0","id":1,"result":${result}}`);
        assert.equal(message.kind === 'result' && message.result, result);
      }
    }
  });

  test('may be larger than what messages share, and hold any characters', () => {
    const result = `{"a":"${'ĢŻ'.repeat(700_000)}","b":"\u{1f600}\ud800"}`;
    const message = readMessage(`{"jsonrpc":"2.0","id":1,"result":${result}}`);
    assert.equal(message.kind === 'result' && message.result === result, true);
  });
});

suite('what is no message', () => {
  const noJson = [
    '',
    ' ',
    'x',
    '[]',
    '5',
    '{',
    '{]',
    '{}x',
    '{,}',
    '{"a":1,}',
    '{"a":01}',
    '{"a":1x}',
    '{"a":tru}',
    '{"a"1}',
    '{a:1}',
    '{"a":}',
    '{"\\x":1}',
    '{"a":"b}',
    '{"a":"b\\"}',
    '{"a":[1}',
    '{"a":[}]}',
    '{"a":{]}',
    '{"a":1}{"a":1}',
    '\ufeff{}',
    '{"jsonrpc":"2.0","id":1,"result":{"a":"\\"}}',
  ];
  for (const text of noJson) {
    test(`is refused as no JSON object: ${JSON.stringify(text)}`, () => {
      assert.throws(() => readMessage(text), refused(-32_700));
    });
  }

  const noMessages: readonly (readonly [text: string, id?: string])[] = [
    ['{}'],
    ['{"id":1,"method":"a"}', '1'],
    ['{"jsonrpc":"1.0","id":1,"method":"a"}', '1'],
    ['{"jsonrpc":2.0,"id":1,"method":"a"}', '1'],
    ['{"jsonrpc":"2.0","id":1}', '1'],
    ['{"jsonrpc":"2.0","id":"a","method":5}', '"a"'],
    ['{"jsonrpc":"2.0","id":1,"method":"a","params":[1]}', '1'],
    ['{"jsonrpc":"2.0","id":1,"method":"a","params":null}', '1'],
    ['{"jsonrpc":"2.0","id":null,"method":"a"}'],
    ['{"jsonrpc":"2.0","id":{},"method":"a"}'],
    ['{"jsonrpc":"2.0","id":true,"result":{}}'],
    ['{"jsonrpc":"2.0","id":null,"result":{}}'],
    ['{"jsonrpc":"2.0","result":{}}'],
    ['{"jsonrpc":"2.0","id":1,"result":{},"error":{}}', '1'],
    ['{"jsonrpc":"2.0","id":1,"result":{},"method":"a"}', '1'],
  ];
  for (const [text, id] of noMessages) {
    test(`is refused, and its id is known where it has one: ${text}`, () => {
      assert.throws(() => readMessage(text), refused(-32_600, id));
    });
  }

  for (const second of ['"id"', '"\\u0069d"']) {
    test(`has two members of the same name: ${second}`, () => {
      assert.throws(() => readMessage(`{"jsonrpc":"2.0","id":1,${second}:2,"method":"a"}`), refused(-32_600));
    });
  }
});

suite('a batch', () => {
  test('is split into its messages', () => {
    const texts = ['{"jsonrpc":"2.0","id":1,"result":{"a":"],["}}', '{"jsonrpc":"2.0","method":"b"}'];
    const messages = readMessages(` [${texts.join(' , ')}]\n`);
    assert.deepEqual(
      messages.map(({ text }) => text),
      texts,
    );
  });

  test('may be one message', () => {
    assert.equal(readMessages('{"jsonrpc":"2.0","method":"b"}').length, 1);
  });

  for (const text of ['[', '[1', '[{}', '[{},]', '[,]', '[{}]]']) {
    test(`is refused as no JSON: ${text}`, () => assert.throws(() => readMessages(text), RpcMessageError));
  }

  test('is refused when it is empty, or holds what is no message', () => {
    for (const text of ['[]', '[ ]', '[{"jsonrpc":"2.0"}]'])
      assert.throws(() => readMessages(text), refused(-32_600));
    assert.throws(() => readMessages('[[]]'), refused(-32_700));
  });
});

suite('a message that is written', () => {
  const written = [
    writeRequest('12345678901234567890', 'tools/call', '{"n":1.0}'),
    writeRequest('"a"', 'ping'),
    writeNotification('notifications/progress', '{"progress":1.0}'),
    writeNotification('a"b'),
    writeResult('1', '{"n":1.0}'),
    writeFailure('1', { code: -1, message: 'a "b"', data: '{"n":1.0}' }),
    writeFailure(undefined, { code: -32_700, message: '' }),
  ];
  for (const message of written) {
    test(`is read as what it is: ${message.text}`, () => {
      assert.deepEqual(readMessage(message.text), message);
      assert.equal(JSON.parse(message.text).jsonrpc, '2.0');
    });
  }
});
