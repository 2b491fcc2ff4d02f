import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseGuestMessage } from '../../../sidecar/process/guest-message.ts';

const sound = [
  { kind: 'log', level: 'debug' },
  { kind: 'log', level: 'error' },
  { kind: 'loaded', totalCpuMs: 0, instances: 0 },
  { kind: 'refused', message: 'it does not link', totalCpuMs: 0.5, instances: 1 },
  { kind: 'returned', isWorn: false, totalCpuMs: 1, instances: 2 },
  { kind: 'backend_call', tool: 'get', totalCpuMs: 1, instances: 2 },
  { kind: 'sleep', milliseconds: 200, totalCpuMs: 1, instances: 2 },
  { kind: 'failed', code: 'GUARD_TRAPPED', message: 'unreachable', totalCpuMs: 1, instances: 2 },
  { kind: 'failed', code: 'OUTPUT_LIMIT', message: 'too much', totalCpuMs: 1, instances: 2 },
  { kind: 'failed', code: 'GUARD_ERROR', message: '-7', totalCpuMs: 1, instances: 2 },
  { kind: 'dropped', totalCpuMs: 1, instances: 2 },
];

const wrong = [
  null,
  1,
  [],
  {},
  { kind: 'loaded', instances: 0 },
  { kind: 'returned', totalCpuMs: 1, instances: 0 },
  { kind: 'returned', isWorn: 1, totalCpuMs: 1, instances: 0 },
  { kind: 'returned', isWorn: false, totalCpuMs: '1', instances: 0 },
  { kind: 'returned', isWorn: false, totalCpuMs: -1, instances: 0 },
  { kind: 'returned', isWorn: false, totalCpuMs: null, instances: 0 },
  { kind: 'returned', isWorn: false, totalCpuMs: 1 },
  { kind: 'returned', isWorn: false, totalCpuMs: 1, instances: -1 },
  { kind: 'sleep', totalCpuMs: 1, instances: 2 },
  { kind: 'sleep', milliseconds: -1, totalCpuMs: 1, instances: 2 },
  { kind: 'backend_call', tool: 1, totalCpuMs: 1, instances: 2 },
  { kind: 'refused', totalCpuMs: 1, instances: 2 },
  { kind: 'failed', code: 'POLICY_REJECTED', message: '', totalCpuMs: 1, instances: 2 },
  { kind: 'failed', code: 'GUARD_ERROR', totalCpuMs: 1, instances: 2 },
  { kind: 'log', level: 'fatal' },
  { kind: 'log' },
  { kind: 'toString', totalCpuMs: 1, instances: 2 },
];

describe('a message of a guard process', () => {
  for (const message of sound) {
    it(`may be ${JSON.stringify(message)}`, () => {
      assert.deepEqual(parseGuestMessage(JSON.stringify(message)), message);
    });
  }

  for (const message of wrong) {
    it(`may not be ${JSON.stringify(message)}`, () => {
      assert.throws(() => parseGuestMessage(JSON.stringify(message)), TypeError);
    });
  }

  it('may not have endless time', () => {
    assert.throws(() => parseGuestMessage('{"kind":"dropped","totalCpuMs":1e999,"instances":0}'), TypeError);
  });

  it('has no fields but those that are known', () => {
    const message = parseGuestMessage(
      '{"kind":"dropped","totalCpuMs":1,"instances":0,"__proto__":{"x":1},"more":2}',
    );
    assert.deepEqual(message, { kind: 'dropped', totalCpuMs: 1, instances: 0 });
  });
});
