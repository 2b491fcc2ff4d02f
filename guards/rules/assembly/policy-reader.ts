// Reads a whole policy. Strict on purpose: a misspelt key must not open what the operator meant to close.

import { NOWHERE } from '../../json/json-document';
import { FieldReader } from './field-reader';
import { Labels, UNLABELLED } from './labels';
import { OPERATIONS, Policy } from './policy';
import { at, PolicySource } from './policy-source';
import { ToolReader } from './tool-reader';

const KEYS: string[] = ['mode', 'agent', 'default', 'rulesets', 'tools'];
const MODES: string[] = ['strict', 'filter', 'propagate'];

/** The policy at the root of the document. Worth nothing when the source has a fault afterwards. */
export function readPolicy(source: PolicySource): Policy {
  const policy = new Policy();
  if (!source.isObject(0, '', KEYS)) return policy;
  policy.mode = source.word(0, 'mode', '', MODES);
  readAgent(source, policy);
  readDefault(source, policy);
  const fields = new FieldReader(source);
  fields.readRulesets(source.document.member(0, 'rulesets'));
  readTools(source, policy, fields);
  return policy;
}

function readAgent(source: PolicySource, policy: Policy): void {
  const agent = source.document.member(0, 'agent');
  if (agent == NOWHERE || !source.isObject(agent, 'agent', ['secrecy', 'integrity'])) return;
  policy.agent = readLabels(source, agent, 'agent', new Labels([], []));
  const isGranted = policy.agent.secrecy.includes(UNLABELLED) || policy.agent.integrity.includes(UNLABELLED);
  if (isGranted)
    source.refuse('agent', 'no agent may hold "' + UNLABELLED + '"; say in "default" what no rule names');
}

function readDefault(source: PolicySource, policy: Policy): void {
  const value = source.document.member(0, 'default');
  if (value == NOWHERE || !source.isObject(value, 'default', ['operation', 'secrecy', 'integrity'])) return;
  policy.fallback = readLabels(source, value, 'default', policy.fallback);
  if (source.has(value, 'operation')) {
    policy.fallbackOperation = source.word(value, 'operation', 'default', OPERATIONS);
  }
}

function readLabels(source: PolicySource, value: i32, place: string, otherwise: Labels): Labels {
  const secrecy = source.tags(value, 'secrecy', place);
  const integrity = source.tags(value, 'integrity', place);
  return new Labels(
    secrecy == null ? otherwise.secrecy : secrecy,
    integrity == null ? otherwise.integrity : integrity,
  );
}

function readTools(source: PolicySource, policy: Policy, fields: FieldReader): void {
  const value = source.document.member(0, 'tools');
  if (value == NOWHERE) {
    source.refuse('tools', 'is missing; without it every tool would be closed');
    return;
  }
  const reader = new ToolReader(source, fields);
  const elements = source.elements(value, 'tools');
  for (let i = 0; i < elements.length; i++) {
    const place = at('tools', i);
    if (!source.isObject(elements[i], place, ToolReader.KEYS)) continue;
    reader.refuseKnownNames(elements[i], place, policy);
    policy.tools.push(reader.read(elements[i], i, place));
  }
}
