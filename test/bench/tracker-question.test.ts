import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseResourceOutput } from '../../sidecar/guard-output/parse-resource-output.ts';
import { parseResponseOutput } from '../../sidecar/guard-output/parse-response-output.ts';
import { GuestAlone } from './guest-alone.ts';
import { responseOf, smallResource, trackerGuard } from './tracker-question.ts';

const { bytes, policy } = await trackerGuard();

test('a page of 100 issues has about 150 KB, and the guard labels each of them', () => {
  const question = responseOf(100);
  assert.ok(Math.abs(question.input.input.length - 150_000) < 10_000, `${question.input.input.length} bytes`);
  const { form } = parseResponseOutput(new GuestAlone(bytes, policy).ask(question));
  assert.equal(form?.$case, 'paths');
  if (form?.$case !== 'paths') return;
  assert.equal(form.value.entries.length, 100);
  const distinct = new Set(form.value.entries.map(({ labels }) => JSON.stringify(labels)));
  assert.equal(distinct.size, 4, 'private or not, from a maintainer or not');
});

test('the labels of the small question depend on its arguments', () => {
  const { resource } = parseResourceOutput(new GuestAlone(bytes, policy).ask(smallResource()));
  assert.deepEqual(resource?.secrecy, ['tracker:private']);
});
