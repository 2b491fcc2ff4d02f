/** An explanation in lines for people. What guards have written is quoted, cut, and without control characters. */
import { type Decision, stopsCall } from '../monitor/access.ts';
import { outcomeSentence, printable } from '../outcome.ts';
import { denialAdvice } from './denial-advice.ts';
import { describeLabels, describeTags, quoted } from './describe-labels.ts';
import { describeResponse } from './describe-response.ts';
import type { Explanation, Grant, Verdict } from './explanation.ts';
import type { GuardRead } from './guard-reads.ts';

/** So many reads of guards are shown. */
const maxShownReads = 20;

/** The lines of the explanation. */
export function describeExplanation(explanation: Explanation): string[] {
  const { server, tool, guardKind, callLimit, mode, grants, agent, verdict } = explanation;
  return [
    `${server}: ${quoted(tool)}`,
    ...indented([
      `guard       ${guardKind}${mode === undefined ? '' : `, in ${mode} mode`}`,
      ...(callLimit === undefined
        ? []
        : [`limit       ${callLimit} calls of this tool in one agent session`]),
      ...grants.map((grant) => `grants      ${describeGrant(grant)}`),
      `agent       ${describeLabels(agent.labels)} (${agent.areGiven ? 'as given' : 'what the guards grant'})`,
      ...describeResource(explanation),
      ...describeReads(explanation),
    ]),
    ...describeResponse(explanation.response),
    '',
    ...describeVerdict(verdict),
    ...indented(describeReason(verdict)),
  ];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function describeGrant(grant: Grant): string {
  if (grant.kind === 'granted') return `${grant.server}: ${describeLabels(grant.labels)}; mode ${grant.mode}`;
  return `${grant.server}: nothing, since its guard failed: ${grant.reason}: ${printable(grant.problem)}`;
}

function describeResource({ resource, access, mode, agent }: Explanation): string[] {
  if (resource === undefined) return [];
  const { description, ...labels } = resource.resource;
  const asked = { mode: mode ?? 'strict', operation: resource.operation, agent: agent.labels };
  const goesOn = access?.kind === 'deny' && !stopsCall(asked, access);
  return [
    `resource    ${describeLabels(labels)}${description === '' ? '' : `, described as ${quoted(description)}`}`,
    `operation   ${resource.operation}`,
    ...(access === undefined ? [] : [`access      ${describeAccess(access)}${goesOn ? goingOn : ''}`]),
  ];
}

const goingOn = '; in filter mode single items of it may be read all the same';

function describeAccess(access: Decision): string {
  switch (access.kind) {
    case 'allow':
      return 'allowed to the resource as a whole';
    case 'allow-with-propagate':
      return `allowed; by reading all of it the agent would take on the secrecy ${describeTags(access.secrecyToAdd)} and lose the integrity ${describeTags(access.integrityToDrop)}`;
    case 'deny':
      return `not to the resource as a whole: ${access.reason}: ${describeTags(access.tags)}`;
  }
}

function describeReads({ reads, areReadsAllowed }: Explanation): string[] {
  if (reads.length === 0) return [];
  const more = reads.length - maxShownReads;
  return [
    ...reads.slice(0, maxShownReads).map((read) => `guard reads ${describeRead(read)}`),
    ...(more > 0 ? [`guard reads ${more} more`] : []),
    ...(areReadsAllowed ? [] : ['            run with --backend-reads to let it read: it may say more then']),
  ];
}

function describeRead({ server, tool, args, answer, message }: GuardRead): string {
  const asked = `${quoted(tool)} of ${server} with ${printable(args)}`;
  switch (answer) {
    case 'not-asked':
      return `${asked}: the server was not asked`;
    case 'result':
      return `${asked}: got it`;
    case 'error':
      return `${asked}: got an error: ${printable(message)}`;
  }
}

function describeVerdict(verdict: Verdict): string[] {
  switch (verdict.kind) {
    case 'allowed':
      return [verdict.delivered === undefined ? 'allowed: the tool would be called' : 'allowed'];
    case 'denied':
      return [`denied: ${verdict.reason}`];
    case 'failed':
      return [`failed: ${verdict.reason}`];
  }
}

function describeReason(verdict: Verdict): string[] {
  switch (verdict.kind) {
    case 'allowed':
      return describeDelivery(verdict);
    case 'denied': {
      const { rule, otherwise } = denialAdvice[verdict.reason];
      return [
        `rule        ${rule}`,
        ...(verdict.tags.length === 0 ? [] : [`in the way  ${describeTags(verdict.tags)}`]),
        `otherwise   ${otherwise}`,
        `told        ${outcomeSentence(verdict)}`,
      ];
    }
    case 'failed':
      return [
        ...(verdict.problem === '' ? [] : [`problem     ${printable(verdict.problem, maxProblem)}`]),
        `told        ${outcomeSentence(verdict)}`,
      ];
  }
}

/** In characters. */
const maxProblem = 1_000;

function describeDelivery({ delivered }: Extract<Verdict, { kind: 'allowed' }>): string[] {
  if (delivered === undefined)
    return ['what comes back is judged, too: run with --result FILE to see that for a saved result'];
  return [
    `delivered   ${delivered.isChanged ? 'with what may not be read left out (--json has it in full)' : 'as it is'}`,
    `after       the agent has ${describeLabels(delivered.agentAfter)}`,
  ];
}
