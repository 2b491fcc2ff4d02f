import type { Labels } from '../monitor/labels.ts';
import { type WriteSink, writeSinkLabels } from '../monitor/write-sink.ts';
import type { Guard, ResourceAnswer } from './guard.ts';

/** Public and untrusted. */
export const noLabels: Labels = { secrecy: new Set(), integrity: new Set() };

/** For a server that nobody guards: public and untrusted, so only an agent without labels of its own may use it. */
export const noopGuard: Guard = {
  grant: noLabels,
  mode: 'strict',
  isOperatorsWord: false,
  labelResource: async () => answer('a server without a guard', noLabels, 'read-write'),
  labelResponse: async () => ({ kind: 'none' }),
  [Symbol.dispose]: () => undefined,
};

/** For a server that is only written to, as the operator configured it. */
export function writeSinkGuard(sink: WriteSink): Guard {
  return {
    grant: noLabels,
    mode: 'filter',
    isOperatorsWord: true,
    labelResource: async () => answer('a write sink', writeSinkLabels(sink), 'write'),
    labelResponse: async () => ({ kind: 'none' }),
    [Symbol.dispose]: () => undefined,
  };
}

function answer(description: string, labels: Labels, operation: ResourceAnswer['operation']): ResourceAnswer {
  return { resource: { description, ...labels }, operation };
}
