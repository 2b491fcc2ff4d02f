import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { describeExplanation } from '../../../gateway/explain/describe-explanation.ts';
import type { ExplainedItem, Explanation } from '../../../gateway/explain/explanation.ts';
import { labels } from '../granting-server.ts';

const allowed: Explanation = {
  server: 's',
  tool: 't',
  guardKind: 'wasm',
  callLimit: undefined,
  grants: [],
  agent: { labels: labels(), areGiven: true },
  mode: 'filter',
  resource: undefined,
  access: undefined,
  reads: [],
  areReadsAllowed: false,
  response: undefined,
  verdict: { kind: 'allowed', delivered: undefined },
};

/** What could move a cursor, hide text, or begin a line of its own. */
const evil = 'a\u001b[2J\nallowed\u202e\u0085\u2028b';

function said(explanation: Partial<Explanation>): string {
  return describeExplanation({ ...allowed, ...explanation }).join('\n');
}

function item(description: string): ExplainedItem {
  const own = { ...labels([evil], [evil]), description };
  return { path: `/${evil}/0`, labels: own, broken: { rule: 'READ_SECRECY', tags: [evil] } };
}

suite('an explanation for people', () => {
  test('holds nothing of what guards and servers wrote that a terminal would obey', () => {
    const text = said({
      tool: evil,
      agent: { labels: labels([evil], [evil]), areGiven: true },
      grants: [{ server: 's', kind: 'failed', reason: 'GUARD_ERROR', problem: evil }],
      resource: { resource: { ...labels([evil], [evil]), description: evil }, operation: 'read' },
      access: { kind: 'allow-with-propagate', secrecyToAdd: [evil], integrityToDrop: [evil] },
      reads: [{ server: 's', tool: evil, args: evil, answer: 'error', message: evil }],
      areReadsAllowed: true,
      response: { kind: 'items', items: [item(evil)], isRestCut: true },
      verdict: { kind: 'failed', reason: 'GUARD_ERROR', problem: evil },
    });
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{C}\u2028\u2029]/u);
    assert.doesNotMatch(text, /^allowed/m);
  });

  test('says how often an agent may call the tool', () => {
    assert.match(said({ callLimit: 3 }), /^ {2}limit {7}3 calls of this tool in one agent session$/m);
  });

  test('is short however much there is', () => {
    const many = Array.from({ length: 100_000 }, (_, index) => `t${index}`);
    const read = {
      server: 's',
      tool: 'x'.repeat(10_000),
      args: '{}'.repeat(10_000),
      answer: 'result',
      message: '',
    } as const;
    const text = said({
      agent: { labels: labels(many, many), areGiven: true },
      reads: Array.from({ length: 1_000 }, () => read),
      response: {
        kind: 'items',
        items: Array.from({ length: 100_000 }, () => item('x'.repeat(10_000))),
        isRestCut: false,
      },
      verdict: { kind: 'denied', reason: 'AUDIENCE', tags: many },
    });
    assert.ok(text.length < 60_000, String(text.length));
    assert.ok(text.includes('and 99980 more'));
    assert.ok(text.includes('guard reads 980 more'));
    assert.ok(text.includes('and 99900 more: --json has all'));
  });
});
