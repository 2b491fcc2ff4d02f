import { joinAll, type Labels } from '../monitor/labels.ts';
import type { LabelledResponse } from './label-response.ts';

/**
 * An upper bound of what a response tells, whatever of it is withheld: its resource and all of its items together. Time is
 * linear in the tags of distinct labels.
 */
export function carriedLabels(resource: Labels, { labels }: LabelledResponse): Labels {
  const ofItems = new Set(Array.isArray(labels) ? labels : [labels]);
  return joinAll(
    resource,
    [...ofItems].filter((each) => each !== undefined),
  );
}
