import { type Attributes, type Context, context, createContextKey } from '@opentelemetry/api';
import { rpcCodes } from '../rpc/rpc-error.ts';
import { attribute } from './attributes.ts';
import { errorType } from './in-span.ts';
import { isMeasuring, recordSince } from './instruments.ts';
import type { MetricOf } from './metric.ts';
import { nameableTool } from './tool-names.ts';

/** What becomes known of an operation while it lasts. */
export interface OperationFacts {
  /** The server's name in the configuration. */
  readonly server: string;
  /** A tool that the server is known to have. */
  tool?: string | undefined;
  /** `result`, `denied` or `failed`. */
  outcome?: string;
  /** Why it did not end as it should, where nothing is thrown. */
  errorType?: string | undefined;
  /** What else is said of it. */
  more?: Attributes;
}

/** Which operation, of whom. */
export interface Operation {
  readonly which: MetricOf<'histogram'>;
  readonly server: string;
  /** What the metric says of it besides its server, tool, outcome and error. */
  readonly attributes: Attributes;
}

const factsKey = createContextKey('what is known of the operation');

/** What is known of the operation that goes on; undefined where none is measured. */
export function operationFacts(): OperationFacts | undefined {
  return context.active().getValue(factsKey) as OperationFacts | undefined;
}

/** The context for what goes on within an operation, but is none of it: what becomes known of it is not the operation's. */
export function aside(parent: Context, server: string): Context {
  return parent.getValue(factsKey) === undefined ? parent : parent.setValue(factsKey, { server });
}

/** Does a piece of work and tells how long it took. `work` gets the context to do it in, in which its facts are noted. */
export async function measured<T>(
  { which, server, attributes }: Operation,
  parent: Context,
  work: (inside: Context, facts: OperationFacts | undefined) => Promise<T>,
): Promise<T> {
  if (!isMeasuring()) return work(parent, undefined);
  const sinceMs = performance.now();
  const facts: OperationFacts = { server };
  try {
    return await work(parent.setValue(factsKey, facts), facts);
  } catch (error) {
    facts.errorType = knownError(error);
    throw error;
  } finally {
    recordSince(which, sinceMs, { ...attributes, ...attributesOf(facts) });
  }
}

function attributesOf({ server, tool, outcome, errorType: type, more }: OperationFacts): Attributes {
  const name = tool === undefined ? undefined : nameableTool(server, tool);
  return {
    [attribute.server]: server,
    ...more,
    ...(name !== undefined && { [attribute.tool]: name, [attribute.operation]: 'execute_tool' }),
    ...(outcome !== undefined && { [attribute.outcome]: outcome }),
    ...(type !== undefined && { [attribute.errorType]: type }),
  };
}

const codes: ReadonlySet<string> = new Set(Object.values(rpcCodes).map(String));

/** A server may make up error codes, each of which would be a series of its own. */
function knownError(error: unknown): string {
  const type = errorType(error);
  return /^-?\d/.test(type) && !codes.has(type) ? '_OTHER' : type;
}
