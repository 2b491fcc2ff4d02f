import {
  type Labels as LabelsMessage,
  Mode as ModeMessage,
  Operation as OperationMessage,
  type ResourceLabels as ResourceLabelsMessage,
  type ResponseLabels as ResponseLabelsMessage,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { Operation } from '../monitor/access.ts';
import type { Mode } from '../monitor/mode.ts';
import type { DescribedLabels, ResponseLabels } from '../response/response-labels.ts';
import type { ResourceAnswer } from './guard.ts';

/** The protocol's labels as the monitor's. What is missing is empty. */
export function fromLabels(labels: LabelsMessage | undefined): DescribedLabels {
  return {
    description: labels?.description ?? '',
    secrecy: new Set(labels?.secrecy),
    integrity: new Set(labels?.integrity),
  };
}

/** An unknown mode is the strictest. */
export function fromMode(mode: ModeMessage): Mode {
  const modes: ReadonlyMap<ModeMessage, Mode> = new Map([
    [ModeMessage.MODE_FILTER, 'filter'],
    [ModeMessage.MODE_PROPAGATE, 'propagate'],
  ]);
  return modes.get(mode) ?? 'strict';
}

export function fromResourceLabels({ resource, operation }: ResourceLabelsMessage): ResourceAnswer {
  return { resource: fromLabels(resource), operation: fromOperation(operation) };
}

export function fromResponseLabels({ form }: ResponseLabelsMessage): ResponseLabels {
  switch (form?.$case) {
    case 'paths': {
      const entries = form.value.entries.map(({ path, labels }) => ({ path, labels: optional(labels) }));
      const { defaultLabels, itemsPath } = form.value;
      return { kind: 'paths', entries, defaultLabels: optional(defaultLabels), itemsPath };
    }
    case 'items':
      return {
        kind: 'items',
        entries: form.value.entries.map(({ data, labels }) => ({
          data: text(data),
          labels: optional(labels),
        })),
      };
    default:
      return { kind: 'none' };
  }
}

/** An unknown operation is the most restrictive. */
function fromOperation(operation: OperationMessage): Operation {
  const operations: ReadonlyMap<OperationMessage, Operation> = new Map([
    [OperationMessage.OPERATION_READ, 'read'],
    [OperationMessage.OPERATION_WRITE, 'write'],
  ]);
  return operations.get(operation) ?? 'read-write';
}

const optional = (labels: LabelsMessage | undefined) =>
  labels === undefined ? undefined : fromLabels(labels);
const text = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();
