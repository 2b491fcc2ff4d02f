import { brokenReadRule, type ResourceAccess, type Rule, tagsInTheWay } from '../monitor/access.ts';
import { filter } from '../monitor/filter.ts';
import type { Labels } from '../monitor/labels.ts';
import { type LabelledResponse, labelResponse } from '../response/label-response.ts';
import { ResponseError } from '../response/response-error.ts';
import type { ResponseLabels } from '../response/response-labels.ts';
import type { ExplainedItem, ExplainedResponse } from './explanation.ts';

/** The fate of each item of a response; nothing where the labels do not fit the response. */
export function explainResponse(
  access: ResourceAccess,
  text: string,
  labels: ResponseLabels,
): ExplainedResponse | undefined {
  const labelled = labelledOrNot(text, labels);
  if (labelled === undefined) return undefined;
  if (labelled.kind === 'whole')
    return { kind: 'whole', items: explainItems(access, [labelled.labels], () => ''), isRestCut: false };
  const folder = labelled.place.segments.map((segment) => `/${escaped(segment)}`).join('');
  const items = explainItems(access, labelled.labels, (index) => `${folder}/${index}`);
  return { kind: 'items', items, isRestCut: brokenReadRule(access, access.resource) !== undefined };
}

/** That they do not fit has failed the call already, and is in its verdict. */
function labelledOrNot(text: string, labels: ResponseLabels): LabelledResponse | undefined {
  try {
    return labelResponse(text, labels);
  } catch (error) {
    if (error instanceof ResponseError) return undefined;
    throw error;
  }
}

function explainItems(
  access: ResourceAccess,
  items: readonly ExplainedItem['labels'][],
  pathOf: (index: number) => string,
): ExplainedItem[] {
  const { fates } = filter(access, items);
  return items.map((labels, index) => {
    const rule = fates[index];
    const broken = rule && { rule, tags: tagsOf(access, labels, rule) };
    return { path: pathOf(index), labels, broken };
  });
}

/** The audience is not asked about single items, so it is left out here. */
function tagsOf(
  { mode, operation, agent, resource }: ResourceAccess,
  labels: Labels | undefined,
  rule: Rule,
): readonly string[] {
  return tagsInTheWay({ mode, operation, agent, resource: labels ?? resource }, rule);
}

/** As JSON Pointers have it. */
function escaped(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}
