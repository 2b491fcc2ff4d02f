import { randomBytes } from 'node:crypto';
import {
  type Context,
  context,
  createContextKey,
  propagation,
  ROOT_CONTEXT,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { metaOf, withMeta } from '../modern/request-meta.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { withMembers } from '../rpc/raw-object.ts';
import { stringFrom } from '../rpc/rpc-message.ts';

/** W3C trace context as it travels: `traceparent` and `tracestate`. */
type Carrier = Readonly<Record<string, string>>;

/** What carries the context, in headers and in `_meta` alike. */
const fields = ['traceparent', 'tracestate'] as const;

/**
 * Set where something is sent that has been judged. A trace's ids are an agent's to choose, so they are words of its own:
 * no other request takes them to a server.
 */
const isJudged = createContextKey('what is sent was judged');

/** Set where a request has come in at the door. */
const isOverHttp = createContextKey('what is answered came over HTTP');

/** The context that a request's params name in `_meta`; where they name none, the one that holds already. */
export function contextOfParams(params: string): Context {
  const meta = params.includes('"traceparent"') ? metaOf(params) : undefined;
  if (meta === undefined) return context.active();
  const members = rawMembers(meta);
  return contextOf(Object.fromEntries(fields.map((field) => [field, stringFrom(members.get(field)) ?? ''])));
}

/** The context that a request's HTTP headers name; where they name none, the one that holds already. */
export function contextOfHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Context {
  const { traceparent, tracestate = '' } = headers;
  const named = traceparent === undefined ? context.active() : contextOf({ traceparent, tracestate });
  return named.setValue(isOverHttp, true);
}

/** Whether the request that is answered came over HTTP, rather than over standard input. */
export function cameOverHttp(): boolean {
  return context.active().getValue(isOverHttp) === true;
}

/** The context of one `traceparent`, and nothing of the one that holds. */
export function contextOfTraceparent(traceparent: string): Context {
  return propagation.extract(ROOT_CONTEXT, { traceparent });
}

/** The `traceparent` of the span that is active; empty without one. */
export function activeTraceparent(): string {
  return carrierOf(context.active()).traceparent ?? '';
}

/** The trace that the active span belongs to: 32 hexadecimal digits; nothing without one. */
export function activeTraceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}

/** Sends what has been judged: it may carry the context to the server. */
export function sendingTrace<T>(
  send: (signal: AbortSignal) => Promise<T>,
): (signal: AbortSignal) => Promise<T> {
  return (signal) => context.with(context.active().setValue(isJudged, true), () => send(signal));
}

/** Does what outlives the request that it is done for, outside of its trace. */
export function detached<T>(start: () => T): T {
  return context.with(ROOT_CONTEXT, start);
}

/** Does what nobody wants a trace of, here and in the sidecar, unless the operator wants one of everything. */
export function unsampled<T>(work: () => T): T {
  const traceId = randomBytes(16).toString('hex');
  const spanContext = { traceId, spanId: randomBytes(8).toString('hex'), traceFlags: TraceFlags.NONE };
  return context.with(trace.setSpanContext(ROOT_CONTEXT, spanContext), work);
}

/** The headers for what is sent now; none where it has not been judged, or nobody traces. */
export function traceHeaders(): Carrier {
  const active = context.active();
  return active.getValue(isJudged) === true ? carrierOf(active) : {};
}

/** The params of a request with the context in `_meta`, for what is sent now; as they are where there are no headers either. */
export function withTraceMeta(params: string): string {
  const members = Object.entries(traceHeaders());
  if (members.length === 0) return params;
  const written = members.map(([name, value]) => [name, JSON.stringify(value)] as const);
  return withMeta(params, withMembers(metaOf(params) ?? '{}', written));
}

function carrierOf(active: Context): Carrier {
  const carrier: Record<string, string> = {};
  propagation.inject(active, carrier);
  return carrier;
}

/** An empty or malformed `traceparent` is none. */
function contextOf(carrier: Readonly<Record<string, string | string[]>>): Context {
  return propagation.extract(context.active(), carrier);
}
