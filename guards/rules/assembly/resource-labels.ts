// What a call would touch: the labels that the policy gives to it, from its arguments and from lookups.

import { FieldLabels } from './field-labels';
import { LabelMix, Labels } from './labels';
import { lookUp } from './lookup-labels';
import { Policy, READ, ToolRule, WRITE } from './policy';
import { ToolCall } from './tool-call';

/** What `label_resource` answers. */
export class Resource {
  constructor(
    readonly labels: Labels,
    readonly operation: string,
    /** Which part of the policy decided, for audits. */
    readonly decidedBy: string,
  ) {}
}

/** Labels a call. What the policy does not name is closed: the default labels hold. */
export function labelResource(policy: Policy, call: ToolCall): Resource {
  const rule = policy.ruleFor(call.tool);
  if (rule == null) return new Resource(policy.fallback, policy.fallbackOperation, 'default');
  const mix = new LabelMix();
  mix.add(rule.secrecy, rule.integrity);
  const labels = new FieldLabels(mix);
  for (let i = 0; i < rule.args.length; i++) labels.look(rule.args[i], call.document, call.args, true);
  for (let i = 0; i < rule.lookups.length; i++) lookUp(rule.lookups[i], call, labels);
  // What the policy speaks of and nothing found speaks of is not public either: it is what no rule names.
  if (labels.isIncomplete || isSilent(mix, rule)) mix.addLabels(policy.fallback);
  return new Resource(
    putTogether(mix, rule.operation),
    rule.operation,
    'tools[' + rule.position.toString() + ']',
  );
}

function isSilent(mix: LabelMix, rule: ToolRule): bool {
  return !mix.speaksOfSecrecy() || (rule.speaksOfIntegrity() && !mix.speaksOfIntegrity());
}

function putTogether(mix: LabelMix, operation: string): Labels {
  if (operation == READ) return mix.forRead();
  return operation == WRITE ? mix.forWrite() : mix.forReadWrite();
}
