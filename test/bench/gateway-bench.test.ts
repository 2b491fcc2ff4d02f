import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { GatewayBench } from './gateway-bench.ts';
import { gatewayReport } from './gateway-report.ts';
import { expectAnswer } from './proxies/call-session.ts';
import { fastAnswer } from './proxies/fast-answers.ts';
import { treeCpu } from './proxies/process-tree.ts';
import { proxyAims } from './proxies/proxy-aims.ts';

const bench = await GatewayBench.start();
after(() => bench[Symbol.asyncDispose]());

suite('the bench of the gateway', () => {
  test('has every way to the servers of both eras and over stdio', () => {
    assert.deepEqual(
      bench.paths.map(({ name }) => name.replace(/ [\d.]+$/, '')),
      [
        'HTTP, direct',
        'HTTP, Sluice without guard',
        'HTTP, Sluice with a guard',
        'HTTP 2026-07-28, direct',
        'HTTP 2026-07-28, Sluice without guard',
        'HTTP 2026-07-28, Sluice with a guard',
        'stdio, direct',
        'stdio, Sluice without guard',
        'stdio, Sluice with a guard',
        'stdio, mcp-proxy',
        'stdio, supergateway',
      ],
    );
  });

  for (const { name, session } of bench.paths) {
    test(`gets the whole answer: ${name}`, () => assert.doesNotReject(session.call()));
  }

  test('tells the CPU time of a gateway from that of its sidecar and its servers', () => {
    const { proxyPid = 0 } = bench.paths.find(({ name }) => name === 'stdio, Sluice with a guard') ?? {};
    const { proxy, sidecar, server } = treeCpu(proxyPid);
    for (const [role, ms] of Object.entries({ proxy, sidecar, server })) assert.ok(ms > 0, role);
  });

  test('refuses to count what is no answer', () => {
    const answer = fastAnswer('{"jsonrpc":"2.0","id":7,"method":"tools/call"}') ?? '';
    assert.ok(JSON.parse(answer).result.content[0].text.length > 1_000);
    expectAnswer(answer, 7);
    assert.throws(() => expectAnswer(answer, 8), /not the answer to call 8/);
    assert.throws(() => expectAnswer('{"id":7,"error":{}}', 7), /not the answer to call 7/);
  });
});

suite('its report', () => {
  const latencies = bench.paths.map(({ name }, index) => {
    const us = 100 * (index + 1);
    return { path: name, p50Us: us, p99Us: 2 * us, calls: 1, roundP50Us: [us] };
  });
  const throughputs = bench.paths.map(({ name }) => {
    const cpuUs = { proxy: 400, sidecar: 100, server: 10, client: 20 };
    return { path: name, calls: 10, callsPerSecond: 1_000, cpuUs };
  });
  const aims = proxyAims(bench.paths, latencies, throughputs);
  const text = gatewayReport({ latencies, throughputs, aims });

  test('says what is added to the direct way, and what one core carries', () => {
    assert.match(
      text,
      /^\| HTTP, Sluice without guard \| 200 \| 400 \| 100 \| 100 to 100 \| 200 \| 2\.0 \|$/m,
    );
    assert.match(
      text,
      /^\| HTTP 2026-07-28, Sluice without guard \| 500 \| 1000 \| 100 \| 100 to 100 \| 200 \| 1\.3 \|$/m,
    );
    assert.match(text, /^\| HTTP, Sluice without guard \| 1000 \| 400 \| 100 \| 10 \| 20 \| 2000 \|$/m);
  });

  test('puts the aims beside the figures, and asserts nothing on them', () => {
    assert.deepEqual(
      aims.map(({ measured, aim, isMet }) => [measured, aim, isMet]),
      [
        ['400', 'at most 350', false],
        ['100', 'at most 400', true],
        ['200', 'at most 1000', true],
        ['2500', 'at least 1500', true],
      ],
    );
  });
});
