import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unrest } from './unrest.ts';

test('a machine with a load average of 1 is quiet', () => {
  assert.equal(unrest({ loadAtStart: 1 }), undefined);
});

test('a load average above 1 at the start is no quiet machine', () => {
  assert.match(unrest({ loadAtStart: 1.5 }) ?? '', /not quiet \(load average 1\.50, above 1\)/);
});
