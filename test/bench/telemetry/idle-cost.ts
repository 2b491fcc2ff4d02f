import { context } from '@opentelemetry/api';
import type { Guard } from '../../../gateway/guard/guard.ts';
import { spanName } from '../../../gateway/telemetry/attributes.ts';
import { inBackendSpan } from '../../../gateway/telemetry/backend-span.ts';
import { whileInSpan } from '../../../gateway/telemetry/in-span.ts';
import { inRequestSpan, nameTool, noteOutcome } from '../../../gateway/telemetry/request-span.ts';
import {
  activeTraceId,
  activeTraceparent,
  contextOfHeaders,
  sendingTrace,
  traceHeaders,
} from '../../../gateway/telemetry/trace-context.ts';
import { TracedGuard } from '../../../gateway/telemetry/traced-guard.ts';
import { percentile } from '../percentile.ts';

const labels = { secrecy: new Set<string>(), integrity: new Set<string>() };
const params = '{"name":"echo","arguments":{}}';
const result = '{"content":[{"type":"text","text":"hello"}]}';
const call = { tool: 'echo', args: '{}' };
const headers = { host: '127.0.0.1', 'content-type': 'application/json', 'mcp-session-id': 'a' };
const request = {
  id: '1',
  method: 'tools/call',
  params,
  server: 'house',
  session: 'a',
  revision: '2025-11-25',
};

/** A guard that knows its answers. */
const guard: Guard = {
  grant: labels,
  mode: 'filter',
  digest: 'd',
  isOperatorsWord: false,
  labelResource: async () => ({ resource: { ...labels, description: '' }, operation: 'read' }),
  labelResponse: async () => ({ kind: 'none' }),
  [Symbol.dispose]: () => undefined,
};

/** What a guarded call does besides telling of it: it waits for its guard, its server, and its guard again. */
async function bareCall(asked: Guard, signal: AbortSignal): Promise<void> {
  await asked.labelResource(call, signal);
  await (async () => result)();
  await asked.labelResponse(call, result, signal);
}

/** The same with every call of OpenTelemetry's API that the gateway makes for it. */
async function toldCall(asked: Guard, signal: AbortSignal): Promise<void> {
  await context.with(contextOfHeaders(headers), () =>
    inRequestSpan(request, async () => {
      nameTool('tools/call', 'echo');
      activeTraceId();
      activeTraceparent();
      await asked.labelResource(call, signal);
      whileInSpan(spanName.decide, (span) => span.isRecording());
      const send = sendingTrace(() =>
        inBackendSpan({ name: 'house', network: {} }, request, async () => sent()),
      );
      await send(signal);
      activeTraceparent();
      await asked.labelResponse(call, result, signal);
      whileInSpan(spanName.filter, (span) => span.isRecording());
      noteOutcome(
        { kind: 'result', text: result, isChanged: false },
        { principal: 'bench', server: 'bench' },
      );
    }),
  );
}

function sent(): string {
  traceHeaders();
  return result;
}

/** What OpenTelemetry's API costs a guarded call where nobody listens: CPU time in microseconds, the median of rounds. */
export async function measureIdleCost(rounds: number): Promise<number> {
  const { signal } = new AbortController();
  const traced = await TracedGuard.open('g', 'house', async () => guard);
  const told = () => toldCall(traced, signal);
  const bare = () => bareCall(guard, signal);
  await cpuUs(told);
  await cpuUs(bare);
  const added: number[] = [];
  for (let round = 0; round < rounds; round++) added.push((await cpuUs(told)) - (await cpuUs(bare)));
  return percentile(added, 0.5);
}

const callsPerRound = 10_000;

async function cpuUs(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  for (let done = 0; done < callsPerRound; done++) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / callsPerRound;
}
