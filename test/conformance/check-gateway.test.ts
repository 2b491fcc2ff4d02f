/** The kit's checks of gateways: ours passes them all, and each stand-in fails the very ones that it breaks. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { CheckResult } from '../../conformance/check.ts';
import { awaitGateway } from '../../conformance/check-gateway.ts';
import { gatewayChecks } from '../../conformance/gateway/gateway-checks.ts';
import { GatewayUnderTest } from '../../conformance/gateway/gateway-under-test.ts';
import { KitTools } from '../../conformance/gateway/kit-tools.ts';
import { publicLabels } from '../../conformance/gateway/played-session.ts';
import { PlayedSidecar, publicRead } from '../../conformance/gateway/played-sidecar.ts';
import { runChecks } from '../../conformance/run-checks.ts';
import { BackendErrorCode, Mode, Operation } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { finishedCommand } from '../harness/finished-command.ts';
import { freePort } from '../harness/free-port.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';
import { type Twist, TwistingSidecar } from './twisting-sidecar.ts';

const root = join(import.meta.dirname, '..', '..');
const path = join(root, 'guards/conformance/conformance.wasm');
const limits = { checkMs: 6_000, totalMs: 60_000 };

/** The checks that a stand-in is put through: one of each kind, in their order. */
const quick = gatewayChecks.filter(
  ({ id }) => !/^(refused\.|end\.slow|failed\.(?!guard-error|unknown|response))/.test(id),
);

/** Our gateway in front of a server, asking a sidecar. */
function gatewayAt(sidecar: string, port: number): Promise<RunningGateway> {
  return RunningGateway.start({
    gateway: { sidecar },
    guards: { kit: { type: 'wasm', path } },
    mcpServers: { kit: { type: 'http', url: `http://127.0.0.1:${port}/mcp`, guard: 'kit' } },
  });
}

const kitAddress = async () => `unix:${join(await temporaryFolder(), 'kit.sock')}`;

async function failing(twist: Twist): Promise<string[]> {
  const [address, port] = [await kitAddress(), await freePort()];
  using sidecar = await PlayedSidecar.listen(address);
  using tools = await KitTools.listen({ host: '127.0.0.1', port });
  using standIn = await TwistingSidecar.start(address, twist);
  await using gateway = await gatewayAt(standIn.address, port);
  const way = { kind: 'mcp', url: new URL(`${gateway.url}/mcp/kit`) } as const;
  const subject = new GatewayUnderTest(sidecar, tools, way);
  await awaitGateway(subject);
  const results = await runChecks(subject, quick, { limits, tell: () => undefined });
  return results.filter(({ outcome }) => outcome !== 'pass').map(({ id }) => id);
}

