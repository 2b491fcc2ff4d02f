/** The contract is agentgateway's: pinned as it was published (v1.4), so that nobody changes it here. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { loadSync } from '@grpc/proto-loader';

const definition = loadSync('agentgateway/dev/ext_mcp/ext_mcp.proto', {
  includeDirs: [join(import.meta.dirname, '..', '..', '..', 'proto')],
  keepCase: true,
});

/** Of each message: its fields as `name = number type`. */
const messages: Readonly<Record<string, readonly string[]>> = {
  McpRequest: [
    'service_names = 1 LABEL_REPEATED TYPE_STRING',
    'method = 2 TYPE_STRING',
    'metadata_context = 3 google.protobuf.Struct',
    'mcp_request = 4 TYPE_BYTES',
    'headers = 5 LABEL_REPEATED McpHeader',
  ],
  McpResponse: [
    'service_names = 1 LABEL_REPEATED TYPE_STRING',
    'method = 2 TYPE_STRING',
    'metadata_context = 3 google.protobuf.Struct',
    'mcp_response = 4 TYPE_BYTES',
  ],
  McpRequestResult: [
    'pass = 1 Pass',
    'mutated = 2 TYPE_BYTES',
    'error = 3 AuthorizationError',
    'header_mutation = 4 HeaderMutation',
    'metadata = 5 google.protobuf.Struct',
  ],
  McpResponseResult: ['pass = 1 Pass', 'mutated = 2 TYPE_BYTES', 'error = 3 AuthorizationError'],
  AuthorizationError: ['code = 1 Code', 'reason = 2 TYPE_STRING', 'mcp_error = 3 TYPE_BYTES'],
  HeaderMutation: ['set = 1 LABEL_REPEATED McpHeader', 'remove = 2 LABEL_REPEATED TYPE_STRING'],
  McpHeader: ['key = 1 TYPE_STRING', 'value = 2 TYPE_BYTES'],
  Pass: [],
};

interface FieldShape {
  readonly name: string;
  readonly number: number;
  readonly label: string;
  readonly type: string;
  readonly typeName: string;
}

function fieldsOf(message: string): readonly string[] {
  const { type } = Object(definition[`agentgateway.dev.ext_mcp.${message}`]);
  const fields: readonly FieldShape[] = type.field;
  return fields.map(({ name, number, label, type, typeName }) => {
    const repeated = label === 'LABEL_REPEATED' ? 'LABEL_REPEATED ' : '';
    return `${name} = ${number} ${repeated}${typeName || type}`;
  });
}

suite('the contract of agentgateway’s external guardrails', () => {
  for (const [message, fields] of Object.entries(messages)) {
    test(`has the fields of ${message} under their names and numbers`, () => {
      assert.deepEqual([...fieldsOf(message)].sort(), [...fields].sort());
    });
  }

  test('has both questions under their paths', () => {
    const service = Object(definition['agentgateway.dev.ext_mcp.ExtMcp']);
    assert.deepEqual(
      Object.values(service).map((method) => Object(method).path),
      ['/agentgateway.dev.ext_mcp.ExtMcp/CheckRequest', '/agentgateway.dev.ext_mcp.ExtMcp/CheckResponse'],
    );
  });

  test('has the codes of an error under their numbers', () => {
    const { type } = Object(definition['agentgateway.dev.ext_mcp.AuthorizationError.Code']);
    const values: readonly { name: string; number: number }[] =
      type?.value ?? Object(definition['agentgateway.dev.ext_mcp.AuthorizationError']).type.enumType[0].value;
    assert.deepEqual(
      values.map(({ name, number }) => [name, number]),
      [
        ['UNKNOWN', 0],
        ['PERMISSION_DENIED', 1],
        ['RESOURCE_EXHAUSTED', 2],
        ['INVALID', 3],
      ],
    );
  });
});
