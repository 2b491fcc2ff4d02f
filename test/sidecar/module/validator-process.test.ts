import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GuardErrorCode } from '../../../sidecar/guard-error.ts';
import { askValidator, type ValidatorBounds } from '../../../sidecar/module/validator-process.ts';
import { childrenOf } from '../../harness/child-processes.ts';
import { handMadeGuard } from '../../harness/hand-made-guard.ts';

const generous: ValidatorBounds = { cpuMs: 60_000, deadlineMs: 60_000, residentMiB: 1_024 };
const never = new AbortController().signal;

const bounds: Record<string, { bound: Partial<ValidatorBounds>; code: GuardErrorCode; says: RegExp }> = {
  'CPU time: the module is to blame': {
    bound: { cpuMs: 1 },
    code: 'GUARD_UNAVAILABLE',
    says: /^validating it takes more than 1 ms of CPU time; build it for size, with smaller functions$/,
  },
  'memory: the module is to blame': {
    bound: { residentMiB: 1 },
    code: 'GUARD_UNAVAILABLE',
    says: /^validating it takes more than 1 MiB of memory; build it for size, with smaller functions$/,
  },
  'time that passes: the machine is to blame': {
    bound: { deadlineMs: 1 },
    code: 'INTERNAL',
    says: /^its module could not be validated: the validator failed, it took too long on this machine$/,
  },
};

describe('a validator process', () => {
  it('judges a module within its bounds', async () => {
    assert.deepEqual(await askValidator(handMadeGuard(), never, generous), { kind: 'valid' });
  });

  for (const [name, { bound, code, says }] of Object.entries(bounds)) {
    it(`is killed when it takes more ${name}`, async () => {
      const asked = askValidator(handMadeGuard(), never, { ...generous, ...bound });
      await assert.rejects(asked, { code, message: says });
      assert.deepEqual(await childrenOf(process.pid), []);
    });
  }

  it('rejects with the reason of its signal', async () => {
    const cancelled = new AbortController();
    const asked = askValidator(handMadeGuard(), cancelled.signal, generous);
    cancelled.abort(new Error('gave up'));
    await assert.rejects(asked, /gave up/);
    assert.deepEqual(await childrenOf(process.pid), []);
  });
});
