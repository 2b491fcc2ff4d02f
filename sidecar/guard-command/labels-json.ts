import {
  type Labels,
  Mode,
  Operation,
  type ResourceLabels,
  type ResponseLabels,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { JsonObject, JsonValue } from '../config/json-value.ts';
import type { AgentOutput } from '../guard-output/parse-agent-output.ts';

const modes: Readonly<Record<Mode, string>> = {
  [Mode.MODE_UNSPECIFIED]: '',
  [Mode.MODE_STRICT]: 'strict',
  [Mode.MODE_FILTER]: 'filter',
  [Mode.MODE_PROPAGATE]: 'propagate',
  [Mode.UNRECOGNIZED]: '',
};

const operations: Readonly<Record<Operation, string>> = {
  [Operation.OPERATION_UNSPECIFIED]: '',
  [Operation.OPERATION_READ]: 'read',
  [Operation.OPERATION_WRITE]: 'write',
  [Operation.OPERATION_READ_WRITE]: 'read-write',
  [Operation.UNRECOGNIZED]: '',
};

/** What `label_agent` said. */
export function agentJson({ agent, mode }: Pick<AgentOutput, 'agent' | 'mode'>): JsonObject {
  return { ...labelsJson(agent), mode: modes[mode] };
}

/** What `label_resource` said. */
export function resourceJson({ resource, operation }: ResourceLabels): JsonObject {
  return { ...labelsJson(resource), operation: operations[operation] };
}

/** What `label_response` said; null where it gave no labels, so that those of the resource hold. */
export function responseJson({ form }: ResponseLabels): JsonValue {
  switch (form?.$case) {
    case 'paths': {
      const { entries, defaultLabels, itemsPath } = form.value;
      return {
        paths: entries.map(({ path, labels }) => ({ path, labels: optionalLabels(labels) })),
        ...(defaultLabels === undefined ? {} : { defaultLabels: labelsJson(defaultLabels) }),
        ...(itemsPath === undefined ? {} : { itemsPath }),
      };
    }
    case 'items':
      return {
        items: form.value.entries.map(({ data, labels }) => ({
          ...(data === undefined ? {} : { data: JSON.parse(Buffer.from(data).toString()) }),
          labels: optionalLabels(labels),
        })),
      };
    default:
      return null;
  }
}

function optionalLabels(labels: Labels | undefined): JsonValue {
  return labels === undefined ? null : labelsJson(labels);
}

function labelsJson(labels: Labels | undefined): JsonObject {
  const { description = '', secrecy = [], integrity = [] } = labels ?? {};
  return { ...(description === '' ? {} : { description }), secrecy, integrity };
}
