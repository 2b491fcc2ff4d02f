// What came back: the labels of each item of a response. Where the policy says nothing, or the response is not what it
// speaks of, there are no labels, and then the resource's labels hold for all of it.

import { JsonKind } from '../../json/json-document';
import { FieldLabels } from './field-labels';
import { ItemTree } from './item-tree';
import { LabelMix, Labels } from './labels';
import { Field, Items, Policy } from './policy';
import { labelResource } from './resource-labels';
import { ToolCall } from './tool-call';
import { isFailure, Unwrapped, unwrap } from './tool-result';

/** Items of which none are in an array: the response as a whole is the one item. */
export const WHOLE: string = '(whole)';

/** What `label_response` answers. */
export class ResponseLabels {
  /** The labels of each item, in the order of the response. */
  readonly items: Labels[] = [];

  constructor(
    /** Where the items are, or WHOLE. */
    readonly itemsPath: string,
  ) {}
}

/** Labels a response; null: no labels. */
export function labelResponse(policy: Policy, call: ToolCall): ResponseLabels | null {
  const rule = policy.ruleFor(call.tool);
  if (rule == null) return null;
  const items = rule.items;
  if (items == null || !call.document.is(call.result, JsonKind.Object)) return null;
  if (isFailure(call.document, call.result)) return null;
  const response = unwrap(call.document, call.result);
  // Plain text has no items. Parts of the result itself do, when the policy names one.
  if (!response.isFromText && items.at.text.length == 0) return null;
  return new ResponseLabeler(policy, call, items, response).label();
}

class ResponseLabeler {
  private resource: Labels | null = null;

  constructor(
    private readonly policy: Policy,
    private readonly call: ToolCall,
    private readonly items: Items,
    private readonly response: Unwrapped,
  ) {}

  label(): ResponseLabels | null {
    const document = this.response.document;
    const place = this.items.at.locate(document, this.response.root);
    if (document.is(place, JsonKind.Array)) return this.labelEach(place);
    // One object is one item, unless the host would look for items in an array around it.
    if (!document.is(place, JsonKind.Object) || document.is(this.response.root, JsonKind.Array)) return null;
    const labels = new ResponseLabels(WHOLE);
    labels.items.push(this.labelItem(place));
    return labels;
  }

  private labelEach(array: i32): ResponseLabels {
    const labels = new ResponseLabels(this.items.at.text);
    const document = this.response.document;
    const end = document.after(array);
    for (let item = array + 1; item < end; item = document.after(item))
      labels.items.push(this.labelItem(item));
    return labels;
  }

  private labelItem(item: i32): Labels {
    const mix = new LabelMix();
    const labels = new FieldLabels(mix);
    for (let i = 0; i < this.items.fields.length; i++) {
      const field = this.items.fields[i];
      new ItemTree(field, this.response.document, labels).look(item, this.folderOf(field));
    }
    if (labels.isIncomplete || !mix.speaksOfSecrecy()) mix.add(this.otherwiseSecrecy(), null);
    if (labels.isIncomplete || !mix.speaksOfIntegrity()) mix.add(null, this.otherwiseIntegrity());
    return mix.forRead();
  }

  /** The folder whose entries the items are; empty when the call names none, null when the field speaks of no folder. */
  private folderOf(field: Field): string | null {
    const below = field.below;
    if (below == null) return null;
    const found = below.find(this.call.document, this.call.args, true);
    if (found.unclear || found.values.length != 1) return '';
    const isString = this.call.document.is(found.values[0], JsonKind.String);
    return isString ? this.call.document.text(found.values[0]) : '';
  }

  private otherwiseSecrecy(): string[] {
    const tags = this.items.otherwiseSecrecy;
    return tags == null ? this.resourceLabels().secrecy : tags;
  }

  private otherwiseIntegrity(): string[] {
    const tags = this.items.otherwiseIntegrity;
    return tags == null ? this.resourceLabels().integrity : tags;
  }

  /** The labels of the call itself, found out only when an item needs them: they may cost lookups. */
  private resourceLabels(): Labels {
    let labels = this.resource;
    if (labels == null) {
      labels = labelResource(this.policy, this.call).labels;
      this.resource = labels;
    }
    return labels;
  }
}
