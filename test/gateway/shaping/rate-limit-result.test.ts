import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { rateLimitOf } from '../../../gateway/shaping/rate-limit-result.ts';

function limitIn(text: string, isError: unknown = true) {
  return rateLimitOf(JSON.stringify({ content: [{ type: 'text', text }], isError }));
}

suite('a result that says that a server is called too often', () => {
  const saying = [
    'Rate limit exceeded',
    'GET https://api.github.com: 403 API rate limit of 5000 still exceeded',
    'You have exceeded a secondary rate limit.',
    'HTTP 429: Too Many Requests',
    'rate limit: 403',
  ];
  for (const text of saying) test(`says "${text}"`, () => assert.ok(limitIn(text) !== undefined));

  test('is an error', () => {
    assert.equal(limitIn('rate limit exceeded', false), undefined);
    assert.equal(limitIn('rate limit exceeded', null), undefined);
    assert.equal(limitIn('rate limit exceeded', 'true'), undefined);
  });

  test('is about rates', () => {
    assert.equal(limitIn('403 Forbidden'), undefined);
    assert.equal(limitIn('see the rate limit of this API'), undefined);
    assert.equal(rateLimitOf('{"isError":true,"content":"rate limit exceeded"}'), undefined);
    assert.equal(rateLimitOf('{"isError":true} rate limit exceeded'), undefined);
  });

  const resets: readonly (readonly [string, number | undefined])[] = [
    ['[rate reset in 59s]', 59_000],
    ['[rate reset in 12m05s]', 725_000],
    ['rate limit resets in 30 seconds', 30_000],
    ['Retry after 5 minutes', 300_000],
    ['Retry-After: 60', 60_000],
    ['rate reset in 1h0m1s', 3_600_000],
    ['rate reset in 99999999s', 3_600_000],
    ['rate reset in 0s', undefined],
    ['rate reset soon', undefined],
  ];
  for (const [text, ms] of resets) {
    test(`is over after ${ms} ms when it says "${text}"`, () => {
      assert.deepEqual(limitIn(`rate limit exceeded ${text}`), { resetInMs: ms });
    });
  }
});
