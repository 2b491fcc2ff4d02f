import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseResourceOutput } from '../../sidecar/guard-output/parse-resource-output.ts';
import { parseResponseOutput } from '../../sidecar/guard-output/parse-response-output.ts';
import { GuestAlone } from './guest-alone.ts';
import { backendAnswer, trackerGuard } from './tracker-backend.ts';
import { responseOf, shortResponseOf, smallResource } from './tracker-question.ts';

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

for (const calls of [0, 1, 5] as const) {
  for (const question of [smallResource(calls), responseOf(10, calls)]) {
    test(`asks its backend ${calls} times: ${question.name}`, () => {
      const guest = new GuestAlone(bytes, policy);
      guest.ask(question);
      assert.equal(guest.backendCalls, calls);
      assert.equal(question.backendCalls, calls);
    });
  }
}

test('the backend’s answer is an issue of 1 KB', () => {
  assert.ok(Math.abs(backendAnswer.length - 1_000) < 50, `${backendAnswer.length} bytes`);
});

test('10,000 short items are within what a guard takes', () => {
  const question = shortResponseOf(10_000);
  assert.ok(question.input.input.length < 4_000_000, `${question.input.input.length} bytes`);
  const { form } = parseResponseOutput(new GuestAlone(bytes, policy).ask(question));
  assert.equal(form?.$case === 'paths' && form.value.entries.length, 10_000);
});
