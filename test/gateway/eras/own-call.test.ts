import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { LinkRequest } from '../../../gateway/backend/server-link.ts';
import { asOwnCall } from '../../../gateway/eras/own-call.ts';
import { writeNotification } from '../../../gateway/rpc/write-message.ts';

/** A request whose client gives this token; what it is told. */
function asked(progressToken: string | undefined, level?: string) {
  const told: string[] = [];
  const context = {
    progressToken,
    send: () => undefined,
    progressed: () => undefined,
    wait: () => new DisposableStack(),
    listener: { notification: ({ text }: { text: string }) => void told.push(text) },
  };
  const params = `{"name":"x","_meta":{"a":1.0${progressToken === undefined ? '' : `,"progressToken":${progressToken}`}}}`;
  const own: LinkRequest = asOwnCall({ method: 'tools/call', params, context }, level);
  const say = (method: string, said: string) =>
    own.context?.listener?.notification(writeNotification(method, said), own.context);
  return { own, told, say };
}

suite('a call on a connection that several clients use', () => {
  test('has a token that no other call has, and all else of its params', () => {
    const tokens = [asked('1'), asked('1')].map(({ own }) => {
      const { name, _meta } = JSON.parse(own.params);
      assert.equal(name, 'x');
      assert.match(own.params, /"a":1\.0/);
      assert.equal(own.context?.progressToken, JSON.stringify(_meta.progressToken));
      return _meta.progressToken;
    });
    assert.equal(new Set(tokens).size, 2);
  });

  test('is told of progress under the token of its client, and of no other', () => {
    const { own, told, say } = asked('"mine"');
    say('notifications/progress', `{"progressToken":${own.context?.progressToken},"progress":1.50}`);
    say('notifications/progress', '{"progressToken":"mine","progress":2}');
    assert.deepEqual(told, [
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"mine","progress":1.50}}',
    ]);
  });

  test('that gives no token is told of no progress, and its params stay as they are', () => {
    const { own, told, say } = asked(undefined);
    assert.equal(own.params, '{"name":"x","_meta":{"a":1.0}}');
    say('notifications/progress', '{"progressToken":"x","progress":1}');
    assert.deepEqual(told, []);
  });

  for (const [level, heard] of [
    [undefined, []],
    ['debug', ['debug', 'warning', 'loud']],
    ['warning', ['warning', 'loud']],
    ['emergency', ['loud']],
  ] as const)
    test(`hears log messages of ${heard.join(', ') || 'no level'} where its client says ${level}`, () => {
      const { told, say } = asked(undefined, level);
      for (const said of ['debug', 'warning', 'loud'])
        say('notifications/message', JSON.stringify({ level: said, data: '' }));
      assert.deepEqual(
        told.map((text) => JSON.parse(text).params.level),
        heard,
      );
    });
});
