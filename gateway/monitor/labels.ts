// The whole lattice: everything that the gateway decides is one of these two questions.

/** A set of tags: opaque, case-sensitive strings without any hierarchy between them. */
export type Tags = ReadonlySet<string>;

/** What an agent, a resource or an item carries. Two empty sets are public and untrusted. */
export interface Labels {
  /** Who may learn it. Grows when data mix. */
  readonly secrecy: Tags;
  /** Who vouches for it. Shrinks when data mix. */
  readonly integrity: Tags;
}

/** Covers every tag, on the side of the superset only: as something to be covered it is a tag like any other. */
export const WILDCARD = '*';

/** Information may flow from `source` to `target`: it gets no less secret and no more trusted. */
export function canFlow(source: Labels, target: Labels): boolean {
  return secrecyFlows(source, target) && integrityFlows(source, target);
}

/** Half of `canFlow`: whoever may learn what is in `target` may learn what is in `source`. */
export function secrecyFlows(source: Labels, target: Labels): boolean {
  return covers(target.secrecy, source.secrecy);
}

/** The other half: whatever vouches for `target` vouches for `source`. */
export function integrityFlows(source: Labels, target: Labels): boolean {
  return covers(source.integrity, target.integrity);
}

/** The labels of data made from both: as secret as either, as trusted as the less trusted. */
export function join(a: Labels, b: Labels): Labels {
  return { secrecy: a.secrecy.union(b.secrecy), integrity: a.integrity.intersection(b.integrity) };
}

/** `join` over many, in time linear in all tags together; a fold would copy the growing set for each of them. */
export function joinAll(first: Labels, others: Iterable<Labels>): Labels {
  const secrecy = new Set(first.secrecy);
  let integrity = first.integrity;
  for (const other of others) {
    for (const tag of other.secrecy) secrecy.add(tag);
    integrity = integrity.intersection(other.integrity);
  }
  return { secrecy, integrity };
}

/** The tags of `subset` that `superset` does not cover, sorted by code unit so that messages are deterministic. */
export function uncoveredTags(superset: Tags, subset: Tags): readonly string[] {
  return superset.has(WILDCARD) ? [] : [...subset.difference(superset)].sort();
}

function covers(superset: Tags, subset: Tags): boolean {
  return superset.has(WILDCARD) || subset.isSubsetOf(superset);
}
