import { isUtf8 } from 'node:buffer';
import type { Ask } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { Question } from '../guard/guard-instance.ts';
import { GuardError } from '../guard-error.ts';
import { payloadBytes } from '../guest/protocol.ts';
import { maxInputBytes } from '../limits.ts';

/**
 * A question of the protocol as input for the guard. The arguments are checked to be one JSON object, because they are
 * the agent's: a text that ends its object early would speak to the guard in the gateway's name. The tool result is
 * spliced in as it is; whoever relays it has parsed it out of a JSON-RPC message.
 */
export function questionInput(question: Ask['question']): Question {
  switch (question?.$case) {
    case 'labelResource': {
      const { toolName, toolArgs } = question.value;
      return { export: 'label_resource', input: envelope(callParts(toolName, toolArgs)) };
    }
    case 'labelResponse': {
      const { toolName, toolArgs, toolResult } = question.value;
      const result = [Buffer.from(',"tool_result":'), expectText(toolResult, 'tool_result')];
      return { export: 'label_response', input: envelope([...callParts(toolName, toolArgs), ...result]) };
    }
    default:
      throw new GuardError('INVALID_REQUEST', 'ask needs a question: label_resource or label_response');
  }
}

/** A policy as input for `label_agent`: it must be a JSON object. */
export function policyInput(policy: Uint8Array): Uint8Array {
  return expectObject(policy, 'POLICY_REJECTED', 'the policy');
}

function callParts(toolName: string, toolArgs: Uint8Array): Uint8Array[] {
  const args = toolArgs.length === 0 ? noArguments : expectObject(toolArgs, 'INVALID_REQUEST', 'tool_args');
  return [Buffer.from(`{"tool_name":${JSON.stringify(toolName)},"tool_args":`), args];
}

/** In pieces, as they came: nothing but the guard's process needs them in one. */
function envelope(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const pieces = [...parts, envelopeEnd];
  expectWithin(payloadBytes(pieces), 'INVALID_REQUEST');
  return pieces;
}

const noArguments = Buffer.from('{}');
const envelopeEnd = Buffer.from(',"capabilities":{}}');

function expectWithin(bytes: number, code: 'INVALID_REQUEST' | 'POLICY_REJECTED'): void {
  if (bytes <= maxInputBytes) return;
  throw new GuardError(code, `a guard takes ${maxInputBytes} bytes at most, and this has ${bytes}`);
}

function expectText(bytes: Uint8Array, name: string): Uint8Array {
  if (bytes.length > 0 && isUtf8(bytes)) return bytes;
  throw new GuardError('INVALID_REQUEST', `${name} must be JSON in UTF-8`);
}

/** The size comes first: parsing what is far too large would keep everybody waiting. */
function expectObject(
  bytes: Uint8Array,
  code: 'INVALID_REQUEST' | 'POLICY_REJECTED',
  name: string,
): Uint8Array {
  expectWithin(bytes.length, code);
  if (isUtf8(bytes) && isObject(Buffer.from(bytes).toString())) return bytes;
  throw new GuardError(code, `${name} must be a JSON object in UTF-8`);
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
