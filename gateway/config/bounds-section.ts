import type { Bounds } from '../monitor/bounds.ts';
import { guardSizeRanges } from './config-limits.ts';
import { refuseUnknownKeys, report, type Section, sectionAt } from './section.ts';
import { namesAt, wholeNumberAt } from './section-values.ts';

const floors = ['readFloor', 'writeFloor'] as const;
const patterns = ['readCeiling', 'namespace', 'reads'] as const;
const sizes = ['maxTags', 'maxTagLength', 'maxItems', 'maxNesting'] as const;

/** Reads a server's `bounds`: what its guard may say. Undefined where nothing is given that bounds it. */
export function readBounds(server: Section): Bounds | undefined {
  const section = sectionAt(server, 'bounds');
  if (section === undefined) return undefined;
  refuseUnknownKeys(section, [...floors, ...patterns, ...sizes]);
  const read = [
    ...floors.map((key) => [key, floorAt(section, key)] as const),
    ...patterns.map((key) => [key, namesAt(section, key)] as const),
    ...sizes.map((key) => [key, wholeNumberAt(section, key, guardSizeRanges[key])] as const),
  ];
  const given = read.filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** A floor is made of tags: a pattern would be one that nobody has. */
function floorAt(section: Section, key: (typeof floors)[number]): readonly string[] | undefined {
  const tags = namesAt(section, key);
  if (tags?.some((tag) => tag.endsWith('*')))
    report(section, key, 'holds a pattern: name the tags themselves');
  return tags;
}
