import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokenRule, decide, type ObjectLabels, type Operation } from '../../../gateway/monitor/access.ts';
import {
  areTooLarge,
  type Bounds,
  boundGrant,
  boundObject,
  boundOperation,
} from '../../../gateway/monitor/bounds.ts';
import { filter } from '../../../gateway/monitor/filter.ts';
import type { Labels } from '../../../gateway/monitor/labels.ts';
import type { Mode } from '../../../gateway/monitor/mode.ts';
import { tagMatcher } from '../../../gateway/monitor/tag-pattern.ts';
import { seeded } from '../../harness/seeded.ts';
import { labels, sorted } from './read-vectors.ts';

const of = (secrecy: readonly string[] = [], integrity: readonly string[] = []): Labels =>
  labels({ secrecy, integrity });

/** What is left of labels, as lists. */
function spelled(object: ObjectLabels) {
  const { written, unreadable } = object;
  return { read: sorted(object), written: written && sorted(written), unreadable };
}

describe('the labels of a resource or an item', () => {
  interface Case {
    readonly name: string;
    readonly bounds: Bounds;
    readonly said: Labels;
    readonly operation?: Operation;
    readonly read: Labels;
    readonly written: Labels;
    readonly unreadable?: string;
    readonly overrulings: readonly string[];
  }

  const cases: readonly Case[] = [
    {
      name: 'stay what they are without bounds',
      bounds: {},
      said: of(['s', '*'], ['i', '*']),
      read: of(['s', '*'], ['i', '*']),
      written: of(['s', '*'], ['i', '*']),
      overrulings: [],
    },
    {
      name: 'are as secret as the read floor when read, and accept no more when written',
      bounds: { readFloor: ['house'] },
      said: of(['s']),
      read: of(['s', 'house']),
      written: of(['s']),
      overrulings: ['BELOW_READ_FLOOR'],
    },
    {
      name: 'that carry the read floor already are not overruled',
      bounds: { readFloor: ['house'] },
      said: of(['house']),
      read: of(['house']),
      written: of(['house']),
      overrulings: [],
    },
    {
      name: 'are believed up to the read ceiling, and need what they said when written',
      bounds: { readCeiling: ['none:*'] },
      said: of([], ['none:a', 'approved:a', '*']),
      read: of([], ['none:a']),
      written: of([], ['none:a', 'approved:a', '*']),
      overrulings: ['ABOVE_READ_CEILING'],
    },
    {
      name: 'need the write floor when written, and are no more trusted when read',
      bounds: { writeFloor: ['approved'] },
      said: of([], ['i']),
      read: of([], ['i']),
      written: of([], ['i', 'approved']),
      overrulings: ['BELOW_WRITE_FLOOR'],
    },
    {
      name: 'that hold foreign secrecy may not be read, and do not accept it',
      bounds: { namespace: ['files:*'] },
      said: of(['files:a', 'mail:a'], ['files:i']),
      read: of(['files:a', 'mail:a'], ['files:i']),
      written: of(['files:a'], ['files:i']),
      unreadable: 'READ_SECRECY',
      overrulings: ['READ_OUTSIDE_NAMESPACE', 'WRITE_OUTSIDE_NAMESPACE'],
    },
    {
      name: 'that hold foreign integrity may not be read, and still need it when written',
      bounds: { namespace: ['files:*'] },
      said: of([], ['mail:i']),
      read: of([], []),
      written: of([], ['mail:i']),
      unreadable: 'READ_INTEGRITY',
      overrulings: ['READ_OUTSIDE_NAMESPACE'],
    },
    {
      name: 'that accept everything accept nothing where the namespace is not everything',
      bounds: { namespace: ['files:*'] },
      said: of(['*']),
      operation: 'write',
      read: of(['*']),
      written: of([]),
      unreadable: 'READ_SECRECY',
      overrulings: ['WRITE_OUTSIDE_NAMESPACE'],
    },
    {
      name: 'may hold any tag where the namespace is *',
      bounds: { namespace: ['*'] },
      said: of(['*', 's'], ['*', 'i']),
      read: of(['*', 's'], ['*', 'i']),
      written: of(['*', 's'], ['*', 'i']),
      overrulings: [],
    },
    {
      name: 'of a read are not told of what a write would need',
      bounds: { writeFloor: ['approved'], namespace: [] },
      said: of(['s']),
      operation: 'read',
      read: of(['s']),
      written: of([], ['approved']),
      unreadable: 'READ_SECRECY',
      overrulings: ['READ_OUTSIDE_NAMESPACE'],
    },
    {
      name: 'hold the operator’s own tags, whatever the namespace',
      bounds: { namespace: ['files:*'], readFloor: ['house'], writeFloor: ['approved'] },
      said: of(['files:a']),
      read: of(['files:a', 'house']),
      written: of(['files:a'], ['approved']),
      overrulings: ['BELOW_READ_FLOOR', 'BELOW_WRITE_FLOOR'],
    },
  ];
  for (const { name, bounds, said, operation = 'read-write', ...expected } of cases) {
    test(name, () => {
      const { answer, overrulings } = boundObject(bounds, said, operation);
      const { read, written, unreadable } = expected;
      assert.deepEqual(spelled(answer), { read: sorted(read), written: sorted(written), unreadable });
      assert.deepEqual(overrulings, expected.overrulings);
    });
  }
});

