import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Payload, piecesOf } from '../../../sidecar/guest/protocol.ts';
import { maxInputBytes } from '../../../sidecar/limits.ts';
import { policyInput, questionInput } from '../../../sidecar/service/question-input.ts';

const nothing = Buffer.of();

function textOf(input: Payload): string {
  return Buffer.concat(piecesOf(input)).toString();
}

function resourceInput(toolName: string, toolArgs: Uint8Array): unknown {
  const { input } = questionInput({ $case: 'labelResource', value: { toolName, toolArgs } });
  return JSON.parse(textOf(input));
}

function responseInput(toolArgs: Uint8Array, toolResult: Uint8Array): string {
  const value = { toolName: 'get', toolArgs, toolResult };
  return textOf(questionInput({ $case: 'labelResponse', value }).input);
}

describe('the input of label_resource', () => {
  it('is an envelope around the name and the arguments', () => {
    assert.deepEqual(resourceInput('get', Buffer.from('{"a":[1]}')), {
      tool_name: 'get',
      tool_args: { a: [1] },
      capabilities: {},
    });
  });

  it('has empty arguments where none are given', () => {
    assert.deepEqual(resourceInput('get', nothing), { tool_name: 'get', tool_args: {}, capabilities: {} });
  });

  it('keeps the arguments byte for byte', () => {
    const args = '{ "large": 12345678901234567890, "again":1,"again":2 }';
    const value = { toolName: 'get', toolArgs: Buffer.from(args) };
    const { input } = questionInput({ $case: 'labelResource', value });
    assert.equal(textOf(input), `{"tool_name":"get","tool_args":${args},"capabilities":{}}`);
  });

  for (const name of ['"', '"},"x":{"', '\\', '\n', '☂', '']) {
    it(`keeps the name ${JSON.stringify(name)} a name`, () => {
      assert.deepEqual(resourceInput(name, nothing), { tool_name: name, tool_args: {}, capabilities: {} });
    });
  }

  for (const args of [
    '{}},"x":{',
    '{},"tool_name":"y"',
    '[]',
    '""',
    '1',
    'null',
    ' ',
    '{',
    '{}{}',
    '\uFEFF{}',
  ]) {
    it(`is refused with the arguments ${JSON.stringify(args)}`, () => {
      assert.throws(() => resourceInput('get', Buffer.from(args)), {
        code: 'INVALID_REQUEST',
        message: /tool_args/,
      });
    });
  }

  it('is refused with arguments that are no UTF-8', () => {
    const args = Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xc3), Buffer.from('"}')]);
    assert.throws(() => resourceInput('get', args), { code: 'INVALID_REQUEST' });
  });
});

describe('the input of label_response', () => {
  it('has the result as it is', () => {
    assert.equal(
      responseInput(Buffer.from('{"a":1}'), Buffer.from('{"content": []}')),
      '{"tool_name":"get","tool_args":{"a":1},"tool_result":{"content": []},"capabilities":{}}',
    );
  });

  it('is refused without a result', () => {
    assert.throws(() => responseInput(nothing, nothing), { code: 'INVALID_REQUEST', message: /tool_result/ });
  });

  it('is refused with a result that is no UTF-8', () => {
    assert.throws(() => responseInput(nothing, Buffer.of(0xff)), { code: 'INVALID_REQUEST' });
  });

  it('may have as many bytes as the ABI allows, and not one more', () => {
    const envelope = responseInput(nothing, Buffer.from('1')).length - 1;
    const largest = Buffer.alloc(maxInputBytes - envelope, '1');
    assert.equal(responseInput(nothing, largest).length, maxInputBytes);
    assert.throws(() => responseInput(nothing, Buffer.concat([largest, Buffer.from('1')])), {
      code: 'INVALID_REQUEST',
      message: /8388608 bytes at most, and this has 8388609/,
    });
  });
});

describe('a question', () => {
  it('without a question is refused', () => {
    assert.throws(() => questionInput(undefined), { code: 'INVALID_REQUEST' });
  });
});

describe('the input of label_agent', () => {
  it('is the policy itself', () => {
    assert.equal(Buffer.from(policyInput(Buffer.from('{ "a": 1 }'))).toString(), '{ "a": 1 }');
  });

  for (const policy of ['[]', '""', '1', 'null', '', '{']) {
    it(`is not ${JSON.stringify(policy)}`, () => {
      assert.throws(() => policyInput(Buffer.from(policy)), { code: 'POLICY_REJECTED' });
    });
  }

  it('is not larger than the ABI allows', () => {
    const policy = Buffer.from(`{"a":"${'x'.repeat(maxInputBytes)}"}`);
    assert.throws(() => policyInput(policy), { code: 'POLICY_REJECTED', message: /bytes at most/ });
  });
});
