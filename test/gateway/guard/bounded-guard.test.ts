import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ToolCall } from '../../../gateway/backend/backend.ts';
import { BoundedGuard, type Overruled } from '../../../gateway/guard/bounded-guard.ts';
import { noopGuard, writeSinkGuard } from '../../../gateway/guard/built-in-guards.ts';
import type { Guard } from '../../../gateway/guard/guard.ts';
import type { Bounds } from '../../../gateway/monitor/bounds.ts';
import type { Mode } from '../../../gateway/monitor/mode.ts';
import type { DescribedLabels, ResponseLabels } from '../../../gateway/response/response-labels.ts';
import { labels } from '../granting-server.ts';

const never = new AbortController().signal;
const call: ToolCall = { tool: 'get', args: '{}' };
const described = (secrecy: readonly string[], integrity: readonly string[] = []): DescribedLabels => ({
  description: 'a thing',
  ...labels(secrecy, integrity),
});

/** A guard of which only a part says something. */
function bounded(parts: Partial<Guard>, bounds: Bounds) {
  const events: Overruled[] = [];
  const guard = new BoundedGuard(
    { ...noopGuard, ...parts },
    { bounds, overruled: (event) => events.push(event) },
  );
  return { guard, events };
}

const answering = (said: ResponseLabels) => ({ labelResponse: async () => said });
const tooLarge = { code: 'INVALID_OUTPUT', message: 'the guard said more than its bounds allow' };

suite('a bounded guard', () => {
  test('keeps descriptions, and tells of each overruling once, with the number of labels', async () => {
    const said: ResponseLabels = {
      kind: 'paths',
      entries: [
        { path: '/0', labels: described([]) },
        { path: '/1', labels: described([]) },
        { path: '/2', labels: undefined },
      ],
      defaultLabels: described(['floor', 'foreign']),
      itemsPath: '',
    };
    const bounds = { readFloor: ['floor'], namespace: ['floor'] };
    const { guard, events } = bounded(answering(said), bounds);
    const answer = await guard.labelResponse(call, '[1,2,3]', never);
    assert.ok(answer.kind === 'paths');
    const [first, , third] = answer.entries;
    assert.deepEqual(first?.labels?.secrecy, new Set(['floor']));
    assert.equal(first?.labels?.description, 'a thing');
    assert.equal(third?.labels, undefined);
    assert.equal(answer.defaultLabels?.unreadable, 'READ_SECRECY');
    assert.deepEqual(events, [
      { overruling: 'BELOW_READ_FLOOR', count: 2, tool: 'get' },
      { overruling: 'READ_OUTSIDE_NAMESPACE', count: 1, tool: 'get' },
    ]);
  });

  test('bounds what is said of echoed items, and hands on that nothing is said', async () => {
    const said: ResponseLabels = { kind: 'items', entries: [{ data: '1', labels: described([]) }] };
    const { guard } = bounded(answering(said), { readFloor: ['floor'] });
    const answer = await guard.labelResponse(call, '[1]', never);
    assert.ok(answer.kind === 'items');
    assert.deepEqual(answer.entries[0]?.labels?.secrecy, new Set(['floor']));
    const silent = bounded({}, { readFloor: ['floor'] });
    assert.deepEqual(await silent.guard.labelResponse(call, '[1]', never), { kind: 'none' });
    assert.deepEqual(silent.events, []);
  });

  test('tells of what it is about: a tool, or what an agent is granted', async () => {
    const labelResource = async () => ({ resource: described([]), operation: 'read' as const });
    const { guard, events } = bounded(
      { grant: labels(['foreign']), labelResource },
      { namespace: [], reads: [] },
    );
    assert.deepEqual(guard.grant, labels());
    assert.equal((await guard.labelResource(call, never)).operation, 'read-write');
    assert.deepEqual(events, [
      { overruling: 'GRANT_OUTSIDE_NAMESPACE', count: 1 },
      { overruling: 'NOT_A_READ', count: 1, tool: 'get' },
    ]);
  });

  test('has the mode that the guard has at the moment', () => {
    let mode: Mode = 'filter';
    const parts = Object.defineProperty({ ...noopGuard }, 'mode', { get: () => mode });
    const guard = new BoundedGuard(parts, { bounds: {}, overruled: () => undefined });
    assert.equal(guard.mode, 'filter');
    mode = 'strict';
    assert.equal(guard.mode, 'strict');
  });

  test('has its responses judged where it is a write sink with a floor on what is read', () => {
    const sink = writeSinkGuard({ accept: ['*'], visibility: undefined });
    assert.ok(bounded(sink, { writeFloor: ['i'], readFloor: [] }).guard.isOperatorsWord);
    assert.ok(!bounded(sink, { readFloor: ['s'] }).guard.isOperatorsWord);
  });

  test('ends with its guard, which ends when it grants too much to be had', () => {
    let ends = 0;
    const parts = { grant: labels(['a', 'b']), [Symbol.dispose]: () => void ends++ };
    bounded(parts, { maxTags: 2 }).guard[Symbol.dispose]();
    assert.equal(ends, 1);
    assert.throws(() => bounded(parts, { maxTags: 1 }), tooLarge);
    assert.equal(ends, 2);
  });
});

