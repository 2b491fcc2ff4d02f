import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  type DenialReason,
  type FailureReason,
  type Outcome,
  renderAcknowledgement,
  renderEmptyResult,
  renderNotice,
  renderOutcome,
} from '../../../gateway/outcome.ts';
import { outcomeError } from '../../../gateway/relay/outcome-error.ts';

/** What clients see, word for word. */
const DENIALS: Record<DenialReason, string> = {
  READ_SECRECY: 'Denied: this is more secret than what you may read; use other sources, or tell the user.',
  READ_INTEGRITY:
    'Denied: this is less trusted than what you may read; use trusted sources, or tell the user.',
  WRITE_SECRECY:
    'Denied: you carry information that may not go where this tool writes, so nothing was sent; tell the user.',
  WRITE_INTEGRITY:
    'Denied: this tool writes where only trusted input may go, and yours is not, so nothing was sent; tell the user.',
  AUDIENCE:
    'Denied: you carry information that may not be sent to this server at all, so nothing was sent; tell the user.',
  ITEMS_WITHHELD:
    'Denied: the response holds something that you may not read, and strict mode then denies all of it; ask for less.',
  TOOL_CHANGED:
    'Denied: this tool is not defined as it was when you first saw it, so it was not called; use others, or tell the user.',
};
const FAILURES: Record<FailureReason, string> = {
  GUARD_UNAVAILABLE: 'the guard of this server is not available; try again later, or tell the user.',
  GUARD_TRAPPED: 'the guard of this server crashed on this call; try another call, or tell the user.',
  GUARD_ERROR: 'the guard of this server cannot label this call; try another call, or tell the user.',
  INVALID_OUTPUT: 'the guard of this server gave labels that make no sense; tell the user.',
  DEADLINE_EXCEEDED: 'time ran out; try again later, or ask for less.',
  BUDGET_EXCEEDED: 'the guard of this server used up its computing time; ask for less.',
  MEMORY_LIMIT: 'the guard of this server used up its memory; ask for less.',
  QUEUE_FULL: 'too many calls wait for the guard of this server; try again later.',
  POLICY_REJECTED: 'the guard of this server does not accept its policy; tell the user.',
  BACKEND_UNAVAILABLE: 'this server cannot be reached; try again later, or tell the user.',
  BACKEND_ERROR: 'this server did not answer as it should; check the arguments, or tell the user.',
  RATE_LIMITED:
    'this server said that it is called too often, so it was not called; wait a minute before you try again.',
  FILTER_FAILED: 'the filter for the results of this tool failed; try another call, or tell the user.',
  PAYLOAD_FAILED:
    'the result is too large, and could not be written to a file; ask for less, or tell the user.',
  AUDIT_UNAVAILABLE:
    'what becomes of calls cannot be written down now, so none is answered; try again later, or tell the user.',
  CANCELLED: 'the call was cancelled.',
  INTERNAL: 'an internal error of the gateway; tell the user.',
};

function isDenialReason(reason: string): reason is DenialReason {
  return reason in DENIALS;
}

function isFailureReason(reason: string): reason is FailureReason {
  return reason in FAILURES;
}

describe('an outcome', () => {
  test('that is a result is the result’s own text', () => {
    assert.equal(
      renderOutcome({ kind: 'result', isChanged: false, text: ' {"content":[]}' }),
      ' {"content":[]}',
    );
  });

  for (const reason of Object.keys(DENIALS).filter(isDenialReason)) {
    test(`that is denied for ${reason} always has the same words`, () => {
      expectWords({ kind: 'denied', reason }, DENIALS[reason]);
    });
  }

  for (const reason of Object.keys(FAILURES).filter(isFailureReason)) {
    test(`that failed for ${reason} always has the same words`, () => {
      const sentence = `Failed, so nothing is returned: ${FAILURES[reason]}`;
      expectWords({ kind: 'failed', reason }, sentence);
    });
  }

  test('that failed after the tool was called says so', () => {
    const text = renderOutcome({ kind: 'failed', reason: 'GUARD_TRAPPED', wasCalled: true });
    assert.ok(
      text.includes(
        'The tool had been called and may have done its work, so check before you call it again.',
      ),
    );
  });
});

