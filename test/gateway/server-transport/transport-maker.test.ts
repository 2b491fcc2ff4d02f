import assert from 'node:assert/strict';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { suite, test } from 'node:test';
import { Backend } from '../../../gateway/backend.ts';
import type { ServerConfig } from '../../../gateway/config/gateway-config.ts';
import { usualEnvironment } from '../../../gateway/config.ts';
import { Log } from '../../../gateway/log.ts';
import { transportMaker } from '../../../gateway/server-transport/transport-maker.ts';
import { ScriptedBackends } from '../../harness/scripted-backend.ts';
import { serverConfig } from '../granting-server.ts';
import { silentLog } from '../silent-log.ts';

const never = new AbortController().signal;

/** What a tool of a server says. */
async function textOf(config: ServerConfig, tool: string, log = silentLog): Promise<string> {
  await using backend = new Backend(
    config.name,
    transportMaker(config, { environment: usualEnvironment(), log }),
    { log },
  );
  return JSON.parse(await backend.callTool({ tool, args: '{"text":"first\\nno end"}' }, never)).content[0]
    .text;
}

function stdio(env: Readonly<Record<string, string>> = {}): ServerConfig {
  const args = [join(import.meta.dirname, '../../harness/odd-server.ts'), 'one', 'two words', '$HOME'];
  const transport = {
    kind: 'stdio',
    command: process.execPath,
    args,
    env,
    cwd: import.meta.dirname,
  } as const;
  return serverConfig({ name: 'odd', transport });
}

suite('a server over stdio', () => {
  test('gets its arguments without a shell in between, and its folder', async () => {
    assert.deepEqual(JSON.parse(await textOf(stdio(), 'place')), {
      cwd: import.meta.dirname,
      args: ['one', 'two words', '$HOME'],
    });
  });

  test('gets what is configured and what no program can do without, and nothing else', async () => {
    process.env.OF_THE_GATEWAY = 'a secret';
    const environment = JSON.parse(await textOf(stdio({ OWN: 'given' }), 'environment'));
    delete process.env.OF_THE_GATEWAY;
    const usual = ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER'];
    const more = Object.keys(environment).filter((name) => !usual.includes(name));
    assert.deepEqual(more, ['OWN']);
  });

  test('has its standard error in the log line by line, the last one without an end, too', async () => {
    const output = new PassThrough().setEncoding('utf8');
    await textOf(stdio(), 'shout', new Log(output));
    const lines: string[] = [];
    for await (const chunk of output) {
      for (const line of chunk.split('\n').filter(Boolean)) lines.push(JSON.parse(line).message);
      if (lines.includes('no end')) break;
    }
    assert.deepEqual(
      lines.filter((line) => !line.startsWith('backend:')),
      ['first', 'no end'],
    );
  });
});

suite('a server over HTTP', () => {
  test('gets the configured headers with each message', async () => {
    await using scripted = await ScriptedBackends.start();
    const url = scripted.add('/headers', [
      { name: 'get', script: { result: { content: [{ text: 'got' }] } } },
    ]);
    const headers = { Authorization: 'Bearer of the operator' };
    const transport = { kind: 'http', url, headers, credentials: undefined } as const;
    assert.equal(await textOf(serverConfig({ transport }), 'get'), 'got');
    const received = scripted.headers.get('/headers') ?? [];
    assert.ok(received.length >= 3);
    for (const { authorization } of received) assert.equal(authorization, 'Bearer of the operator');
  });
});
