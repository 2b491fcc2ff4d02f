/** The audit trail of a real gateway: under concurrent calls, killed in the middle, and on a disk that is full. */
import assert from 'node:assert/strict';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { verifyTrail } from '../../gateway/audit/verify-trail.ts';
import { type FinishedCommand, finishedCommand } from '../harness/finished-command.ts';
import { nodeServer, script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { callTool, outcomeOf } from '../harness/tool-result.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const main = join(import.meta.dirname, '..', '..', 'gateway', 'main.ts');
const toldServer = nodeServer(join(import.meta.dirname, '..', 'harness', 'told-server.ts'), '{}');
const scripted = (lines: Parameters<typeof script>[0]) => ({
  ...toldServer,
  guard: 'scripted',
  'guard-policies': script(lines),
});

const mcpServers = {
  open: scripted({}),
  secrets: scripted({ mode: 'propagate', resource: { secrecy: ['house'] } }),
  letters: { ...scripted({ operation: 'write', resource: { secrecy: ['*'] } }), audience: [] },
  lists: scripted({
    response: { labeled_paths: [{ path: '/1', labels: { secrecy: ['board'] } }], items_path: '' },
  }),
};
const guards = { scripted: scriptedGuard };
const twoItems = {
  lines: [
    '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"[{\\"a\\":1},{\\"a\\":2}]"}]}}',
  ],
  isSilent: true,
};

interface Line {
  readonly kind: string;
  readonly [name: string]: unknown;
}

async function linesOf(file: string, kind: string): Promise<Line[]> {
  const lines: Line[] = (await readFile(file, 'utf8'))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  return lines.filter((line) => line.kind === kind);
}

function audit(...args: string[]): Promise<FinishedCommand> {
  return finishedCommand(process.execPath, [main, 'audit', ...args]);
}

/** Bounds how large files of a running process may get, in bytes: its disk is full from there on. */
async function limitFiles(pid: number, bytes: number | 'unlimited'): Promise<void> {
  const { exitCode, stderr } = await finishedCommand('prlimit', [
    '--pid',
    String(pid),
    `--fsize=${bytes}:unlimited`,
  ]);
  assert.equal(exitCode, 0, stderr);
}

suite('the audit trail of a gateway', () => {
  test('has each of many calls at once, unbroken, with what they were and what they did to agents', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'trail.jsonl');
    {
      await using gateway = await RunningGateway.start({ gateway: { audit: { file } }, guards, mcpServers });
      const clients = await Promise.all(['a', 'b'].map((run) => gateway.connect('open', { run })));
      const calls = clients.flatMap((client) => Array.from({ length: 50 }, () => callTool(client, 'say')));
      await Promise.all(calls);
      assert.equal(outcomeOf(await gateway.call('secrets', 'say', { run: 'a' })), 'result');
      assert.equal(outcomeOf(await gateway.call('letters', 'say', { run: 'a' })), 'denied AUDIENCE');
      await gateway.call('lists', 'say', { run: 'b', args: twoItems });
    }
    const decisions = await linesOf(file, 'decision');
    const open = decisions.filter(({ server, tool }) => server === 'open' && tool === 'say');
    assert.equal(open.length, 100);
    const said = (server: string) => decisions.find((line) => line.server === server && line.tool === 'say');
    const secrets = said('secrets');
    const house = { secrecy: ['house'], integrity: [] };
    const none = { secrecy: [], integrity: [] };
    assert.deepEqual([secrets?.mode, secrets?.operation, secrets?.resource], ['propagate', 'read', house]);
    assert.deepEqual([secrets?.before, secrets?.after], [none, house]);
    assert.deepEqual([secrets?.principal, secrets?.run, secrets?.guard], ['anonymous', 'a', 'scripted']);
    assert.match(String(secrets?.digest), /^[0-9a-f]{64}$/);
    const letters = said('letters');
    assert.deepEqual([letters?.outcome, letters?.reason, letters?.before], ['denied', 'AUDIENCE', house]);
    assert.deepEqual([said('lists')?.withheld, said('lists')?.form], [1, 'items']);
    const sessions = ['session-begun', 'session-ended'].map((kind) => linesOf(file, kind));
    for (const lines of await Promise.all(sessions))
      assert.deepEqual(lines.map(({ run }) => run).toSorted(), ['a', 'b']);
    const { stdout, exitCode } = await audit('verify', file);
    assert.match(stdout, /^\d+ lines, unbroken$/m);
    assert.equal(exitCode, 0);
    await rm(folder, { recursive: true });
  });

  test('has who overruled a guard, in which session, and the trace that a call belongs to', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'trail.jsonl');
    const bounded = { ...scripted({ operation: 'read' }), bounds: { reads: ['look'] } };
    const trace = '0af7651916cd43dd8448eb211c80319c';
    {
      await using gateway = await RunningGateway.start({
        gateway: { audit: { file } },
        guards,
        mcpServers: { bounded },
      });
      const client = await gateway.connect('bounded', { run: 'a' });
      const _meta = { traceparent: `00-${trace}-b7ad6b7169203331-01` };
      await client.callTool({ name: 'say', arguments: {}, _meta });
    }
    const [overruled] = (await linesOf(file, 'overruled')).filter(({ tool }) => tool === 'say');
    const { principal, run, server, bound, guard, digest } = Object(overruled);
    assert.deepEqual(
      [principal, run, server, bound, guard],
      ['anonymous', 'a', 'bounded', 'NOT_A_READ', 'scripted'],
    );
    const [decision] = (await linesOf(file, 'decision')).filter(({ tool }) => tool === 'say');
    assert.deepEqual([decision?.operation, decision?.trace, decision?.digest], ['read-write', trace, digest]);
    assert.match(String(digest), /^[0-9a-f]{64}$/);
    await rm(folder, { recursive: true });
  });

  test('tells what another configuration would deny or withhold, line by line', async () => {
    const folder = await temporaryFolder();
    const [file, same, strict] = ['trail.jsonl', 'same.json', 'strict.json'].map((name) =>
      join(folder, name),
    );
    assert.ok(file && same && strict);
    const config = (gateway: object) => JSON.stringify({ gateway, guards, mcpServers });
    await writeFile(same, config({}));
    await writeFile(strict, config({ guardsMode: 'strict' }));
    {
      await using gateway = await RunningGateway.start({ gateway: { audit: { file } }, guards, mcpServers });
      await gateway.call('secrets', 'say');
      await gateway.call('letters', 'say');
      await gateway.call('lists', 'say', { args: twoItems, run: 'b' });
    }
    const unchanged = await audit('report', file, '--config', same);
    assert.match(unchanged.stdout, /^(\d+) decisions, \1 the same\n$/);
    const { stdout, exitCode } = await audit('report', file, '--config', strict);
    assert.equal(exitCode, 0);
    assert.match(stdout, /"secrets","say"\] was answered, and would be denied READ_SECRECY$/m);
    assert.match(stdout, /"letters","say"\] was denied AUDIENCE, and the server would be asked$/m);
    assert.match(
      stdout,
      /"lists","say"\] was answered with 1 items withheld, and would be denied ITEMS_WITHHELD$/m,
    );
    await rm(folder, { recursive: true });
  });

  test('is unbroken up to an unfinished line when the gateway is killed in the middle, and goes on behind it', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'trail.jsonl');
    const setup = { gateway: { audit: { file } }, guards, mcpServers };
    {
      await using gateway = await RunningGateway.start(setup);
      const client = await gateway.connect('open');
      const calls = Array.from({ length: 200 }, () => callTool(client, 'say').catch(() => undefined));
      await Promise.all(calls.slice(0, 20));
      await gateway.stop('SIGKILL');
    }
    const killed = await verifyTrail([file]);
    assert.deepEqual([killed.breaks, killed.isEnded], [[], false]);
    {
      await using gateway = await RunningGateway.start(setup);
      await gateway.call('open', 'say');
    }
    const { breaks, isEnded, isTorn } = await verifyTrail([file], { head: killed.head?.hash });
    assert.deepEqual({ breaks, isEnded, isTorn }, { breaks: [], isEnded: true, isTorn: false });
    await rm(folder, { recursive: true });
  });

  test('is what nothing is answered without while the disk is full, where it is required', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'trail.jsonl');
    {
      const settings = { audit: { file, required: true } };
      await using gateway = await RunningGateway.start({ gateway: settings, guards, mcpServers });
      const client = await gateway.connect('open');
      assert.equal(outcomeOf(await callTool(client, 'say')), 'result');
      // In the middle of the next line.
      await limitFiles(gateway.pid, (await stat(file)).size + 100);
      assert.equal(outcomeOf(await callTool(client, 'say')), 'failed AUDIT_UNAVAILABLE');
      assert.equal(outcomeOf(await callTool(client, 'say')), 'failed AUDIT_UNAVAILABLE');
      await limitFiles(gateway.pid, 'unlimited');
      await gateway.logged('the audit trail can be written again');
      assert.equal(outcomeOf(await callTool(client, 'say')), 'result');
      assert.equal(gateway.log.match(/the audit trail cannot be written, calls are refused/g)?.length, 1);
    }
    const said = (await linesOf(file, 'decision')).filter(({ tool }) => tool === 'say');
    assert.deepEqual(
      said.map(({ outcome, wasCalled }) => [outcome, wasCalled]),
      [
        ['result', undefined],
        // Performed, and not delivered.
        ['failed', true],
        // Not even begun.
        ['failed', undefined],
        ['result', undefined],
      ],
    );
    assert.deepEqual((await verifyTrail([file])).breaks, []);
    await rm(folder, { recursive: true });
  });

  test('is an error in the log once while the disk is full, and no call fails, where it is not required', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'trail.jsonl');
    {
      await using gateway = await RunningGateway.start({ gateway: { audit: { file } }, guards, mcpServers });
      const client = await gateway.connect('open');
      await callTool(client, 'say');
      await limitFiles(gateway.pid, (await stat(file)).size + 100);
      for (let call = 0; call < 5; call++) assert.equal(outcomeOf(await callTool(client, 'say')), 'result');
      await gateway.logged('the audit trail cannot be written, events may be lost');
      await limitFiles(gateway.pid, 'unlimited');
      await gateway.logged('the audit trail can be written again');
      assert.equal(gateway.log.match(/the audit trail cannot be written/g)?.length, 1);
    }
    // They waited.
    assert.equal((await linesOf(file, 'decision')).filter(({ tool }) => tool === 'say').length, 6);
    assert.equal((await linesOf(file, 'trail-resumed')).length, 1);
    assert.deepEqual((await verifyTrail([file])).breaks, []);
    await rm(folder, { recursive: true });
  });
});