describe('what is granted', () => {
  const said = of(['files:a', 'mail:a', '*'], ['files:i', 'mail:i', '*']);

  test('is what the namespace holds', () => {
    const { answer, overrulings } = boundGrant({ namespace: ['files:*'] }, said);
    assert.deepEqual(sorted(answer), sorted(of(['files:a'], ['files:i'])));
    assert.deepEqual(overrulings, ['GRANT_OUTSIDE_NAMESPACE']);
  });

  test('is all of it without a namespace, whatever the other bounds', () => {
    const bounds = { readFloor: ['house'], readCeiling: [], writeFloor: ['approved'], reads: [] };
    assert.deepEqual(boundGrant(bounds, said), { answer: said, overrulings: [] });
    assert.deepEqual(boundGrant({ namespace: ['*'] }, said).overrulings, []);
  });
});

describe('an operation', () => {
  const bounds = { reads: ['list_*', 'get'] };

  test('is a read where the operator says that it may be one', () => {
    for (const tool of ['get', 'list_', 'list_issues'])
      assert.equal(boundOperation(bounds, { tool, said: 'read' }).answer, 'read');
    assert.equal(boundOperation({}, { tool: 'put', said: 'read' }).answer, 'read');
  });

  test('is a read-write where a guard calls another tool a read', () => {
    for (const tool of ['put', 'get_all', 'a_list_', ''])
      assert.deepEqual(boundOperation(bounds, { tool, said: 'read' }), {
        answer: 'read-write',
        overrulings: ['NOT_A_READ'],
      });
    assert.equal(boundOperation({ reads: [] }, { tool: 'get', said: 'read' }).answer, 'read-write');
  });

  test('is never less than the guard says', () => {
    for (const said of ['write', 'read-write'] as const)
      assert.deepEqual(boundOperation(bounds, { tool: 'get', said }), { answer: said, overrulings: [] });
  });
});

describe('the size of labels', () => {
  test('is bounded in the tags of a list, and in their length', () => {
    assert.ok(!areTooLarge({ maxTags: 2, maxTagLength: 2 }, of(['aa', 'b'], ['cc', 'd'])));
    assert.ok(areTooLarge({ maxTags: 1 }, of(['a', 'b'])));
    assert.ok(areTooLarge({ maxTags: 1 }, of([], ['a', 'b'])));
    assert.ok(areTooLarge({ maxTagLength: 2 }, of(['aaa'])));
    assert.ok(areTooLarge({ maxTagLength: 2 }, of([], ['aaa'])));
    assert.ok(!areTooLarge({}, of(['a'.repeat(10_000)])));
  });
});

