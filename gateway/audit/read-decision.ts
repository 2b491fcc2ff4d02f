import type { Operation } from '../monitor/access.ts';
import type { Labels } from '../monitor/labels.ts';
import { type Mode, parseMode } from '../monitor/mode.ts';
import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from '../policy/json-value.ts';
import type { AuditedAccess, AuditedResponse, DecisionEvent } from './audit-event.ts';

/** A decision as a trail has it. */
export type ReadDecision = Pick<
  DecisionEvent,
  'server' | 'tool' | 'outcome' | 'reason' | 'before' | 'after' | 'access' | 'response'
>;

/** Reads a decision from a line of a trail; nothing where its labels were left out, or it is none. */
export function readDecision(line: JsonObject): ReadDecision | undefined {
  const { kind, server, tool, reason } = line;
  const outcome = (['result', 'denied', 'failed', 'error'] as const).find((each) => each === line.outcome);
  const [before, after] = [readLabels(line.before), readLabels(line.after)];
  if (kind !== 'decision' || outcome === undefined || before === undefined || after === undefined)
    return undefined;
  if (typeof server !== 'string' || typeof tool !== 'string') return undefined;
  const access = readAccess(line);
  const response = readResponse(line);
  return {
    server,
    tool,
    outcome,
    before,
    after,
    ...(typeof reason === 'string' && { reason }),
    ...(access !== undefined && { access }),
    ...(response !== undefined && { response }),
  };
}

function readAccess(line: JsonObject): AuditedAccess | undefined {
  const operations: readonly Operation[] = ['read', 'write', 'read-write'];
  const operation = operations.find((each) => each === line.operation);
  const [mode, guardMode] = [readMode(line.mode), readMode(line.guardMode)];
  const resource = readLabels(line.resource);
  if (!operation || !mode || !guardMode || !resource) return undefined;
  return { operation, mode, guardMode, resource, isIndivisible: line.isIndivisible === true };
}

function readResponse({ items, withheld, ...line }: JsonObject): AuditedResponse | undefined {
  const form = (['items', 'whole', 'resource'] as const).find((each) => each === line.form);
  if (typeof withheld !== 'number' || form === undefined) return undefined;
  if (!isJsonList(items)) return { form, withheld, items: undefined };
  const read = items.flatMap((item) => {
    const labels = readLabels(item);
    const count = isJsonObject(item) ? item.count : undefined;
    return labels !== undefined && typeof count === 'number' ? [{ labels, count }] : [];
  });
  return { form, withheld, items: read.length === items.length ? read : undefined };
}

/** Nothing where they are none, or were cut off. */
export function readLabels(value: JsonValue | undefined): Labels | undefined {
  if (!isJsonObject(value)) return undefined;
  const [secrecy, integrity] = [readTags(value.secrecy), readTags(value.integrity)];
  return secrecy && integrity && { secrecy, integrity };
}

function readTags(value: JsonValue | undefined): ReadonlySet<string> | undefined {
  if (!isJsonList(value)) return undefined;
  return value.every((tag) => typeof tag === 'string') ? new Set(value) : undefined;
}

function readMode(value: JsonValue | undefined): Mode | undefined {
  return typeof value === 'string' ? parseMode(value) : undefined;
}
