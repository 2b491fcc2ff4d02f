import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SseReader, type StreamEvent } from '../../../gateway/server-transport/sse-reader.ts';
import { TransportError } from '../../../gateway/server-transport/transport-error.ts';

/** The events of a stream that comes in chunks of so many bytes. */
function events(stream: string, chunkBytes: number, reader = new SseReader()): StreamEvent[] {
  const bytes = Buffer.from(stream);
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
  return chunks.flatMap((chunk) => reader.read(chunk));
}

const cases: readonly (readonly [
  about: string,
  stream: string,
  ...events: [type: string, data: string][],
])[] = [
  ['ends with an empty line', 'data: {"a":1}\n\n', ['message', '{"a":1}']],
  ['may have no space behind the colon', 'data:a\n\n', ['message', 'a']],
  ['loses one space behind the colon, not two', 'data:  a\n\n', ['message', ' a']],
  [
    'has the data of all its lines',
    'data: a\ndata\ndata:\ndata: é→\u{1f600}\n\n',
    ['message', 'a\n\n\né→\u{1f600}'],
  ],
  ['may have a type', 'event: endpoint\ndata: /x\n\ndata: b\n\n', ['endpoint', '/x'], ['message', 'b']],
  ['is none where there is no data', 'event: a\n\n: comment\nid: 1\nretry: 5\n\n\n\n'],
  ['may have empty data', 'data\n\ndata:\n\n', ['message', ''], ['message', '']],
  ['may have fields that nobody knows', 'foo: bar\nbaz\ndata: a\n:data: b\n\n', ['message', 'a']],
  ['is none before its end', 'data: a\n'],
  ['may begin with a byte order mark', '\ufeffdata: a\n\n\ufeffdata: b\n\n', ['message', 'a']],
  ['may be long', `data: ${'é'.repeat(5_000)}\n\n`, ['message', 'é'.repeat(5_000)]],
];

suite('an event', () => {
  for (const [about, stream, ...expected] of cases) {
    for (const [name, end] of [
      ['LF', '\n'],
      ['CR', '\r'],
      ['CRLF', '\r\n'],
    ] as const) {
      test(`${about}, with ${name} at the ends of lines and chunks of any size`, () => {
        for (const chunkBytes of [1, 2, 3, 5, 7, 4_096, 1_000_000]) {
          const read = events(stream.replaceAll('\n', end), chunkBytes);
          const ends = expected.map(([type, data]) => ({ type, data }));
          assert.deepEqual(read, ends);
        }
      });
    }
  }

  test('may have lines that end in different ways', () => {
    for (const chunkBytes of [1, 2, 3, 100]) {
      const read = events('data: a\r\rdata: b\n\r\ndata: c\r\n\ndata: d\r\n\r\n', chunkBytes);
      assert.deepEqual(
        read.map(({ data }) => data),
        ['a', 'b', 'c', 'd'],
      );
    }
  });
});

suite('a stream', () => {
  test('goes on behind the last event that was complete', () => {
    const reader = new SseReader();
    events('id: 1\ndata: a\n\n', 1, reader);
    assert.equal(reader.lastEventId, '1');
    events('id: 2\ndata: b\n', 1, reader);
    assert.equal(reader.lastEventId, '1');
    reader.restart();
    assert.deepEqual(events('data: c\n\n', 1, reader), [{ type: 'message', data: 'c' }]);
    assert.equal(reader.lastEventId, '1');
    events('id: 3\n\n', 1, reader);
    assert.equal(reader.lastEventId, '3');
  });

  test('cannot go on behind an empty id, and an id with a zero is none', () => {
    const reader = new SseReader();
    events('id: 1\n\nid: a\0b\n\n', 100, reader);
    assert.equal(reader.lastEventId, '1');
    events('id\n\n', 100, reader);
    assert.equal(reader.lastEventId, undefined);
  });

  test('says how long to wait, in digits only, and never longer than a timer can', () => {
    const reader = new SseReader();
    events('retry: 250\n', 100, reader);
    assert.equal(reader.retryMs, 250);
    events('retry: 1s\nretry: -1\nretry:\n', 100, reader);
    assert.equal(reader.retryMs, 250);
    events(`retry: ${'9'.repeat(400)}\n`, 1_000, reader);
    assert.equal(reader.retryMs, 2 ** 31 - 1);
  });

  const tooLarge = (error: unknown) => error instanceof TransportError && error.code === 'TOO_LARGE';
  for (const stream of [
    'x'.repeat(101),
    `data: ${'x'.repeat(95)}\n`,
    'data: 345678\n'.repeat(9),
    'data\n'.repeat(26),
  ]) {
    test(`has events within a limit: ${stream.slice(0, 9)}…`, () => {
      for (const chunkBytes of [1, 1_000]) {
        assert.throws(() => events(stream, chunkBytes, new SseReader(100)), tooLarge);
      }
    });
  }

  test('may be as long as it likes, comments included', () => {
    const reader = new SseReader(100);
    const stream = `${': still here\n'.repeat(50)}data: ${'x'.repeat(90)}\n\n`.repeat(10);
    assert.equal(events(stream, 7, reader).length, 10);
  });
});
