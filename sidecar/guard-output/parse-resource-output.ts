import { Operation, type ResourceLabels } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { GuardError } from '../guard-error.ts';
import { JsonReader, type Span } from './json-reader.ts';
import { describe, readLabels } from './read-labels.ts';

const operations = new Map<string, Operation>([
  ['read', Operation.OPERATION_READ],
  ['write', Operation.OPERATION_WRITE],
  ['read-write', Operation.OPERATION_READ_WRITE],
]);

/**
 * Parses what `label_resource` wrote (the guard ABI, "What the exports say").
 *
 * @throws GuardError INVALID_OUTPUT when it is not what the ABI says, GUARD_ERROR when there is nothing.
 */
export function parseResourceOutput(output: Uint8Array): ResourceLabels {
  if (output.length === 0) throw new GuardError('GUARD_ERROR', 'it answered label_resource with nothing');
  const reader: JsonReader = JsonReader.of(output, 'label_resource');
  if (reader.kind() !== 'object') reader.fail('must be a JSON object');
  let resource: Span | undefined;
  let operation: Operation = Operation.OPERATION_READ_WRITE;
  reader.object((name) => {
    if (name === 'operation') operation = readOperation(reader);
    else {
      const value = reader.skip();
      if (name === 'resource') resource = value;
    }
  });
  reader.end();
  if (resource === undefined) reader.fail('has no "resource", which must be an object with the labels');
  const labels: JsonReader = reader.within(resource);
  if (labels.kind() !== 'object')
    reader.fail(`has a "resource" that is ${describe(labels.kind())} but must be an object`);
  return { resource: readLabels(labels, { trimsTags: false, oddDescription: 'ignored' }), operation };
}

/** What is not one of the three words exactly is the most restrictive of them. */
function readOperation(reader: JsonReader): Operation {
  if (reader.kind() === 'string') return operations.get(reader.string()) ?? Operation.OPERATION_READ_WRITE;
  reader.skip();
  return Operation.OPERATION_READ_WRITE;
}
