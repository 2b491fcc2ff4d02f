/** Telemetry that is off, and telemetry that cannot be sent: no call is another for it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import { outcomeOf, textOf } from '../harness/tool-result.ts';
import { clientSpan, tracedCall } from '../harness/traced-call.ts';

const hello = { name: 'hello', script: { result: { content: [{ type: 'text', text: 'hello' }] } } };

/** A gateway in front of one guarded server, with these variables. */
function traced(backends: ScriptedBackends, env: Readonly<Record<string, string>>): Promise<RunningGateway> {
  const guarded = { guard: 'scripted', 'guard-policies': script({}) };
  return RunningGateway.start({
    env,
    guards: { scripted: scriptedGuard },
    mcpServers: { house: { type: 'http', url: backends.add('/house', [hello]), ...guarded } },
  });
}

suite('where nothing says where to send it', () => {
  test('nothing is sent, and a server gets the client’s own words, byte for byte', async () => {
    await using otlp = await OtlpReceiver.start();
    await using backends = await ScriptedBackends.start();
    const {
      OTEL_EXPORTER_OTLP_ENDPOINT: _,
      OTEL_TRACES_EXPORTER: __,
      OTEL_METRICS_EXPORTER: ___,
      ...rest
    } = otlp.env;
    await using gateway = await traced(backends, rest);
    const { traceparent } = clientSpan();
    const meta = { traceparent, tracestate: 'a=1', other: 1.0 };
    const client = await gateway.connect('house', { headers: { traceparent } });
    await tracedCall(client, 'hello', { meta });
    await tracedCall(client, 'hello');
    const [first, second] = (backends.texts.get('/house') ?? []).slice(-2);
    const call = (id: number, own: object) =>
      `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"hello","_meta":${JSON.stringify(own)},"arguments":{}}}`;
    assert.equal(first, call(3, meta));
    assert.equal(second, call(4, {}));
    for (const headers of backends.headers.get('/house') ?? []) assert.equal(headers.traceparent, undefined);
    await gateway.stop();
    assert.equal(otlp.bodies.length, 0);
  });
});

suite('a collector that', () => {
  const ways = {
    hangs: 'hang',
    'answers 500': 500,
    'answers 503': 503,
    'answers 400': 400,
    refuses: 'gone',
  } as const;
  for (const [name, way] of Object.entries(ways)) {
    test(`${name} costs no call, and each process one line of the log at most`, async () => {
      await using otlp = await OtlpReceiver.start();
      await using backends = await ScriptedBackends.start();
      const { env } = otlp;
      if (way === 'gone') await otlp[Symbol.asyncDispose]();
      else otlp.answers = way;
      await using gateway = await traced(backends, { ...env, OTEL_EXPORTER_OTLP_TIMEOUT: '100' });
      const client = await gateway.connect('house');
      for (let call = 0; call < 20; call++) {
        const result = await tracedCall(client, 'hello');
        assert.deepEqual([outcomeOf(result), textOf(result)], ['result', 'hello']);
      }
      if (way !== 'gone') await otlp.asked(2);
      const complaints = () =>
        gateway.logLines.filter(({ message }) => message.startsWith('telemetry cannot be sent'));
      const own = () => complaints().filter((line) => line.process === 'gateway');
      for (let heard = 1; own().length === 0; heard++)
        await gateway.logged('telemetry cannot be sent', heard);
      await tracedCall(client, 'hello');
      const { code } = await gateway.stop();
      assert.equal(code, 0);
      assert.equal(own().length, 1, gateway.log);
      // Its sidecar has the same collector, and says so once, too, in one sentence.
      assert.ok(complaints().length <= 2, gateway.log);
      for (const { message } of complaints()) assert.doesNotMatch(message, /stack|node_modules|\n|[{}]/);
    });
  }
});
