/** What is decided, against the page's words written down naively; and that no reading makes an agent cleaner. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AgentSession } from '../../gateway/agent/agent-session.ts';
import { decide, type ResourceAccess, stopsCall } from '../../gateway/monitor/access.ts';
import { filter } from '../../gateway/monitor/filter.ts';
import { canFlow, join, type Labels } from '../../gateway/monitor/labels.ts';
import { holds } from '../harness/property.ts';
import {
  anyAccess,
  anyLabels,
  anyMode,
  anyOperation,
  naiveCovers,
  naiveFlows,
  naiveReturns,
} from './arbitrary-labels.ts';

const items = fc.array(fc.option(anyLabels, { nil: undefined }), { maxLength: 6 });

describe('decide', () => {
  test('is what the page says', (t) =>
    holds(
      t,
      fc.property(anyAccess, (access) => {
        const decision = decide(access);
        assert.equal(decision.kind === 'deny' ? decision.reason : 'allowed', naiveVerdict(access));
        const isCostly = access.operation !== 'write' && !naiveFlows(access.resource, access.agent);
        if (decision.kind !== 'deny')
          assert.equal(decision.kind, isCostly ? 'allow-with-propagate' : 'allow');
      }),
      3_000,
    ));

  test('stops every call that is not allowed, but for a read in filter mode', (t) =>
    holds(
      t,
      fc.property(anyAccess, (access) => {
        const verdict = naiveVerdict(access);
        const goesOn = access.mode === 'filter' && access.operation === 'read' && verdict !== 'AUDIENCE';
        return stopsCall(access, decide(access)) === (verdict !== 'allowed' && !goesOn);
      }),
      3_000,
    ));

  test('says what reading costs: an agent that pays it may read', (t) =>
    holds(
      t,
      fc.property(anyAccess, ({ agent, resource }) => {
        const decision = decide({ mode: 'propagate', operation: 'read', agent, resource });
        if (decision.kind !== 'allow-with-propagate') return;
        const secrecy = agent.secrecy.union(new Set(decision.secrecyToAdd));
        const integrity = agent.integrity.difference(new Set(decision.integrityToDrop));
        assert.ok(canFlow(resource, { secrecy, integrity }));
      }),
    ));

  test('allows an agent that holds more secrets no write that it was denied before', (t) =>
    holds(
      t,
      fc.property(anyAccess, anyLabels, (access, read) => {
        const write = { ...access, operation: 'write' as const };
        const tainted = { ...write, agent: join(access.agent, read) };
        if (decide(write).kind === 'deny') assert.equal(decide(tainted).kind, 'deny');
      }),
    ));
});

describe('filter', () => {
  test('returns what may be returned, and nothing else', (t) =>
    holds(
      t,
      fc.property(anyAccess, items, (access, own) => {
        const { fates } = filter(access, own);
        const returned = fates.map((rule) => rule === undefined);
        assert.deepEqual(
          returned,
          own.map((labels) => naiveReturns(access, labels ?? access.resource)),
        );
      }),
      2_000,
    ));

  test('never shows an item that strict mode would not show by itself', (t) =>
    holds(
      t,
      fc.property(anyAccess, items, (access, own) => {
        const filtering = { ...access, mode: 'filter' as const };
        const strict = { ...access, mode: 'strict' as const };
        const { fates } = filter(filtering, own);
        for (const [index, labels] of own.entries())
          assert.equal(fates[index] === undefined, !filter(strict, [labels]).isRefused);
        assert.equal(
          filter(strict, own).isRefused,
          fates.some((rule) => rule !== undefined),
        );
      }),
    ));
});

describe('an agent', () => {
  test('never becomes less tainted by a response, whatever the mode and the operation', (t) =>
    holds(
      t,
      fc.property(anyAccess, items, (access, own) => canFlow(access.agent, filter(access, own).agentAfter)),
      2_000,
    ));

  test('is as tainted as all that it was shown', (t) =>
    holds(
      t,
      fc.property(anyAccess, items, (access, own) => {
        const { fates, agentAfter } = filter(access, own);
        for (const [index, rule] of fates.entries())
          if (rule === undefined && access.operation !== 'write')
            assert.ok(canFlow(own[index] ?? access.resource, agentAfter));
      }),
      2_000,
    ));

  const reading = fc.record({ mode: anyMode, operation: anyOperation, resource: anyLabels, own: items });

  test('is never less tainted after any sequence of responses, also of calls that overlap', (t) =>
    holds(
      t,
      fc.property(fc.array(fc.tuple(reading, fc.boolean()), { maxLength: 8 }), (readings) => {
        const agent = new AgentSession('somebody', []);
        agent.receive(agent.labels, { secrecy: new Set(['a']), integrity: new Set() });
        let before = agent.labels;
        for (const [{ own, ...access }, overlaps] of readings) {
          // A call that overlaps was judged by what the agent was when the one before it was.
          if (!overlaps) before = agent.labels;
          const last = agent.labels;
          agent.receive(before, filter({ ...access, agent: before }, own).agentAfter);
          assert.ok(canFlow(last, agent.labels));
        }
      }),
    ));

  test('becomes the same whatever the order of its responses', (t) =>
    holds(
      t,
      fc.property(fc.array(fc.tuple(anyLabels, items), { maxLength: 5 }), (readings) => {
        const played = (order: typeof readings): Labels =>
          order.reduce(
            (agent, [resource, own]) =>
              filter({ mode: 'propagate', operation: 'read', agent, resource }, own).agentAfter,
            { secrecy: new Set(['a']), integrity: new Set(['a', 'b', '*']) } as Labels,
          );
        assert.deepEqual(sorted(played(readings)), sorted(played(readings.toReversed())));
      }),
    ));
});

/** The page's words: audience first, then reading before writing, integrity before secrecy. */
function naiveVerdict({ mode, operation, agent, resource, audience }: ResourceAccess): string {
  const patterns = audience ?? ['*'];
  const isWithin = (tag: string) =>
    patterns.some((pattern) =>
      pattern.endsWith('*') ? tag.startsWith(pattern.slice(0, -1)) : pattern === tag,
    );
  if (![...agent.secrecy].every(isWithin)) return 'AUDIENCE';
  if (operation !== 'write' && mode !== 'propagate') {
    if (!naiveCovers(resource.integrity, agent.integrity)) return 'READ_INTEGRITY';
    if (!naiveCovers(agent.secrecy, resource.secrecy)) return 'READ_SECRECY';
  }
  if (operation === 'read') return 'allowed';
  if (!naiveCovers(agent.integrity, resource.integrity)) return 'WRITE_INTEGRITY';
  // What a write accepts is cut to the audience, and the agent is within it: so it makes no difference here.
  return naiveCovers(resource.secrecy, agent.secrecy) ? 'allowed' : 'WRITE_SECRECY';
}

function sorted({ secrecy, integrity }: Labels) {
  return { secrecy: [...secrecy].sort(), integrity: [...integrity].sort() };
}
