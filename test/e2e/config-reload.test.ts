/** A configuration that changes under a running gateway: what is the same goes on, and the rest is as it says now. */
import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { GuardrailClient } from '../harness/guardrail-client.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { callTool, outcomeOf } from '../harness/tool-result.ts';

const main = join(import.meta.dirname, '..', 'harness', 'odd-server.ts');

function server(word: string, more: object = {}): object {
  return { type: 'stdio', command: process.execPath, args: [main, word], ...more };
}

/** What stands behind a session: the word that its server was started with. */
async function wordBehind(client: Client): Promise<string> {
  const { content } = await callTool(client, 'place');
  return JSON.parse(content[0]?.text ?? '{}').args[0];
}

/** Puts a configuration in the place of the one before, as editors and deployments do, and waits until it is read. */
async function configure(
  gateway: RunningGateway,
  config: object,
  { by = 'file', says = 'the configuration was read again' } = {},
): Promise<void> {
  const before = gateway.log.split(says).length - 1;
  const path = join(gateway.folder, 'sluice.json');
  await writeFile(`${path}.next`, JSON.stringify({ gateway: {}, guards: {}, ...config }));
  await rename(`${path}.next`, path);
  if (by === 'signal') gateway.child.kill('SIGHUP');
  await gateway.logged(says, before + 1);
}

suite('a configuration that changes', () => {
  test('is applied to the servers that it changes, and to no other', async () => {
    const kept = server('kept');
    await using gateway = await RunningGateway.start({
      mcpServers: { kept, other: server('before'), gone: server('gone') },
    });
    const [keeping, changing] = [await gateway.connect('kept'), await gateway.connect('other')];
    const told = Promise.withResolvers<void>();
    changing.setNotificationHandler(ToolListChangedNotificationSchema, () => told.resolve());
    assert.equal(await wordBehind(changing), 'before');
    const pid = await gateway.serverPid(`${main}\0kept`);

    await configure(gateway, { mcpServers: { kept, other: server('after'), late: server('late') } });
    await told.promise;
    assert.equal(await wordBehind(changing), 'after');
    assert.equal(await wordBehind(keeping), 'kept');
    assert.equal(await gateway.serverPid(`${main}\0kept`), pid);
    assert.equal(await wordBehind(await gateway.connect('late')), 'late');
    await assert.rejects(gateway.connect('gone'), /no server of this name is configured/);
    const line = gateway.logLines.find(({ message }) => message === 'the configuration was read again');
    const { added, changed, removed } = Object(line);
    assert.deepEqual({ added, changed, removed }, { added: 'late', changed: 'other', removed: 'gone' });
  });

  test('lets what is under way end, and judges it as it began', async () => {
    await using gateway = await RunningGateway.start({ mcpServers: { slow: server('slow') } });
    const client = await gateway.connect('slow');
    const silent = callTool(client, 'keep_silent');
    silent.catch(() => undefined);
    const pid = await gateway.serverPid(`${main}\0slow`);
    assert.equal(await wordBehind(client), 'slow');
    await configure(gateway, { mcpServers: { slow: server('quick') } });
    assert.equal(await wordBehind(client), 'quick');
    // The call is still there, so its server is.
    process.kill(pid, 0);
    process.kill(pid, 'SIGKILL');
    assert.equal(outcomeOf(await silent), 'failed BACKEND_UNAVAILABLE');
  });

  test('forgets what tools agentgateway’s clients saw of a server that is another now', async () => {
    const settings = { extMcp: { listen: '127.0.0.1:0' } };
    const offered = { tools: ['place'] };
    const mcpServers = { kept: server('kept', offered), other: server('before', offered) };
    await using gateway = await RunningGateway.start({ gateway: settings, mcpServers });
    using client = await GuardrailClient.of(gateway);
    const verdicts = async () => {
      const asked = ['kept', 'other'].map((target) =>
        client.checkRequest({ target, json: { name: 'place', arguments: {} } }),
      );
      return (await Promise.all(asked)).map(({ result, error }) => error?.reason ?? result);
    };
    const list = { tools: [{ name: 'place', inputSchema: { type: 'object' } }] };
    for (const target of ['kept', 'other'])
      await client.through({ target, method: 'tools/list', principal: 'alice' }, () => list);
    assert.deepEqual(await verdicts(), ['pass', 'pass']);
    await configure(gateway, {
      gateway: settings,
      mcpServers: { ...mcpServers, other: server('after', offered) },
    });
    const [kept, other] = await verdicts();
    assert.equal(kept, 'pass');
    assert.match(other ?? '', /see tools\/list/);
  });

  test('that is wrong changes nothing, and says why', async () => {
    await using gateway = await RunningGateway.start({ mcpServers: { kept: server('kept') } });
    const client = await gateway.connect('kept');
    await configure(
      gateway,
      { mcpServers: { kept: { type: 'stdio' } } },
      { by: 'signal', says: 'nothing was reloaded' },
    );
    assert.match(gateway.log, /mcpServers\.kept\.command: is missing/);
    assert.equal(await wordBehind(client), 'kept');
  });

  test('brings guards with it that were not there before', async () => {
    await using gateway = await RunningGateway.start({
      guests: { 'answers-public': {} },
      mcpServers: { plain: server('plain') },
    });
    const { guards } = JSON.parse(await readFile(join(gateway.folder, 'sluice.json'), 'utf8'));
    const again = { again: guards['answers-public'] };
    await configure(gateway, {
      guards: { ...guards, ...again },
      mcpServers: { plain: server('plain', { guard: 'again' }) },
    });
    const health = async () => Object(await gateway.ready()).servers.plain;
    assert.equal((await health()).guard, 'again');
    const client = await gateway.connect('plain');
    while (outcomeOf(await callTool(client, 'place')) !== 'result') await health();
  });

  test('of the gateway itself is named: it holds from the next start on', async () => {
    const mcpServers = { kept: server('kept') };
    await using gateway = await RunningGateway.start({ mcpServers });
    await configure(gateway, { gateway: { notice: 'quiet' }, mcpServers }, { by: 'signal' });
    await gateway.logged('gateway.notice is another now: start the gateway again for that');
  });
});
