import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionRequest as Codec, type SessionRequest } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { deserializer, serializer } from '../../proto/message-codec.ts';

const sizes = [0, 1, 200, 100_000, 3_000_000, 5];

function ask(bytes: number): SessionRequest {
  const value = { toolName: 'get', toolArgs: Buffer.of(), toolResult: Buffer.alloc(bytes, 'x') };
  const question = { $case: 'labelResponse', value } as const;
  return { message: { $case: 'ask', value: { id: 7, timeoutMs: 0, traceparent: '', question } } };
}

describe('the codec of messages', () => {
  it('writes each message as the generated code does, after larger and smaller ones', () => {
    const serialize = serializer(Codec);
    for (const bytes of sizes)
      assert.deepEqual(serialize(ask(bytes)), Buffer.from(Codec.encode(ask(bytes)).finish()));
  });

  it('leaves what it wrote before as it was', () => {
    const serialize = serializer(Codec);
    const first = serialize(ask(1_000));
    const copy = Buffer.from(first);
    serialize(ask(999));
    assert.deepEqual(first, copy);
  });

  it('forgets a message that cannot be written', () => {
    const serialize = serializer(Codec);
    const message = { $case: 'cancel', value: { id: 1.5 } } as const;
    assert.throws(() => serialize({ message }));
    assert.deepEqual(serialize(ask(3)), Buffer.from(Codec.encode(ask(3)).finish()));
  });

  it('reads what it wrote', () => {
    const deserialize = deserializer(Codec);
    for (const bytes of sizes)
      assert.deepEqual(
        deserialize(serializer(Codec)(ask(bytes))),
        deserialize(Buffer.from(Codec.encode(ask(bytes)).finish())),
      );
    assert.throws(() => deserialize(Buffer.of(0xff)));
  });
});
