// May this agent do this to that? Asked before the backend is called, and again for each item that came back.

import { type Audience, cutToAudience, outsideAudience } from './audience.ts';
import { canFlow, integrityFlows, type Labels, secrecyFlows, uncoveredTags } from './labels.ts';
import type { Mode } from './mode.ts';

/** What a call does to its resource. A guard that did not say, or said something unknown, has said `read-write`. */
export type Operation = 'read' | 'write' | 'read-write';

/** The rule that an access breaks: what is read, or written, is too secret or not trusted enough. */
export type Rule = 'READ_INTEGRITY' | 'READ_SECRECY' | 'WRITE_INTEGRITY' | 'WRITE_SECRECY';

/** What is read or written. Where an operator bounds what its guard may say, a read and a write are not judged by the same. */
export interface ObjectLabels extends Labels {
  /** What a write is judged by instead: more secrecy restricts a read but widens a write. */
  readonly written?: Labels;
  /** The rule that keeps everybody from reading it, in any mode. */
  readonly unreadable?: 'READ_INTEGRITY' | 'READ_SECRECY';
}

/** Who wants to do what, and how strictly that is judged. */
export interface Access {
  readonly mode: Mode;
  readonly operation: Operation;
  readonly agent: Labels;
}

/** One access to one resource. */
export interface ResourceAccess extends Access {
  readonly resource: ObjectLabels;
  /** Which secrecy may be sent to the resource's server at all; absent means everything. */
  readonly audience?: Audience;
}

/** What the monitor says to an access. Lists of tags are sorted by code unit. */
export type Decision =
  | { readonly kind: 'allow' }
  | {
      /** Allowed, and the agent will become more secret or less trusted by what it reads. */
      readonly kind: 'allow-with-propagate';
      readonly secrecyToAdd: readonly string[];
      readonly integrityToDrop: readonly string[];
    }
  | {
      readonly kind: 'deny';
      readonly reason: Rule | 'AUDIENCE';
      /** The tags that stand in the way. For `READ_SECRECY` and `WRITE_INTEGRITY` they are not the agent's own. */
      readonly tags: readonly string[];
    };

/** Decides one access. */
export function decide(access: ResourceAccess): Decision {
  const { agent, resource, audience } = access;
  const unsendable = audience === undefined ? [] : outsideAudience(agent.secrecy, audience);
  if (unsendable.length > 0) return { kind: 'deny', reason: 'AUDIENCE', tags: unsendable };
  const reason = brokenReadRule(access, resource) ?? brokenWriteRule(access, writable(access));
  if (reason !== undefined) return { kind: 'deny', reason, tags: tagsInTheWay(access, reason) };
  if (access.operation === 'write' || canFlow(resource, agent)) return { kind: 'allow' };
  return {
    kind: 'allow-with-propagate',
    secrecyToAdd: uncoveredTags(agent.secrecy, resource.secrecy),
    integrityToDrop: uncoveredTags(resource.integrity, agent.integrity),
  };
}

/**
 * Whether a decision stops a call before the backend is asked. A read in filter mode goes on although the resource may
 * not be read, because single items of it may be.
 */
export function stopsCall(
  access: Access,
  decision: Decision,
): decision is Extract<Decision, { kind: 'deny' }> {
  if (decision.kind !== 'deny') return false;
  return decision.reason === 'AUDIENCE' || access.mode !== 'filter' || access.operation !== 'read';
}

/** The rule that this access to something with these labels breaks; `undefined` when it breaks none. */
export function brokenRule(access: Access, object: ObjectLabels): Rule | undefined {
  return brokenReadRule(access, object) ?? brokenWriteRule(access, object);
}

/** The rule that keeps this access from reading something with these labels; in propagate mode no label does. */
export function brokenReadRule(access: Access, object: ObjectLabels): Rule | undefined {
  if (access.operation === 'write') return undefined;
  if (object.unreadable !== undefined) return object.unreadable;
  if (access.mode === 'propagate') return undefined;
  if (!integrityFlows(object, access.agent)) return 'READ_INTEGRITY';
  return secrecyFlows(object, access.agent) ? undefined : 'READ_SECRECY';
}

function brokenWriteRule(access: Access, object: ObjectLabels): Rule | undefined {
  if (access.operation === 'read') return undefined;
  const target = object.written ?? object;
  if (!integrityFlows(access.agent, target)) return 'WRITE_INTEGRITY';
  return secrecyFlows(access.agent, target) ? undefined : 'WRITE_SECRECY';
}

function writable({ resource, audience }: ResourceAccess): Labels {
  const { secrecy, integrity } = resource.written ?? resource;
  return { secrecy: audience === undefined ? secrecy : cutToAudience(secrecy, audience), integrity };
}

/** The tags that stand in the way of an access that breaks this rule, sorted by code unit. */
export function tagsInTheWay(access: ResourceAccess, rule: Rule): readonly string[] {
  const { agent, resource } = access;
  switch (rule) {
    case 'READ_INTEGRITY':
      return uncoveredTags(resource.integrity, agent.integrity);
    case 'READ_SECRECY':
      return uncoveredTags(agent.secrecy, resource.secrecy);
    case 'WRITE_INTEGRITY':
      return uncoveredTags(agent.integrity, writable(access).integrity);
    case 'WRITE_SECRECY':
      return uncoveredTags(writable(access).secrecy, agent.secrecy);
  }
}
