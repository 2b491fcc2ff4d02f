import type { Labels } from '../monitor/labels.ts';
import type { AuditEvent, DecisionEvent } from './audit-event.ts';
import { plainTags, type WriteTag } from './tag-redaction.ts';

/** The longest line, in bytes: agents and guards choose names and tags, and must not fill the disk with one call. */
export const maxLineBytes = 256 * 1024;
/** The longest name in a line, in characters: agents choose the names of tools. */
const maxNameCharacters = 256;

/**
 * An event as JSON, with the time of now. Where it would be too long, its labels are left out and `isCut` says so: who did
 * what, and how it ended, is always there.
 */
export function renderEvent(event: AuditEvent, writeTag: WriteTag = plainTags): string {
  const time = new Date().toISOString();
  const whole = JSON.stringify({ time, ...fieldsOf(event, labelWriter(writeTag)) });
  // Three bytes for a character at most.
  if (whole.length * 3 <= maxLineBytes || Buffer.byteLength(whole) <= maxLineBytes) return whole;
  return JSON.stringify({ time, ...fieldsOf(event, () => undefined), isCut: true });
}

type WriteLabels = (labels: Labels) => object | undefined;

function labelWriter(writeTag: WriteTag): WriteLabels {
  return ({ secrecy, integrity }) => ({
    secrecy: [...secrecy].map(writeTag).sort(),
    integrity: [...integrity].map(writeTag).sort(),
  });
}

function fieldsOf(event: AuditEvent, labels: WriteLabels): object {
  const { kind, principal, run } = event;
  const who = { kind, principal, run };
  switch (event.kind) {
    case 'decision':
      return { ...who, ...decisionFields(event, labels) };
    case 'session-begun':
    case 'session-ended':
      return { ...who, labels: labels(event.labels) };
    case 'overruled': {
      const { server, tool, guard, bound, count } = event;
      const about = { server, ...(tool !== undefined && { tool: name(tool) }), ...guardFields(guard) };
      return { ...who, ...about, bound, count };
    }
    case 'declassified':
    case 'endorsed': {
      const { rule, server, tool, before, after } = event;
      return { ...who, server, tool: name(tool), rule, before: labels(before), after: labels(after) };
    }
  }
}

function decisionFields(event: DecisionEvent, labels: WriteLabels): object {
  const { server, tool, outcome, reason, wasCalled, before, after, access, response, guard, trace } = event;
  return {
    server,
    tool: name(tool),
    outcome,
    ...(reason !== undefined && { reason }),
    ...(wasCalled === true && { wasCalled }),
    ...(response !== undefined && { withheld: response.withheld, form: response.form }),
    ...(access !== undefined && {
      operation: access.operation,
      mode: access.mode,
      guardMode: access.guardMode,
      ...(access.isIndivisible && { isIndivisible: true }),
      resource: labels(access.resource),
    }),
    ...(response?.items !== undefined && {
      items: response.items.map((item) => ({ count: item.count, ...labels(item.labels) })),
    }),
    before: labels(before),
    after: labels(after),
    ...guardFields(guard),
    ...(trace !== undefined && { trace }),
  };
}

function guardFields({ name, digest }: DecisionEvent['guard']): object {
  return { guard: name, ...(digest !== undefined && { digest }) };
}

function name(text: string): string {
  return text.slice(0, maxNameCharacters);
}
