// What of a response may be read, and what has the agent become? The last two questions of a tool call.

import { brokenReadRule, type ResourceAccess, type Rule } from '../monitor/access.ts';
import { filter } from '../monitor/filter.ts';
import { type Labels, secrecyFlows } from '../monitor/labels.ts';
import {
  type DenialReason,
  type Notice,
  renderAcknowledgement,
  renderEmptyResult,
  renderNotice,
  type Withheld,
} from '../outcome.ts';
import { renderFiltered } from './filtered-result.ts';
import type { ItemsResponse, LabelledResponse, WholeResponse } from './label-response.ts';
import { findCopies } from './structured-copies.ts';

/** The call that a response answers. */
export interface JudgedCall extends ResourceAccess {
  /** The tool's name as its server knows it. */
  readonly tool: string;
  /** The server is a configured write-sink: the operator's word that its responses may be delivered. */
  readonly isWriteSink: boolean;
  /** Whether agents are told that, and how much, was withheld. Counts are an oracle to one who can search. */
  readonly notice: 'full' | 'quiet';
}

/** What becomes of a response. */
export type Judgement =
  | {
      readonly kind: 'deliver';
      /** The tool result that the client gets; the backend's own text when nothing is withheld. */
      readonly text: string;
      /** The agent, once this is delivered. Its session joins this with what it has become in the meantime. */
      readonly agentAfter: Labels;
      readonly withheld: Withheld;
    }
  | { readonly kind: 'deny'; readonly reason: DenialReason; readonly withheld: Withheld };

/** What the monitor left of a response with items. */
interface WhatIsLeft {
  readonly fates: readonly (Rule | undefined)[];
  readonly withheld: Withheld;
  readonly areSiblingsCut: boolean;
  readonly agentAfter: Labels;
}

const NOTHING_WITHHELD: Withheld = { count: 0, secrecy: 0, integrity: 0 };
/** Tools that list: a list that lost its only item is an empty list, where anything else is denied. */
const LISTING = /^(?:list|search)_/;

/**
 * Judges a response.
 * @throws ResponseError when it cannot be filtered: then nothing of it may be delivered.
 */
export function judgeResponse(call: JudgedCall, response: LabelledResponse): Judgement {
  if (call.operation === 'write') return judgeWriteResponse(call, response);
  return response.kind === 'whole' ? judgeWhole(call, response) : judgeItems(call, response);
}

/** A write is not labelled by its response: what it answers is as secret as what was written to. */
function judgeWriteResponse(call: JudgedCall, { text }: LabelledResponse): Judgement {
  const mayRead = call.isWriteSink || secrecyFlows(call.resource, call.agent);
  return deliver(mayRead ? text : renderAcknowledgement(), call.agent);
}

function judgeWhole(call: JudgedCall, { text, labels }: WholeResponse): Judgement {
  const filtered = filter(call, [labels]);
  const rule = filtered.fates[0];
  if (rule === undefined) return deliver(text, filtered.agentAfter);
  const withheld = countWithheld(filtered.fates);
  if (filtered.isRefused) return refuse(call, 'ITEMS_WITHHELD', withheld);
  // Without labels of its own there is no item that was withheld: the resource may not be read.
  const isDone = call.operation !== 'read' && !LISTING.test(call.tool);
  if (labels === undefined || isDone || isToldByDenial(call)) return refuse(call, rule, withheld);
  return deliver(renderEmptyResult(noticeFor(call, withheld)), call.agent, withheld);
}

function judgeItems(call: JudgedCall, response: ItemsResponse): Judgement {
  const { fates, isRefused, agentAfter } = filter(call, response.labels);
  const withheld = countWithheld(fates);
  const resourceRule = brokenReadRule(call, call.resource);
  const areSiblingsCut = resourceRule !== undefined;
  if (withheld.count === 0 && !areSiblingsCut) return deliver(response.text, agentAfter);
  if (isRefused || (areSiblingsCut && call.mode === 'strict'))
    return refuse(call, 'ITEMS_WITHHELD', withheld);
  const isNothingLeft = withheld.count === fates.length;
  // Without any items the guard had echoed none, and the resource, which may not be read, had been denied.
  if (call.notice === 'quiet' && response.isEchoed && isNothingLeft && areSiblingsCut)
    return refuse(call, resourceRule, withheld);
  const only = fates.length === 1 ? fates[0] : undefined;
  if (only !== undefined && isToldByDenial(call)) return refuse(call, only, withheld);
  return deliverFiltered(call, response, { fates, withheld, areSiblingsCut, agentAfter });
}

/** Delivers what is left. Where the two forms of a result cannot be filtered alike, both lose all of their items. */
function deliverFiltered(call: JudgedCall, { place, labels }: ItemsResponse, left: WhatIsLeft): Judgement {
  const copies = findCopies(place);
  const withheld = copies === undefined ? { ...left.withheld, count: labels.length } : left.withheld;
  const cut = {
    isItemCut: (index: number) => copies === undefined || left.fates[index] !== undefined,
    areSiblingsCut: left.areSiblingsCut,
  };
  const text = renderFiltered(place, { cut, copies, notice: noticeFor(call, withheld) });
  return deliver(text, copies === undefined ? call.agent : left.agentAfter, withheld);
}

/** A denial says that there is one item and which rule withholds it, so where counts are not told, it is not used. */
function isToldByDenial({ tool, notice }: JudgedCall): boolean {
  return notice === 'full' && !LISTING.test(tool);
}

function noticeFor(call: JudgedCall, withheld: Withheld): Notice | undefined {
  return call.notice === 'full' && withheld.count > 0 ? renderNotice(withheld) : undefined;
}

/** Refuses a response as a whole. A tool that also writes has done its work: saying "denied" would be untrue. */
function refuse(call: JudgedCall, reason: DenialReason, withheld: Withheld): Judgement {
  if (call.operation === 'read') return { kind: 'deny', reason, withheld };
  const text = renderAcknowledgement(call.notice === 'full' ? withheld : undefined);
  return deliver(text, call.agent, withheld);
}

function deliver(text: string, agentAfter: Labels, withheld = NOTHING_WITHHELD): Judgement {
  return { kind: 'deliver', text, agentAfter, withheld };
}

function countWithheld(fates: readonly (Rule | undefined)[]): Withheld {
  const rules = fates.filter((rule) => rule !== undefined);
  const secrecy = rules.filter((rule) => rule === 'READ_SECRECY' || rule === 'WRITE_SECRECY').length;
  return { count: rules.length, secrecy, integrity: rules.length - secrecy };
}
