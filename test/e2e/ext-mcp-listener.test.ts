/** Where agentgateway asks: a Unix socket or TCP with mutual TLS, health, and what happens to what cannot be answered. */
import assert from 'node:assert/strict';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type ChannelCredentials, Client, credentials } from '@grpc/grpc-js';
import { HealthClient } from '../../proto/gen/grpc/health/v1/health.ts';
import { CertificateAuthority } from '../harness/certificates.ts';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { GuardrailClient, guardrailAddress } from '../harness/guardrail-client.ts';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { type Script, ScriptedBackends } from '../harness/scripted-backend.ts';
import { clientSpan } from '../harness/traced-call.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const get = { name: 'get', arguments: { id: 1 } };
const tools = { tools: [{ name: 'get', inputSchema: { type: 'object' } }] };
const guards = { scripted: scriptedGuard };

let backends: ScriptedBackends;
before(async () => {
  backends = await ScriptedBackends.start();
});
after(() => backends[Symbol.asyncDispose]());

function open(): Record<string, object> {
  const url = backends.add('/open', []);
  return { open: { type: 'http', url, guard: 'scripted', 'guard-policies': script({}) } };
}

suite('the listener for agentgateway', () => {
  test('on a Unix socket is for the gateway’s user and group, takes the place of a dead one, and names targets', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'ext-mcp.sock');
    const start = () =>
      RunningGateway.start({
        gateway: { extMcp: { listen: `unix:${path}`, targets: { 'agw/target': 'open' }, principal: 'who' } },
        guards,
        mcpServers: open(),
      });
    const killed = await start();
    await killed.stop('SIGKILL');
    await killed[Symbol.asyncDispose]();
    await using own = await start();
    assert.equal((await stat(path)).mode & 0o777, 0o660);
    using asking = await GuardrailClient.of(own);
    const metadata = { who: 'alice' };
    const ask = (target: string) => asking.checkRequest({ target, method: 'tools/list', metadata });
    assert.equal((await ask('agw/target')).result, 'pass');
    assert.match((await ask('open')).error?.reason ?? '', /"open" is no server of Sluice/);
    // One whose response never comes keeps nobody from stopping.
    assert.equal((await own.stop()).code, 0);
    await rm(folder, { recursive: true, force: true });
  });

  test('on TCP asks for a certificate of its authority, and speaks of its health', async () => {
    const folder = await temporaryFolder();
    const authority = await CertificateAuthority.create(folder);
    const foreign = await CertificateAuthority.create(folder, 'foreign');
    const own = await authority.issue('gateway', { subject: '/CN=gateway', usage: 'serverAuth' });
    await using served = await RunningGateway.start({
      gateway: {
        extMcp: {
          listen: '127.0.0.1:0',
          tls: {
            certificate: own.certificateFile,
            privateKey: own.keyFile,
            clientAuthority: authority.identity.certificateFile,
          },
        },
      },
      guards,
      mcpServers: open(),
    });
    const client = async (issuer: CertificateAuthority) => {
      const { key, cert } = await issuer.issue('client', {
        subject: '/CN=agentgateway',
        usage: 'clientAuth',
      });
      const pem = [authority.identity.cert, key, cert].map((text) => Buffer.from(text));
      return credentials.createSsl(pem[0], pem[1], pem[2]);
    };
    const question = { target: 'open', method: 'tools/list' };
    const security = await client(authority);
    using known = await GuardrailClient.of(served, security);
    assert.equal((await known.checkRequest(question)).result, 'pass');
    assert.equal(await servingStatus(await guardrailAddress(served), security), 1);
    using stranger = await GuardrailClient.of(served, await client(foreign));
    await assert.rejects(stranger.checkRequest(question), /UNAVAILABLE/);
    using plain = await GuardrailClient.of(served);
    await assert.rejects(plain.checkRequest(question), /UNAVAILABLE/);
    await served.logged('a connection for guardrails was refused');
    await rm(folder, { recursive: true, force: true });
  });

  test('tells of a request in agentgateway’s trace, from the question to the result', async () => {
    await using otlp = await OtlpReceiver.start();
    await using own = await RunningGateway.start({
      env: otlp.env,
      gateway: { extMcp: { listen: '127.0.0.1:0' } },
      guards,
      mcpServers: open(),
    });
    await own.ready();
    using asking = await GuardrailClient.of(own);
    const { traceId, traceparent, spanId } = clientSpan();
    const question = { target: 'open', method: 'prompts/list' };
    const { call } = await asking.checkRequest({ ...question, traceparent });
    const metadata = { principal: 'alice', sluiceCall: call };
    await asking.checkResponse({ ...question, json: { prompts: [] }, metadata });
    const spans = await otlp.trace(traceId, ({ parentSpanId }) => parentSpanId === spanId);
    const names = spans.map(({ name }) => name);
    assert.ok(names.includes('prompts/list'), names.join());
    assert.ok(names.length > 2, names.join());
  });

  test('refuses by an answer what does not decode', async () => {
    await using gateway = await RunningGateway.start({
      gateway: { extMcp: { listen: '127.0.0.1:0' } },
      guards,
      mcpServers: open(),
    });
    const raw = new Client(await guardrailAddress(gateway), credentials.createInsecure());
    const asIs = (bytes: Buffer) => bytes;
    for (const method of ['CheckRequest', 'CheckResponse']) {
      const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
      const path = `/agentgateway.dev.ext_mcp.ExtMcp/${method}`;
      const garbled = Buffer.from([0x0a, 0xff, 0xff]);
      raw.makeUnaryRequest(path, asIs, asIs, garbled, (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
      assert.match(String(await promise), /the question names no target/);
    }
    raw.close();
  });

  test('takes back a request that agentgateway has taken back', async () => {
    const held = Promise.withResolvers<Script>();
    const url = backends.add('/held', [
      { name: 'get', annotations: { readOnlyHint: true }, script: () => held.promise },
    ]);
    await using own = await RunningGateway.start({
      gateway: { extMcp: { listen: '127.0.0.1:0' } },
      guests: { 'calls-backend': {} },
      mcpServers: { held: { type: 'http', url, guard: 'calls-backend' } },
    });
    using asking = await GuardrailClient.of(own);
    await asking.through({ target: 'held', method: 'tools/list', principal: 'alice' }, () => tools);
    const leaving = new AbortController();
    const asked = asking.checkRequest({ target: 'held', json: get }, leaving.signal);
    await backends.called('/held', 'get');
    leaving.abort();
    await assert.rejects(asked, /CANCELLED/);
    await own.logged('the client cancelled the call');
    held.resolve({ result: { content: [] } });
  });
});

/** 1: it serves (`grpc.health.v1`). */
function servingStatus(address: string, security: ChannelCredentials): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const health = new HealthClient(address, security);
  health.check({ service: 'agentgateway.dev.ext_mcp.ExtMcp' }, (error, answer) => {
    health.close();
    if (error) reject(error);
    else resolve(answer.status);
  });
  return promise;
}
