/**
 * The stack of docker-compose.yml, built and run as users do, on a Docker daemon of the test's own. Its base image is a local
 * stand-in: the Node of the project with npm. A stand-in takes the collector's place, and the viewer is not tested.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { callTool, outcomeOf, type ToolResult, textOf } from '../harness/tool-result.ts';
import { apiKey, ComposeStack, operatorKey, packageRegistry, type Service } from './compose-stack.ts';
import { DockerDaemon, NoDaemon } from './docker-daemon.ts';
import type { ContainerFacts } from './inside.ts';

/** The images are built with `npm ci` over the network, on a machine that has other work: milliseconds. */
const slow = { timeout: 15 * 60_000 };

const daemon = await DockerDaemon.start().catch((error: unknown) => {
  if (error instanceof NoDaemon) return error;
  throw error;
});
if (daemon instanceof NoDaemon)
  process.stderr.write(`\n*** THE COMPOSE STACK IS NOT TESTED: ${daemon.message} ***\n\n`);

suite('the compose stack', skipped(daemon), () => {
  if (daemon instanceof NoDaemon) return;
  let stack: ComposeStack;

  before(async () => {
    stack = await ComposeStack.up(daemon.host);
  }, slow);
  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    await daemon[Symbol.asyncDispose]();
  }, slow);

  /** What is found inside a container; asked for once. */
  const found = new Map<Service, Promise<ContainerFacts>>();
  const inside = (service: Service) =>
    found.getOrInsertComputed(service, async () => stack.inside(service, await packageRegistry()));

  async function call(tool: string, path: string, at = stack.url): Promise<ToolResult> {
    const client = new Client({ name: 'test', version: '1' });
    const headers = { authorization: `Bearer ${apiKey}` };
    const url = new URL(`${at}/mcp/files`);
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }) as Transport);
    try {
      return await callTool(client, tool, { path });
    } finally {
      await client.close();
    }
  }

  test('withholds private items of a result', async () => {
    const result = await call('directory_tree', '/data');
    assert.deepEqual(result._meta?.['sluice.dev/withheld'], { count: 1, secrecy: 1, integrity: 0 });
    assert.match(textOf(result), /welcome\.txt/);
    assert.doesNotMatch(textOf(result), /salaries|private/);
  });

  test('denies what is more secret than the agent', async () => {
    assert.equal(
      outcomeOf(await call('read_text_file', '/data/private/salaries.txt')),
      'denied READ_SECRECY',
    );
  });

  test('answers nobody without the key', async () => {
    const response = await fetch(`${stack.url}/mcp/files`, { method: 'POST', body: '{}' });
    assert.equal(response.status, 401);
  });

  test('has an operator, who is no agent', async () => {
    for (const [key, status] of [
      [apiKey, 403],
      [operatorKey, 200],
    ] as const) {
      const response = await fetch(`${stack.url}/agents`, { headers: { authorization: `Bearer ${key}` } });
      await response.body?.cancel();
      assert.equal(response.status, status);
    }
  });

  const containers: readonly [Service, Expected][] = [
    ['sidecar', { uid: 10002, gid: 10000, memory: 1024, pids: 256, cpus: 1, writable: ['/run/sluice/x'] }],
    ['gateway', { uid: 10001, gid: 10000, memory: 512, pids: 128, cpus: 1, writable: ['/tmp/x'] }],
    [
      'sidecar-tcp',
      { uid: 10002, gid: 10000, memory: 1024, pids: 256, cpus: 1, writable: ['/run/sluice/x'] },
    ],
    ['gateway-tcp', { uid: 10001, gid: 10000, memory: 512, pids: 128, cpus: 1, writable: ['/tmp/x'] }],
    ['demo-server', { uid: 10003, gid: 10003, memory: 256, pids: 64, cpus: 0.5, writable: [] }],
  ];
  for (const [service, expected] of containers) {
    suite(`the container of ${service}`, () => {
      test('has a user of its own, no capability, no new privileges, and a seccomp filter', async () => {
        const { status } = await inside(service);
        const { uid, gid } = expected;
        assert.deepEqual(status.Uid?.split('\t'), Array(4).fill(String(uid)));
        assert.deepEqual(status.Gid?.split('\t'), Array(4).fill(String(gid)));
        for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
          assert.match(status[set] ?? '', /^0+$/, set);
        assert.equal(status.NoNewPrivs, '1');
        assert.equal(status.Seccomp, '2');
      });

      test('can write nowhere but where it must', async () => {
        const { writes } = await inside(service);
        const written = Object.keys(writes).filter((path) => writes[path] === 'written');
        assert.deepEqual(written, expected.writable);
        assert.equal(writes['/x'], 'EROFS');
        if (service === 'gateway') assert.equal(writes['/run/sluice/x'], 'EROFS');
      });

      test('has limits on memory, processes and processors', async () => {
        const { limits } = await inside(service);
        const { memory, pids, cpus } = expected;
        assert.deepEqual(limits, { memory: memory * 1024 * 1024, pids, cpus });
      });
    });
  }

  test('the sidecar has no network: no interface, no route, and no socket of the internet', async () => {
    const { routes, internet, interfaces } = await inside('sidecar');
    assert.deepEqual(routes, []);
    // Of the seccomp profile, which lets it open neither sockets of the internet nor those that list interfaces.
    assert.equal(internet, 'EPERM');
    assert.deepEqual(interfaces, ['ERR_SYSTEM_ERROR']);
  });

  test('the sidecar is given no secret', async () => {
    const { variables } = await inside('sidecar');
    assert.deepEqual(
      variables.filter((name) => /key|token|secret/i.test(name)),
      [],
    );
  });

  test('servers reach no internet, and the gateway does', async () => {
    assert.match((await inside('demo-server')).internet, /^(ENETUNREACH|no answer)$/);
    assert.equal((await inside('gateway')).internet, 'connected');
  });

  test('the gateway sends its traces to the collector', async () => {
    await call('read_text_file', '/data/public/welcome.txt');
    await stack.logged('collector', 'trace of sluice-gateway');
  });

  test('the sidecar, which has no network, reaches the collector over a socket', async () => {
    assert.match((await inside('sidecar')).collector, /^SETTINGS/);
    await call('read_text_file', '/data/public/welcome.txt');
    for (const signal of ['trace', 'metrics']) await stack.logged('collector', `${signal} of sluice-sidecar`);
  });

  test('two sidecars label over TCP with mutual TLS, and no call is lost when one of them stops', async () => {
    await stack.sidecarsReady(2);
    const [first = ''] = await stack.containers('sidecar-tcp');
    let isStopped = false;
    const stopping = stack.docker(['stop', first]).finally(() => {
      isStopped = true;
    });
    while (!isStopped) {
      const result = await call('directory_tree', '/data', stack.urlOverTcp);
      assert.equal(outcomeOf(result), 'result');
      assert.doesNotMatch(textOf(result), /salaries/);
    }
    await stopping;
    await stack.sidecarsReady(1);
    const denied = await call('read_text_file', '/data/private/salaries.txt', stack.urlOverTcp);
    assert.equal(outcomeOf(denied), 'denied READ_SECRECY');
    await stack.docker(['start', first]);
    await stack.sidecarsReady(2);
  });

  test('sidecars on TCP reach no internet, and hear nobody without a certificate', async () => {
    assert.match((await inside('sidecar-tcp')).internet, /^(ENETUNREACH|no answer)$/);
    const heard = await stack.docker(['exec', await stack.container('gateway-tcp'), 'node', '-e', stranger]);
    assert.equal(heard.trim(), 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
  });

  test('the image has no shell and no npm, and is as small as the documents say', async () => {
    for (const program of ['sh', '/bin/sh', 'npm'])
      await assert.rejects(
        stack.docker(['run', '--rm', '--network=none', '--entrypoint', program, 'sluice']),
        /no such file|not found/,
      );
    const size = Number(await stack.docker(['image', 'inspect', '-f', '{{.Size}}', 'sluice']));
    assert.ok(size < 185e6, `${size} bytes`);
  });

  test('the image has everything compiled: Node takes no types off when it starts', async () => {
    const sources = ['-p', 'fs.globSync("/opt/sluice/**/*.ts").join()'];
    assert.equal((await stack.docker(['run', '--rm', '--network=none', 'sluice', ...sources])).trim(), '');
  });

  test(
    'a sidecar that crashes is started again, and no call is delivered unjudged meanwhile',
    slow,
    async () => {
      const { RestartCount: restarts, State } = await stack.state('sidecar');
      // Docker takes a kill of its own for a wish; this is a crash to it.
      process.kill(State.Pid, 'SIGKILL');
      const during = await Promise.all(Array.from({ length: 5 }, () => call('directory_tree', '/data')));
      for (const result of during) {
        assert.match(outcomeOf(result), /^(result|failed GUARD_UNAVAILABLE)$/);
        assert.doesNotMatch(textOf(result), /salaries/);
      }
      await stack.becomes('sidecar', ({ RestartCount }) => RestartCount === restarts + 1);
      await stack.becomes('sidecar', (state) => state.State.Health?.Status === 'healthy');
      await stack.readiness(200);
      assert.equal(outcomeOf(await call('directory_tree', '/data')), 'result');
    },
  );

  test(
    'without a sidecar calls fail, and the gateway is not ready; with one again all is well',
    slow,
    async () => {
      await stack.compose('stop', 'sidecar');
      await stack.readiness(503);
      const result = await call('read_text_file', '/data/public/welcome.txt');
      assert.equal(outcomeOf(result), 'failed GUARD_UNAVAILABLE');
      await stack.compose('start', 'sidecar');
      await stack.readiness(200);
      assert.equal(outcomeOf(await call('read_text_file', '/data/public/welcome.txt')), 'result');
    },
  );
});

/** A client without a certificate: what a server of HTTP/2 says first, or why it does not. */
const stranger = `
  const socket = tls.connect({ host: 'sidecar-tcp', port: 50051, ALPNProtocols: ['h2'], rejectUnauthorized: false });
  const said = (words) => { console.log(words); process.exit(); };
  socket.once('data', () => said('an answer')).once('error', ({ code }) => said(code));
`;

interface Expected {
  readonly uid: number;
  readonly gid: number;
  /** In MiB. */
  readonly memory: number;
  readonly pids: number;
  readonly cpus: number;
  /** Of the paths that are tried. */
  readonly writable: readonly string[];
}

function skipped(given: DockerDaemon | NoDaemon): { skip?: string } {
  return given instanceof NoDaemon ? { skip: `NOT TESTED: ${given.message}` } : {};
}