test('nothing else tells an agent a reason, so that it could be in other words', async () => {
  const root = join(import.meta.dirname, '..', '..', '..');
  const files = globSync('gateway/**/*.ts', { cwd: root });
  const texts = await Promise.all(
    files.map(async (file) => [file, await readFile(join(root, file), 'utf8')]),
  );
  const filesWith = (words: RegExp) =>
    texts.filter(([, text]) => words.test(text ?? '')).map(([file]) => file);
  assert.deepEqual(filesWith(/sluice\.dev\/reason/).sort(), ['gateway/outcome.ts']);
  assert.deepEqual(filesWith(/\[outcomeKeys\.reason\]:/).sort(), [
    // To whoever has set up agentgateway, of no call.
    'gateway/ext-mcp/ext-mcp-judge.ts',
    'gateway/outcome.ts',
    'gateway/relay/outcome-error.ts',
  ]);
});

describe('tags in a denial', () => {
  const tags = ['private:a', 'private:b'];

  for (const reason of ['WRITE_SECRECY', 'READ_INTEGRITY', 'AUDIENCE'] as const) {
    test(`are named for ${reason}, where they are the agent's own`, () => {
      assert.ok(sentence({ kind: 'denied', reason, tags }).endsWith('Tags: "private:a", "private:b".'));
    });
  }

  for (const reason of ['READ_SECRECY', 'WRITE_INTEGRITY', 'ITEMS_WITHHELD'] as const) {
    test(`are not named for ${reason}, where they are the resource's`, () => {
      assert.equal(sentence({ kind: 'denied', reason, tags }), DENIALS[reason]);
    });
  }

  test('are few, short and on one line', () => {
    const many = [
      'a\nb\u202e"c',
      'x'.repeat(1_000_000),
      ...Array.from({ length: 100_000 }, (_, index) => `t${index}`),
    ];
    const text = sentence({ kind: 'denied', reason: 'AUDIENCE', tags: many });
    assert.ok(text.length < 2_000);
    assert.ok(text.includes('Tags: "a b \\"c", "xxx') && text.endsWith('"t7" and 99992 more.'));
  });
});

describe('a notice', () => {
  const cases = [
    { withheld: { count: 1, secrecy: 1, integrity: 0 }, says: '1 item was withheld by the secrecy policy.' },
    {
      withheld: { count: 2, secrecy: 0, integrity: 2 },
      says: '2 items were withheld by the integrity policy.',
    },
    {
      withheld: { count: 3, secrecy: 1, integrity: 2 },
      says: '3 items were withheld by the access policy: 1 by secrecy, 2 by integrity.',
    },
  ];
  for (const { withheld, says } of cases) {
    test(`says that ${says}`, () => {
      const { contentItem, metaMember } = renderNotice(withheld);
      assert.deepEqual(JSON.parse(contentItem), { type: 'text', text: `[Sluice] ${says}` });
      assert.deepEqual(JSON.parse(`{${metaMember}}`), { 'sluice.dev/withheld': withheld });
    });
  }

  test('is all there is in a list of which nothing is left', () => {
    assert.equal(renderEmptyResult(undefined), '{"content":[]}');
    const notice = renderNotice({ count: 1, secrecy: 1, integrity: 0 });
    assert.equal(JSON.parse(renderEmptyResult(notice)).content.length, 1);
  });
});

test('an acknowledgement is no error, and claims neither success nor failure', () => {
  const text =
    'The tool was called and has answered, but its answer may not be shown to you; do not call it again for that.';
  assert.deepEqual(JSON.parse(renderAcknowledgement()), { content: [{ type: 'text', text }] });
});

/** In the result of a tool, and in the JSON-RPC error of any other request. */
function expectWords(outcome: Exclude<Outcome, { kind: 'result' }>, words: string): void {
  const { kind, reason } = outcome;
  assert.deepEqual(JSON.parse(renderOutcome(outcome)), errorResult(kind, reason, words));
  const { code, message, data } = outcomeError(outcome);
  const codes = { 'sluice.dev/outcome': kind, 'sluice.dev/reason': reason };
  assert.deepEqual({ code, message, data }, { code: -32603, message: words, data: codes });
}

function sentence(outcome: Outcome): string {
  return JSON.parse(renderOutcome(outcome)).content[0].text;
}

function errorResult(kind: string, reason: string, text: string) {
  return {
    content: [{ type: 'text', text }],
    isError: true,
    _meta: { 'sluice.dev/outcome': kind, 'sluice.dev/reason': reason },
  };
}