suite('an answer that is too large', () => {
  const entries = (count: number) =>
    Array.from({ length: count }, () => ({ path: '/a/0', labels: undefined }));
  const paths = { kind: 'paths', entries: entries(2), defaultLabels: undefined, itemsPath: '/a' } as const;
  const echo = (data: string) => ({ kind: 'items', entries: [{ data, labels: undefined }] }) as const;
  const answers: readonly (readonly [
    about: string,
    bounds: Bounds,
    said: ResponseLabels,
    isRefused: boolean,
  ])[] = [
    ['as many items as there may be', { maxItems: 2 }, paths, false],
    ['more items than there may be', { maxItems: 1 }, paths, true],
    ['pointers that are as deep as they may be', { maxNesting: 2 }, paths, false],
    ['pointers that are deeper', { maxNesting: 1 }, paths, true],
    ['an items_path that is deeper', { maxNesting: 2 }, { ...paths, entries: [], itemsPath: '/a/b/c' }, true],
    ['an item that is as deep as it may be', { maxNesting: 2 }, echo('[{"[[[":"\\"[[["},[1]]'), false],
    ['an item that is deeper', { maxNesting: 1 }, echo('[[1],[2]]'), true],
    [
      'labels of an item with more tags',
      { maxTags: 1 },
      { ...paths, entries: [{ path: '/a/0', labels: described(['a', 'b']) }] },
      true,
    ],
    [
      'default labels with longer tags',
      { maxTagLength: 1 },
      { ...paths, defaultLabels: described([], ['aa']) },
      true,
    ],
    [
      'items that are nothing',
      { maxNesting: 1 },
      { kind: 'items', entries: [{ data: undefined, labels: undefined }] },
      false,
    ],
  ];
  for (const [about, bounds, said, isRefused] of answers) {
    test(`${isRefused ? 'is' : 'is none with'} ${about}`, async () => {
      const { guard, events } = bounded(answering(said), bounds);
      const answer = guard.labelResponse(call, '{}', never);
      await (isRefused ? assert.rejects(answer, tooLarge) : answer);
      assert.deepEqual(events, isRefused ? [{ overruling: 'TOO_LARGE', count: 1, tool: 'get' }] : []);
    });
  }

  test('is a resource with more tags', async () => {
    const labelResource = async () => ({ resource: described(['a', 'b']), operation: 'read' as const });
    await assert.rejects(
      bounded({ labelResource }, { maxTags: 1 }).guard.labelResource(call, never),
      tooLarge,
    );
  });

  test('with a million brackets is found in time linear in it', async () => {
    const said = echo('['.repeat(1_000_000));
    await assert.rejects(
      bounded(answering(said), { maxNesting: 256 }).guard.labelResponse(call, '{}', never),
      tooLarge,
    );
  });
});
