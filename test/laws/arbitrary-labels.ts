/** Labels for properties: few tags, so that they meet often. */
import fc, { type Arbitrary } from 'fast-check';
import type { Access, Operation, ResourceAccess } from '../../gateway/monitor/access.ts';
import type { Labels } from '../../gateway/monitor/labels.ts';
import type { Mode } from '../../gateway/monitor/mode.ts';

const letters = ['a', 'b', 'c', 'd'] as const;

/** Tags without the wildcard. */
export const plainTags: Arbitrary<ReadonlySet<string>> = fc
  .subarray([...letters])
  .map((tags) => new Set(tags));

/** Tags, the wildcard among them now and then. */
export const anyTags: Arbitrary<ReadonlySet<string>> = fc
  .tuple(fc.shuffledSubarray([...letters]), fc.integer({ min: 0, max: 7 }))
  .map(([tags, wildcard]) => new Set(wildcard === 0 ? [...tags, '*'] : tags));

/** Labels without the wildcard. */
export const plainLabels: Arbitrary<Labels> = fc.record({ secrecy: plainTags, integrity: plainTags });

/** Labels, the wildcard among them now and then. */
export const anyLabels: Arbitrary<Labels> = fc.record({ secrecy: anyTags, integrity: anyTags });

export const anyMode: Arbitrary<Mode> = fc.constantFrom('strict', 'filter', 'propagate');
export const anyOperation: Arbitrary<Operation> = fc.constantFrom('read', 'write', 'read-write');

/** Anybody who wants to do anything with anything. */
export const anyAccess: Arbitrary<ResourceAccess> = fc.record(
  {
    mode: anyMode,
    operation: anyOperation,
    agent: anyLabels,
    resource: anyLabels,
    audience: fc.uniqueArray(fc.constantFrom('a', 'b*', 'c', '*')),
  },
  { requiredKeys: ['mode', 'operation', 'agent', 'resource'] },
);

/** The page's words for a subset, with lists: `*` covers everything, on the side of the superset only. */
export function naiveCovers(superset: Iterable<string>, subset: Iterable<string>): boolean {
  const all = [...superset];
  return all.includes('*') || [...subset].every((tag) => all.includes(tag));
}

/** `A may flow to B`, as the page says it. */
export function naiveFlows(a: Labels, b: Labels): boolean {
  return naiveCovers(b.secrecy, a.secrecy) && naiveCovers(a.integrity, b.integrity);
}

/** Whether an item of a response may be returned: read and written as the operation says; propagate lets all be read. */
export function naiveReturns({ mode, operation, agent }: Access, item: Labels): boolean {
  const mayRead = operation === 'write' || mode === 'propagate' || naiveFlows(item, agent);
  return mayRead && (operation === 'read' || naiveFlows(agent, item));
}
