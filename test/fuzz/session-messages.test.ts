import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fuzzSessionMessages } from './session-messages.ts';

describe('whatever a client sends', () => {
  it('ends its own stream at most, and is answered once for each question', {
    timeout: 120_000,
  }, async () => {
    const counts = await fuzzSessionMessages({ seed: 20_261_122, iterations: 400 });
    const said = JSON.stringify(counts);
    assert.ok((counts['ended with 0'] ?? 0) > 50, `too few ended with OK: ${said}`);
    assert.ok((counts['ended with 3 INVALID_REQUEST'] ?? 0) > 5, `too few broke the protocol: ${said}`);
    assert.ok((counts.answered ?? 0) > 150, `too few were answered: ${said}`);
    assert.ok((counts.failed ?? 0) > 50, `too few failed: ${said}`);
    assert.ok((counts['answered beside them'] ?? 0) > 10, `too few beside them: ${said}`);
  });
});
