/** The kit's checks of sidecars: ours passes them all, and each stand-in fails the very ones that it breaks. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { credentials } from '@grpc/grpc-js';
import type { CheckResult } from '../../conformance/check.ts';
import { runChecks } from '../../conformance/run-checks.ts';
import { sidecarChecks } from '../../conformance/sidecar/sidecar-checks.ts';
import { SidecarUnderTest } from '../../conformance/sidecar/sidecar-under-test.ts';
import { BackendErrorCode, Operation, Reason } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { finishedCommand } from '../harness/finished-command.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { assemble } from '../harness/wasm-guard.ts';
import { type Twist, TwistingSidecar } from './twisting-sidecar.ts';

const root = join(import.meta.dirname, '..', '..');
const guard = join(root, 'guards/conformance/conformance');
/** A stand-in keeps a check waiting for the guard's deadline at most, in milliseconds. */
const limits = { checkMs: 6_000, totalMs: 60_000 };

/** The checks that a stand-in is put through: those of what it stands for, without the slow ones. */
const quick = sidecarChecks.filter(
  ({ id }) => !/^(health|reflection|end\.oversized|end\.garbage|fail\.never-returns|order\.empty)/.test(id),
);

let sidecar: RunningSidecar;
before(async () => {
  const guards = { conformance: { type: 'wasm', path: `${guard}.wasm`, limits: { deadlineMs: 3_000 } } };
  sidecar = await RunningSidecar.start(guards);
});
after(() => sidecar[Symbol.asyncDispose]());

async function failing(twist: Twist): Promise<string[]> {
  using standIn = await TwistingSidecar.start(sidecar.address, twist);
  const access = { address: standIn.address, credentials: credentials.createInsecure(), options: {} };
  using subject = new SidecarUnderTest({ ...access, guard: 'conformance' });
  const results = await runChecks(subject, quick, { limits, tell: () => undefined });
  return results.filter(({ outcome }) => outcome !== 'pass').map(({ id }) => id);
}

suite('the kit, in front of a sidecar,', { timeout: 120_000 }, () => {
  test('passes ours in every check', async () => {
    const words = ['cli/main.ts', 'conformance', '--address', sidecar.address, '--json'];
    const { stdout, stderr, exitCode } = await finishedCommand(process.execPath, words);
    const { checks, ...counts } = JSON.parse(stdout);
    assert.deepEqual(
      checks.filter(({ outcome }: CheckResult) => outcome !== 'pass'),
      [],
    );
    const expected = { target: 'sidecar', address: sidecar.address, failed: 0, skipped: 0 };
    assert.deepEqual(counts, { ...expected, passed: sidecarChecks.length });
    assert.deepEqual([exitCode, stderr], [0, '']);
  });

  test('passes one that stands in front of ours and changes nothing', async () => {
    assert.deepEqual(await failing({}), []);
  });

  const idsOf = (pattern: RegExp) => quick.map(({ id }) => id).filter((id) => pattern.test(id));
  const twists: readonly (readonly [name: string, twist: Twist, fails: readonly string[]])[] = [
    [
      'calls a trap an error',
      {
        response: (response) => {
          const { message } = response;
          if (message?.$case !== 'failed' || message.value.reason !== Reason.REASON_GUARD_TRAPPED)
            return response;
          return { message: { ...message, value: { ...message.value, reason: Reason.REASON_GUARD_ERROR } } };
        },
      },
      ['fail.trap', 'fail.trap-response'],
    ],
    [
      'gives no reason when it ends a stream',
      { losesDetails: true },
      idsOf(
        /^open\.(policy-|guard-|no-guard|timeout|cancel)|^order\.([a-z-]+-first|open-twice|id-0|id-in-use)/,
      ),
    ],
    [
      'does not cancel',
      { request: (request) => (request.message?.$case === 'cancel' ? undefined : request) },
      ['open.cancel-0', 'order.cancel-first', 'fail.cancel', 'fail.cancel-running'],
    ],
    [
      'takes an unknown operation for a read',
      {
        response: (response) => {
          const { message } = response;
          if (message?.$case !== 'answer' || message.value.labels?.$case !== 'resource') return response;
          const { labels } = message.value;
          const value = { ...labels.value, operation: Operation.OPERATION_READ };
          return { message: { ...message, value: { ...message.value, labels: { ...labels, value } } } };
        },
      },
      idsOf(/^ask\.operation-(?!read$)/),
    ],
    [
      'tells a guard INTERNAL for every failed backend call',
      {
        request: (request) => {
          const { message } = request;
          if (message?.$case !== 'backendResult' || message.value.outcome?.$case !== 'error') return request;
          const { outcome } = message.value;
          const value = { ...outcome.value, code: BackendErrorCode.BACKEND_ERROR_CODE_INTERNAL };
          return { message: { ...message, value: { ...message.value, outcome: { ...outcome, value } } } };
        },
      },
      idsOf(/^backend\.error-(?!unspecified|internal)/),
    ],
    [
      'ends a session with its first failed question',
      { endsWithFailure: true },
      idsOf(/^fail\.|^ask\.(arguments-no|no-question|too-large)/),
    ],
    ['does not mind a half-close', { losesHalfClose: true }, ['backend.half-closed', 'end.half-close']],
    [
      'gives every session the same policy',
      {
        request: (request) => {
          const { message } = request;
          if (message?.$case !== 'open' || !Buffer.from(message.value.policy).includes('mine'))
            return request;
          return { message: { ...message, value: { ...message.value, policy: Buffer.from('{"mine":1}') } } };
        },
      },
      ['open.own-policy'],
    ],
  ];
  for (const [name, twist, fails] of twists) {
    test(`fails one that ${name} in the very checks that it breaks`, async () => {
      assert.ok(fails.length > 0);
      assert.deepEqual(await failing(twist), fails);
    });
  }

  test('has an id of its own for each check, and one sentence', () => {
    const ids = sidecarChecks.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const { id, asks } of sidecarChecks) {
      assert.match(id, /^[a-z]+\.[a-z0-9-]+$/);
      assert.ok(asks.length > 20, id);
    }
  });

  test('brings a guard that is what its source says', async () => {
    const made = assemble(await readFile(`${guard}.wat`, 'utf8'));
    assert.ok(Buffer.from(made).equals(await readFile(`${guard}.wasm`)), 'assemble conformance.wat again');
  });
});
