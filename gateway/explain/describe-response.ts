import { describeLabels, describeTags, quoted } from './describe-labels.ts';
import type { ExplainedItem, ExplainedResponse } from './explanation.ts';

/** So many items are shown; `--json` has them all. */
const maxShownItems = 100;

/** What becomes of a response, item by item. */
export function describeResponse(response: ExplainedResponse | undefined): string[] {
  if (response === undefined) return [];
  if (response.kind === 'write')
    return ['', 'response    of a write: as secret as what was written to; the guard is not asked about it'];
  const { items, kind, isRestCut } = response;
  const withheld = items.filter(({ broken }) => broken !== undefined).length;
  const shown = items.slice(0, maxShownItems);
  return [
    '',
    kind === 'whole'
      ? 'response    labelled as a whole'
      : `response    ${items.length} items, of which ${withheld} may not be returned`,
    ...(isRestCut
      ? ['  around      what stands around the items is as secret as the resource: left out']
      : []),
    ...shown.map((item) => `  ${describeItem(item)}`),
    ...(items.length > shown.length ? [`  and ${items.length - shown.length} more: --json has all`] : []),
  ];
}

function describeItem({ path, labels, broken }: ExplainedItem): string {
  const place = path === '' ? 'all of it' : quoted(path);
  const fate =
    broken === undefined ? 'may be returned' : `withheld: ${broken.rule}: ${describeTags(broken.tags)}`;
  if (labels === undefined) return `${place} ${fate}; no labels of its own: the resource's hold`;
  const words = labels.description === '' ? '' : `, described as ${quoted(labels.description)}`;
  return `${place} ${fate}; ${describeLabels(labels)}${words}`;
}
