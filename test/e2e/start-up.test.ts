/** How a gateway starts and does not start: one clear answer to whoever runs it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const gatewayMain = join(import.meta.dirname, '..', '..', 'gateway', 'main.ts');
const servers = { outbox: { type: 'http', url: 'http://127.0.0.1:1/' } };

let folder: string;
before(async () => {
  folder = await temporaryFolder();
});
after(() => rm(folder, { recursive: true, force: true }));

interface Run {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs a gateway that is expected to end by itself. */
async function run(...args: string[]): Promise<Run> {
  const options = { env: { TMPDIR: folder }, cwd: folder } as const;
  const child = spawn(process.execPath, [gatewayMain, ...args], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [[code], stderr] = await Promise.all([once(child, 'close'), text(child.stderr)]);
  return { code, stderr };
}

async function runWith(config: object | string, ...args: string[]): Promise<Run> {
  const file = join(folder, 'sluice.json');
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config));
  return run('--config', file, ...args);
}

/** What was said, when that is all that was said, in one line, and the exit code: 2 where a restart changes nothing. */
function refusal({ code, stderr }: Run, expected = 2): string {
  assert.equal(code, expected, stderr);
  assert.doesNotMatch(stderr, /^\s+at /m, 'a stack trace');
  assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  return stderr;
}

suite('a gateway does not start', () => {
  test('without --config, and says how it is used', async () => {
    assert.match(refusal(await run()), /usage: sluice-gateway --config FILE/);
  });

  test('with an option that it does not know, and names it', async () => {
    assert.match(refusal(await run('--confg', 'x')), /--confg/);
  });

  test('without its configuration file, and names it', async () => {
    const file = join(folder, 'nowhere.json');
    assert.match(refusal(await run('--config', file)), /nowhere\.json: there is no such file/);
  });

  test('with a configuration that is no JSON', async () => {
    assert.match(refusal(await runWith('{"gateway":')), /no JSON: line 1, column 12/);
  });

  test('with a broken configuration, and names all problems at once', async () => {
    const broken = {
      gateway: { listn: '127.0.0.1:3000', toolTimeout: -1 },
      mcpServers: { files: { type: 'stdio' } },
    };
    const { code, stderr } = await runWith(broken);
    assert.equal(code, 2);
    for (const problem of [
      /listn.*did you mean listen/,
      /gateway\.toolTimeout/,
      /mcpServers\.files\.command/,
    ])
      assert.match(stderr, problem);
    assert.doesNotMatch(stderr, /^\s+at /m);
  });

  test('where other machines can reach it and no key is configured', async () => {
    for (const listen of ['0.0.0.0:0', '[::]:0', 'sluice.example:3000']) {
      const said = refusal(await runWith({ mcpServers: servers }, '--listen', listen));
      assert.match(said, /--listen: other machines can reach this address: set gateway\.apiKey/);
    }
  });

  test('on a port that is in use, and says what to do', async () => {
    await using occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const address = occupant.address();
    assert.ok(typeof address === 'object' && address !== null);
    const listen = `127.0.0.1:${address.port}`;
    const said = refusal(await runWith({ mcpServers: servers }, '--listen', listen), 1);
    assert.equal(
      said,
      `cannot listen on ${listen}: another program does; choose another port with --listen or gateway.listen\n`,
    );
  });

  test('on an address that is not this machine, and says so', async () => {
    const config = { gateway: { apiKey: 'a-key-of-the-tests' }, mcpServers: servers };
    const said = refusal(await runWith(config, '--listen', '192.0.2.1:3000'), 1);
    assert.match(said, /^cannot listen on 192\.0\.2\.1:3000: this machine has no such address/);
  });

  test('and leaves nothing of its sidecar behind', async () => {
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('sluice-')),
      [],
    );
  });
});
