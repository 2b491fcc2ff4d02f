import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError } from '../../../gateway/config/config-error.ts';
import { parseConfig } from '../../../gateway/config.ts';

function parse(audit: unknown) {
  const text = JSON.stringify({ gateway: { audit }, mcpServers: { s: { type: 'stdio', command: 'run' } } });
  return parseConfig(text, { folder: '/etc/sluice', env: {} }).audit;
}

suite('gateway.audit', () => {
  test('is where the trail lies, how large it gets and what depends on it', () => {
    const given = { file: 'trail.jsonl', redact: true, maxMiB: 1, keep: 2, required: true };
    assert.deepEqual(parse(given), {
      file: '/etc/sluice/trail.jsonl',
      redact: true,
      maxBytes: 1_048_576,
      keep: 2,
      required: true,
    });
    const defaults = { redact: false, maxBytes: 64 * 1024 * 1024, keep: 10, required: false };
    assert.deepEqual(parse({ file: '/var/log/trail' }), { file: '/var/log/trail', ...defaults });
    assert.equal(parse(undefined), undefined);
  });

  test('is refused where it says nothing that makes sense', () => {
    const problems = [
      'unknown key gateway.audit.path: known keys are file, redact, maxMiB, keep, required',
      'gateway.audit.file: is missing: write the file for the audit trail',
      'gateway.audit.maxMiB: must be a whole number from 1 to 65536',
      'gateway.audit.redact: must be true or false',
      'gateway.audit.keep: must be a whole number from 1 to 1000',
    ];
    assert.throws(
      () => parse({ path: 'x', maxMiB: 0.5, keep: 0, redact: 'yes' }),
      (error) => error instanceof ConfigError && assert.deepEqual(error.problems, problems) === undefined,
    );
  });
});
