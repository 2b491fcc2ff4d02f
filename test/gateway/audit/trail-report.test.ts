import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { DecisionEvent } from '../../../gateway/audit/audit-event.ts';
import { renderEvent } from '../../../gateway/audit/render-event.ts';
import { type ReportRules, TrailReport } from '../../../gateway/audit/trail-report.ts';
import { serverConfig } from '../granting-server.ts';
import { decision, labels } from './trail-folder.ts';

const house = labels(['house']);
const none = labels();
const access = {
  operation: 'read',
  mode: 'propagate',
  guardMode: 'propagate',
  isIndivisible: false,
} as const;

/** A read that tainted its agent. */
const taint: Partial<DecisionEvent> = {
  server: 'secrets',
  access: { ...access, resource: house },
  response: { form: 'resource', items: [{ labels: house, count: 1 }], withheld: 0 },
  after: house,
};
const write = { operation: 'write', mode: 'filter', guardMode: 'filter', isIndivisible: false } as const;
/** A write that was denied for that. */
const denied: Partial<DecisionEvent> = {
  server: 'letters',
  access: { ...write, resource: none },
  outcome: 'denied',
  reason: 'WRITE_SECRECY',
  before: house,
  after: house,
};

const servers = ['secrets', 'letters'].map((name) => serverConfig({ name }));

function reported(
  rules: Partial<ReportRules>,
  events: readonly Partial<DecisionEvent>[],
  head: object[] = [],
) {
  const report = new TrailReport({ guardsMode: undefined, servers, ...rules });
  const lines = [...head, ...events.map((event) => JSON.parse(renderEvent(decision(event))))];
  return lines.map((line) => report.follow(line)?.sentence);
}

suite('a report', () => {
  test('says nothing of decisions that would be the same', () => {
    assert.deepEqual(reported({}, [taint, denied]), [undefined, undefined]);
  });

  test('follows what agents would become: who may not read is not tainted, and may write', () => {
    assert.deepEqual(reported({ guardsMode: 'strict' }, [taint, denied]), [
      'was answered, and would be denied READ_SECRECY',
      'was denied WRITE_SECRECY, and the server would be asked',
    ]);
  });

  test('keeps what a guard granted later', () => {
    const granted = { ...taint, before: labels(['late']), after: labels(['late', 'house']) };
    const after = { ...denied, before: granted.after, after: granted.after };
    assert.deepEqual(
      reported({ guardsMode: 'strict' }, [{ ...taint, after: none }, granted, after]).slice(1),
      ['was answered, and would be denied READ_SECRECY', undefined],
    );
  });

  test('takes a declassification for one that would happen again', () => {
    const report = new TrailReport({ guardsMode: undefined, servers });
    const of = (event: Partial<DecisionEvent>) => JSON.parse(renderEvent(decision(event)));
    report.follow(of(taint));
    const line = { kind: 'declassified', rule: 'r', server: 's', tool: 't' } as const;
    const who = { principal: 'alice', run: '1' };
    report.follow(JSON.parse(renderEvent({ ...line, ...who, before: house, after: none })));
    const written = of({ ...denied, outcome: 'result', before: none, after: none, response: wrote });
    assert.equal(report.follow(written), undefined);
  });

  test('says of a server that is not configured, and of labels that were left out, that nothing is known', () => {
    assert.deepEqual(reported({ servers: [] }, [taint]), ['no such server is configured']);
    const report = new TrailReport({ guardsMode: undefined, servers });
    assert.equal(report.follow({ kind: 'decision', isCut: true })?.change, 'unknown');
    assert.deepEqual([report.decisions, report.count('unknown')], [1, 1]);
  });

  test('does not match redacted tags with an audience', () => {
    const bounded = servers.map((server) => ({ ...server, audience: ['house'] }));
    const head = [{ kind: 'trail-begun', redacted: true }];
    const [, , sentence] = reported({ servers: bounded }, [taint, denied], head);
    assert.equal(sentence, 'its tags are redacted, and an audience names tags');
  });
});

const wrote = { form: 'resource', items: [{ labels: none, count: 1 }], withheld: 0 } as const;
