// What a privilege makes of an agent's labels: the only step against the flow, and by the operator's word only.

import { integrityFlows, type Labels, secrecyFlows, type Tags } from './labels.ts';

/** Tags to lose, and tags to gain. */
export interface Relabeling {
  /** Of the secrecy. */
  readonly drop: Tags;
  /** Of the integrity. */
  readonly add: Tags;
}

/**
 * What of a relabeling does anything to an agent, when `meanwhile` (what was delivered together, if anything was) is not
 * to be washed with it: no tag is dropped that something of it carried, and none is added that something of it lacked.
 */
export function allowedRelabeling(
  { drop, add }: Relabeling,
  agent: Labels,
  meanwhile: Labels | undefined,
): Relabeling {
  const mayDrop = (tag: string) => meanwhile === undefined || !secrecyFlows(secretBy(tag), meanwhile);
  const mayAdd = (tag: string) => meanwhile === undefined || integrityFlows(meanwhile, trustedBy(tag));
  return {
    drop: new Set([...agent.secrecy].filter((tag) => drop.has(tag) && mayDrop(tag))),
    add: new Set([...add.difference(agent.integrity)].filter(mayAdd)),
  };
}

/** The agent without the dropped tags, and with the added ones. */
export function relabel({ secrecy, integrity }: Labels, { drop, add }: Relabeling): Labels {
  return { secrecy: secrecy.difference(drop), integrity: integrity.union(add) };
}

/** The way back, when the time of a relabeling is over: whatever else the agent has become meanwhile stays. */
export function unlabel({ secrecy, integrity }: Labels, { drop, add }: Relabeling): Labels {
  return { secrecy: secrecy.union(drop), integrity: integrity.difference(add) };
}

function secretBy(tag: string): Labels {
  return { secrecy: new Set([tag]), integrity: new Set() };
}

function trustedBy(tag: string): Labels {
  return { secrecy: new Set(), integrity: new Set([tag]) };
}
