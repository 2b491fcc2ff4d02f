import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError } from '../../gateway/config/config-error.ts';
import { GatewayError } from '../../gateway/gateway-error.ts';
import { AnswerError } from '../../gateway/rpc/answer-error.ts';
import { faultOf, saidOf } from '../../gateway/said-of.ts';
import { TransportError } from '../../gateway/server-transport/transport-error.ts';

suite('what is said of an error', () => {
  const answer = new AnswerError({ code: -32_000, message: 'no row for hunter2', error: '{}' });
  const summary = 'the server answered with HTTP status 500';
  const cases: readonly (readonly [
    about: string,
    error: unknown,
    words: string,
    details: string | undefined,
  ])[] = [
    ['a server’s answer', answer, 'the server answered with the error -32000', 'no row for hunter2'],
    ['ours', new GatewayError('INTERNAL', 'internal error'), 'internal error', undefined],
    [
      'ours with another’s words',
      new GatewayError('BACKEND_ERROR', 's: hunter2', { summary: 's: it failed' }),
      's: it failed',
      's: hunter2',
    ],
    [
      'a transport’s',
      new TransportError('STATUS', `${summary}: hunter2`, { summary }),
      summary,
      `${summary}: hunter2`,
    ],
    [
      'a configuration’s',
      new ConfigError(['gateway.listen: is no address']),
      'gateway.listen: is no address',
      undefined,
    ],
    [
      'any other',
      new SyntaxError('Unexpected token in "hunter2"'),
      'an error that is not foreseen: SyntaxError',
      'Unexpected token in "hunter2"',
    ],
    ['what is no error', 'hunter2', 'something was thrown that is no error', 'hunter2'],
  ];
  for (const [about, error, words, details] of cases)
    test(`is ours, and the rest are details: ${about}`, () => {
      assert.deepEqual(saidOf(error), { words, fields: details === undefined ? {} : { details } });
    });

  test('names the system’s call and code', () => {
    const error = Object.assign(new Error('spawn /x ENOENT'), { syscall: 'spawn /x', code: 'ENOENT' });
    assert.deepEqual(saidOf(error), { words: 'spawn /x ENOENT', fields: {} });
  });
});

suite('a fault', () => {
  test('has its kind and where it was, and its message in the details only', () => {
    const { error, stack, details } = faultOf(new TypeError('hunter2\n    at hunter2'));
    assert.deepEqual([error, details], ['TypeError', 'hunter2\n    at hunter2']);
    assert.match(String(stack), /^at .*said-of\.test\.ts/);
    assert.doesNotMatch(String(stack), /hunter2/);
  });

  test('has no stack where its message cannot be told from it', () => {
    const changed = new Error('hunter2');
    assert.match(String(changed.stack), /hunter2/);
    changed.message = 'another';
    assert.deepEqual(faultOf(changed), { error: 'Error', details: 'another' });
  });
});