/** Any bounds, agent and guard's word, over few tags so that they meet often. */
function* situations(count: number) {
  const random = seeded(5);
  const tags = ['own:a', 'own:b', 'other:a', '*'];
  const patterns = ['own:*', 'own:a', 'other:*', '*'];
  const oneOf = <T>(values: readonly [T, ...T[]]): T =>
    values[Math.floor(random() * values.length)] ?? values[0];
  const some = (values: readonly string[]) => values.filter(() => random() < 0.4);
  const perhaps = (key: keyof Bounds, values: readonly string[]): Bounds =>
    random() < 0.5 ? { [key]: some(values) } : {};
  const anyLabels = () => of(some(tags), some(tags));
  for (let index = 0; index < count; index++) {
    const bounds: Bounds = {
      ...perhaps('readFloor', tags.slice(0, 3)),
      ...perhaps('readCeiling', patterns),
      ...perhaps('writeFloor', tags.slice(0, 3)),
      ...perhaps('namespace', patterns),
      ...perhaps('reads', ['get']),
    };
    const mode = oneOf<Mode>(['strict', 'filter', 'propagate']);
    const operation = oneOf<Operation>(['read', 'write', 'read-write']);
    yield { bounds, mode, operation, agent: anyLabels(), resource: anyLabels(), item: anyLabels() };
  }
}

describe('a bounded answer', () => {
  const all = [...situations(30_000)];

  test('lets nothing flow that the guard’s own word did not', () => {
    let allowed = 0;
    for (const { bounds, mode, operation, agent, resource, item } of all) {
      const free = { mode, operation, agent, resource };
      const bounded = {
        ...free,
        operation: boundOperation(bounds, { tool: 'get', said: operation }).answer,
        resource: boundObject(bounds, resource, operation).answer,
      };
      const own = boundObject(bounds, item, operation).answer;
      if (decide(bounded).kind !== 'deny') {
        allowed++;
        assert.notEqual(decide(free).kind, 'deny');
      }
      if (brokenRule(bounded, own) === undefined) assert.equal(brokenRule(free, item), undefined);
      if (decide({ ...free, operation: 'write' }).kind === 'deny')
        assert.equal(decide({ ...bounded, operation: 'write' }).kind, 'deny');
    }
    assert.ok(allowed > 1_000);
  });

  test('leaves an agent that reads no less secret and no more trusted than the guard’s own word did', () => {
    let read = 0;
    for (const { bounds, operation, agent, resource, item } of all) {
      const access = { mode: 'propagate' as const, operation: 'read' as const, agent };
      const free = filter({ ...access, resource }, [item]);
      const own = boundObject(bounds, item, operation).answer;
      const bounded = filter({ ...access, resource: boundObject(bounds, resource, 'read').answer }, [own]);
      if (bounded.fates[0] !== undefined) continue;
      read++;
      assert.ok(free.agentAfter.secrecy.isSubsetOf(bounded.agentAfter.secrecy));
      assert.ok(bounded.agentAfter.integrity.isSubsetOf(free.agentAfter.integrity));
    }
    assert.ok(read > 1_000);
  });

  test('that is read carries the floor, is trusted up to the ceiling, and holds own tags only', () => {
    for (const { bounds, mode, agent, resource, item } of all) {
      const { readFloor = [], readCeiling = ['*'], namespace = ['*'] } = bounds;
      const access = { mode, operation: 'read' as const, agent, resource };
      const { fates, agentAfter } = filter(access, [boundObject(bounds, item, 'read').answer]);
      if (fates[0] !== undefined) continue;
      const { secrecy, integrity } = agentAfter;
      assert.ok(secrecy.has('*') || readFloor.every((tag) => secrecy.has(tag)));
      const isBelieved = tagMatcher(readCeiling);
      assert.ok(isBelieved('*') || [...integrity].every(isBelieved));
      assert.ok([...item.secrecy, ...item.integrity].every(tagMatcher(namespace)));
    }
  });

  test('that is written to needs the floor, and accepts own tags only', () => {
    for (const { bounds, mode, agent, resource } of all) {
      const { writeFloor = [], namespace = ['*'] } = bounds;
      const bounded = boundObject(bounds, resource, 'write').answer;
      if (decide({ mode, operation: 'write', agent, resource: bounded }).kind === 'deny') continue;
      assert.ok(agent.integrity.has('*') || writeFloor.every((tag) => agent.integrity.has(tag)));
      const isOwn = tagMatcher(namespace);
      assert.ok(isOwn('*') || [...agent.secrecy].every(isOwn));
    }
  });
});
