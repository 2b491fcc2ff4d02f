/** What telemetry must not say: no argument, no result, no tag of private things and no key leaves the house in it. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import { outcomeOf } from '../harness/tool-result.ts';
import { clientSpan, tracedCall } from '../harness/traced-call.ts';

const parts = new AsyncDisposableStack();
let otlp: OtlpReceiver;
let gateway: RunningGateway;
let url: string;

/** Each where no other is: what is found says by which way it came. */
const secrets = {
  argument: 'planted-argument',
  name: 'planted-argument-name',
  result: 'planted-result',
  toolError: 'planted-tool-error',
  serverError: 'planted-server-error',
  tag: 'planted-tag',
  agentTag: 'planted-agent-tag',
  key: 'planted-key-0123456789',
  bearer: 'planted-bearer',
  query: 'planted-query',
  meta: 'planted-meta',
  unknownTool: 'planted-tool',
  method: 'planted/method',
};

const text = (value: string) => ({ content: [{ type: 'text', text: value }] });
const tools = [
  { name: 'hello', script: { result: text(secrets.result) } },
  { name: 'fail', script: { result: { ...text(secrets.toolError), isError: true } } },
  { name: 'break', script: { error: { code: -32000, message: secrets.serverError } } },
];

before(async () => {
  otlp = parts.use(await OtlpReceiver.start());
  const backends = parts.use(await ScriptedBackends.start());
  url = backends.add(`/open?token=${secrets.query}`, tools);
  const headers = { authorization: `Bearer ${secrets.bearer}` };
  const server = (path: string, more: object) => ({
    type: 'http',
    url: backends.add(path, tools),
    headers,
    ...more,
  });
  const guard = (policy: object) => ({ guard: 'scripted', 'guard-policies': policy });
  const agent = { secrecy: [secrets.agentTag] };
  gateway = parts.use(
    await RunningGateway.start({
      env: { ...otlp.env, PLANTED: secrets.bearer },
      guards: { scripted: scriptedGuard },
      guests: { 'returns-error': {}, 'answers-garbage': {} },
      gateway: { keys: { alice: secrets.key } },
      mcpServers: {
        open: { type: 'http', url, headers },
        denied: server('/denied', guard(script({ mode: 'strict', resource: { secrecy: [secrets.tag] } }))),
        tainting: server(
          '/tainting',
          guard(script({ agent, mode: 'propagate', resource: { secrecy: [secrets.tag] } })),
        ),
        erring: server('/erring', { guard: 'returns-error' }),
        garbled: server('/garbled', { guard: 'answers-garbage' }),
      },
    }),
  );
});
after(() => parts.disposeAsync());

suite('no span, event, resource or metric holds', () => {
  test('anything of what was planted in calls that pass, are denied, and fail', async () => {
    const outcomes = new Set<string>();
    for (const server of ['open', 'denied', 'tainting', 'erring', 'garbled']) {
      const client = await gateway.connect(server, { key: secrets.key });
      for (const tool of ['hello', 'fail', 'break', secrets.unknownTool]) {
        const args = { [secrets.name]: secrets.argument };
        const called = tracedCall(client, tool, {
          args,
          meta: { baggage: `a=${secrets.meta}`, more: secrets.meta },
        });
        outcomes.add(await called.then(outcomeOf, () => 'error'));
      }
      const unknown = { method: secrets.method, params: {} };
      await client.request(unknown, ResultSchema).catch(() => undefined);
    }
    const last = clientSpan();
    const client = await gateway.connect('open', { key: secrets.key });
    await tracedCall(client, 'hello', { meta: { traceparent: last.traceparent } });
    await otlp.span(({ traceId, kind }) => traceId === last.traceId && kind === 'SERVER');
    // All kinds of ends were met, so that this could fail.
    assert.ok(outcomes.has('result') && outcomes.has('error'), [...outcomes].join());
    assert.ok(
      outcomes.has('denied READ_SECRECY') && outcomes.has('failed GUARD_ERROR'),
      [...outcomes].join(),
    );
    const all = Buffer.concat(otlp.bodies);
    for (const [way, secret] of Object.entries(secrets))
      assert.ok(!all.includes(secret), `${way}: ${contextOf(all, secret)}`);
  });
});

/** What stands around it, to find where it came from. */
function contextOf(all: Buffer, secret: string): string {
  const at = all.indexOf(secret);
  return all
    .subarray(Math.max(0, at - 120), at + 120)
    .toString('latin1')
    .replace(/[^ -~]+/g, ' ');
}
