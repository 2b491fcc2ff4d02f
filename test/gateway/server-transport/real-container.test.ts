/**
 * The same with a real runtime, where there is one: `SLUICE_TEST_IMAGE` names an image that has Node 26, and
 * `SLUICE_TEST_RUNTIME` is `docker` (as it is where it is not given) or `podman`.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { Backend } from '../../../gateway/backend/backend.ts';
import { containerCommand } from '../../../gateway/config/container-command.ts';
import { usualEnvironment } from '../../../gateway/config.ts';
import { transportMaker } from '../../../gateway/server-transport/transport-maker.ts';
import { serverConfig } from '../granting-server.ts';
import { silentLog } from '../silent-log.ts';
import { Recorder } from './recorder.ts';

const never = new AbortController().signal;
const { SLUICE_TEST_IMAGE: image = '', SLUICE_TEST_RUNTIME: runtime = 'docker' } = process.env;
const kind = runtime === 'podman' ? 'podman' : 'docker';
const harness = join(import.meta.dirname, '../../harness');

function serverOf(entrypointArgs: readonly string[]) {
  const transport = containerCommand(
    {
      image,
      entrypoint: 'node',
      entrypointArgs,
      args: ['--network=none', '-e', 'FROM_HERE'],
      mounts: [`${harness}:/harness:ro`],
      env: { OWN: 'hunter2' },
      runtime: { kind, command: undefined, args: [] },
    },
    {
      env: { ...process.env, FROM_HERE: 'passed' },
      folder: '/',
      mountRoots: [{ path: harness, access: 'ro' }],
    },
    (key, sentence) => assert.fail(`${key}: ${sentence}`),
  );
  return transportMaker(serverConfig({ name: 'real', transport }), {
    environment: usualEnvironment(),
    log: silentLog,
  });
}

/** The names of all containers of ours, those that have ended, too. */
async function containers(): Promise<readonly string[]> {
  const args = ['ps', '--all', '--filter', 'name=sluice-real-', '--format', '{{.Names}}'];
  const { stdout } = await promisify(execFile)(kind, args);
  return stdout.split('\n').filter(Boolean);
}

suite('a server in a real container', { skip: image === '' && 'SLUICE_TEST_IMAGE is not set' }, () => {
  test('answers, has its variables, and leaves nothing behind', async () => {
    await using backend = new Backend('real', serverOf(['/harness/odd-server.ts']), { log: silentLog });
    const answer = await backend.callTool({ tool: 'environment', args: '{}' }, never);
    const environment = JSON.parse(JSON.parse(answer).content[0].text);
    const { OWN, FROM_HERE, TERM, NO_COLOR } = environment;
    assert.deepEqual(
      { OWN, FROM_HERE, TERM, NO_COLOR },
      { OWN: 'hunter2', FROM_HERE: 'passed', TERM: 'dumb', NO_COLOR: '1' },
    );
    assert.equal((await containers()).length, 1);
    await backend[Symbol.asyncDispose]();
    assert.deepEqual(await containers(), []);
  });

  test('is gone when it is closed, whatever it does about signals', async () => {
    const clinging = `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1e6);
      console.log('{"jsonrpc":"2.0","method":"ready"}')`;
    const recorder = new Recorder();
    const transport = serverOf(['-e', clinging])(recorder);
    await transport.start();
    await recorder.until(({ texts }) => texts.length === 1);
    assert.equal((await containers()).length, 1);
    await transport.close();
    assert.deepEqual(await containers(), []);
  });
});