suite('the kit, around a gateway,', { timeout: 120_000 }, () => {
  test('passes ours in every check', async () => {
    const [address, port] = [await kitAddress(), await freePort()];
    await using gateway = await gatewayAt(address, port);
    const ways = ['--tools', `127.0.0.1:${port}`, '--mcp', `${gateway.url}/mcp/kit`, '--json'];
    const words = ['cli/main.ts', 'conformance', '--gateway', '--address', address, ...ways];
    const { stdout, stderr, exitCode } = await finishedCommand(process.execPath, words);
    const { checks, ...counts } = JSON.parse(stdout);
    assert.deepEqual(
      checks.filter(({ outcome }: CheckResult) => outcome !== 'pass'),
      [],
    );
    const expected = { target: 'gateway', address, failed: 0, skipped: 0 };
    assert.deepEqual(counts, { ...expected, passed: gatewayChecks.length });
    assert.deepEqual([exitCode, stderr], [0, '']);
  });

  test('makes its calls by a command, too', async () => {
    const [address, port] = [await kitAddress(), await freePort()];
    await using gateway = await gatewayAt(address, port);
    const call = `${process.execPath} ${join(root, 'test/conformance/call-tool.ts')} ${gateway.url}/mcp/kit`;
    const ways = ['--tools', `127.0.0.1:${port}`, '--call', call, '--only', 'ask.'];
    const words = ['cli/main.ts', 'conformance', '--gateway', '--address', address, ...ways];
    const { stdout, exitCode } = await finishedCommand(process.execPath, words);
    assert.match(stdout, /\ngateway: 5 passed, 0 failed, 0 skipped\n$/);
    assert.equal(exitCode, 0);
  });

  test('passes one that asks through a stand-in which changes nothing', async () => {
    assert.deepEqual(await failing({}), []);
  });

  const twists: readonly (readonly [name: string, twist: Twist, fails: readonly string[]])[] = [
    [
      'takes a question that failed for a public read',
      {
        response: (response) => {
          const { message } = response;
          if (message?.$case !== 'failed') return response;
          return { message: { $case: 'answer', value: { id: message.value.id, labels: publicRead } } };
        },
      },
      ['failed.guard-error', 'failed.unknown-0', 'failed.unknown-9999', 'again.failed-shutting-down'],
    ],
    [
      'takes an unknown mode for filter',
      {
        response: (response) => {
          const { message } = response;
          if (message?.$case !== 'opened' || message.value.mode !== Mode.MODE_UNSPECIFIED) return response;
          return { message: { ...message, value: { ...message.value, mode: Mode.MODE_FILTER } } };
        },
      },
      ['decide.mode-unknown'],
    ],
    [
      'takes an unknown operation for a read',
      {
        response: (response) => {
          const { message } = response;
          if (message?.$case !== 'answer' || message.value.labels?.$case !== 'resource') return response;
          const { labels } = message.value;
          if (labels.value.operation !== Operation.OPERATION_UNSPECIFIED) return response;
          const value = { ...labels.value, operation: Operation.OPERATION_READ };
          return { message: { ...message, value: { ...message.value, labels: { ...labels, value } } } };
        },
      },
      ['decide.operation-unknown'],
    ],
    [
      'takes a response without labels for public',
      {
        response: (response) => {
          const { message } = response;
          if (message?.$case !== 'answer' || message.value.labels?.$case !== 'response') return response;
          if (message.value.labels.value.form !== undefined) return response;
          const value = { entries: [], defaultLabels: publicLabels, itemsPath: '/items' };
          const labels = { $case: 'response' as const, value: { form: { $case: 'paths' as const, value } } };
          return { message: { ...message, value: { ...message.value, labels } } };
        },
      },
      ['decide.no-response-labels', 'decide.propagate'],
    ],
    [
      'lets its guard write',
      {
        request: (request) => {
          const { message } = request;
          if (message?.$case !== 'backendResult' || message.value.outcome?.$case !== 'error') return request;
          if (message.value.outcome.value.code !== BackendErrorCode.BACKEND_ERROR_CODE_PERMISSION_DENIED)
            return request;
          const outcome = { $case: 'json' as const, value: Buffer.from('{"content":[]}') };
          return { message: { ...message, value: { ...message.value, outcome } } };
        },
      },
      ['backend.writes'],
    ],
    [
      'does not say that a caller has gone',
      { request: (request) => (request.message?.$case === 'cancel' ? undefined : request) },
      ['end.caller-gone'],
    ],
    [
      'opens with a policy that is no JSON object',
      {
        request: (request) => {
          const { message } = request;
          if (message?.$case !== 'open') return request;
          return { message: { ...message, value: { ...message.value, policy: Buffer.from('[]') } } };
        },
      },
      ['order.rules'],
    ],
  ];
  for (const [name, twist, fails] of twists) {
    test(`fails one that ${name} in the very checks that it breaks`, async () => {
      assert.deepEqual(await failing(twist), fails);
    });
  }

  test('has an id of its own for each check', () => {
    const ids = gatewayChecks.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^[a-z]+\.[a-z0-9-]+$/);
  });
});
