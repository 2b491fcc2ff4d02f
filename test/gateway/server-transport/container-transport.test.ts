import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Backend } from '../../../gateway/backend/backend.ts';
import { containerCommand } from '../../../gateway/config/container-command.ts';
import { usualEnvironment } from '../../../gateway/config.ts';
import { transportMaker } from '../../../gateway/server-transport/transport-maker.ts';
import { gone } from '../../harness/child-processes.ts';
import { FakeDocker } from '../../harness/fake-docker.ts';
import { serverConfig } from '../granting-server.ts';
import { silentLog } from '../silent-log.ts';
import { Recorder } from './recorder.ts';

const never = new AbortController().signal;
const oddServer = join(import.meta.dirname, '../../harness/odd-server.ts');

/** Says its process id, and goes on whatever it is told. */
const clinging = `process.on('SIGTERM', () => undefined);
  console.log('{"jsonrpc":"2.0","method":"ready","params":{"pid":' + process.pid + '}}');
  setTimeout(() => process.exit(), 60_000);`;

/** Makes transports to a container of this image. */
function containerOf(docker: FakeDocker, image: string, mounts: readonly string[] = []) {
  const runtime = { kind: 'docker', command: docker.command, args: ['--context', 'mine'] } as const;
  const plain = { image: 'none', entrypoint: undefined, entrypointArgs: ['one'], args: ['--init'], runtime };
  const roots = [{ path: tmpdir(), access: 'rw' }] as const;
  const config = containerCommand(
    { ...plain, mounts, env: { OWN: 'given' } },
    { env: {}, folder: import.meta.dirname, mountRoots: roots },
    (_, sentence) => assert.fail(sentence),
  );
  // A path is no name of an image.
  const args = config.args.map((arg) => (arg === 'none' ? image : arg));
  const transport = { ...config, args };
  return transportMaker(serverConfig({ name: 'odd', transport }), {
    environment: usualEnvironment(),
    log: silentLog,
  });
}

suite('a server that is a container', () => {
  test('is spoken to over the input and output of its client, and has a name of its own', async () => {
    await using docker = await FakeDocker.start();
    await using backend = new Backend('odd', containerOf(docker, oddServer), { log: silentLog });
    const answer = await backend.callTool({ tool: 'place', args: '{}' }, never);
    assert.deepEqual(JSON.parse(JSON.parse(answer).content[0].text).args, ['one']);
    const [run] = await docker.runs();
    assert.deepEqual(run?.slice(0, 4), ['--context', 'mine', 'run', '--name']);
    assert.match(run?.[4] ?? '', /^sluice-odd-[0-9a-f]{16}$/);
    assert.deepEqual(run?.slice(5), [
      ...['--rm', '-i', '-e', 'NO_COLOR=1', '-e', 'TERM=dumb', '-e', 'PYTHONUNBUFFERED=1'],
      ...['-e', 'OWN', '--init', oddServer, 'one'],
    ]);
  });

  test('has another name for each connection', async () => {
    await using docker = await FakeDocker.start();
    const make = containerOf(docker, oddServer);
    const transports = [make(new Recorder()), make(new Recorder())];
    for (const transport of transports) await transport.start();
    for (const transport of transports) await transport.close();
    const names = (await docker.runs()).filter((args) => args.includes('run')).map((args) => args[4]);
    assert.equal(new Set(names).size, 2);
  });

  test('is removed by its name when it is closed, also when it outlives its client', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-image-'));
    await using docker = await FakeDocker.start();
    const image = join(folder, 'clinging.cjs');
    await writeFile(image, clinging);
    const recorder = new Recorder();
    const transport = containerOf(docker, image)(recorder);
    await transport.start();
    await recorder.until(({ texts }) => texts.length === 1);
    const pid = Number(JSON.parse(recorder.texts[0] ?? '').params.pid);
    await transport.close();
    await gone(pid);
    const runs = await docker.runs();
    assert.deepEqual(runs.at(-1), ['--context', 'mine', 'rm', '--force', runs[0]?.[4]]);
    assert.deepEqual(recorder.ends, [undefined]);
    await rm(folder, { recursive: true });
  });

  test('is removed when only its client is killed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-image-'));
    await using docker = await FakeDocker.start();
    // The client is the parent of the fake's container.
    const image = join(folder, 'killer.cjs');
    await writeFile(image, `${clinging} process.kill(process.ppid, 'SIGKILL')`);
    const recorder = new Recorder();
    const transport = containerOf(docker, image)(recorder);
    await transport.start();
    await recorder.until(({ texts, ends }) => texts.length === 1 && ends.length === 1);
    await transport.close();
    await gone(Number(JSON.parse(recorder.texts[0] ?? '').params.pid));
    assert.equal(recorder.ends.length, 1);
    await rm(folder, { recursive: true });
  });

  test('is not started when a mount leads elsewhere than when it was judged', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-mounts-'));
    await mkdir(join(folder, 'given'));
    await using docker = await FakeDocker.start();
    const make = () => containerOf(docker, oddServer, [`${folder}/given:/x:ro`, `${folder}/later:/y:ro`]);
    const [usual, ...judged] = [make(), make(), make()];
    const started = usual?.(new Recorder());
    await started?.start();
    await started?.close();
    for (const name of ['given', 'later']) {
      await rename(join(folder, name), join(folder, 'before')).catch(() => undefined);
      await symlink('/etc', join(folder, name));
      const recorder = new Recorder();
      const moved = judged.pop()?.(recorder);
      const words = /a mount leads elsewhere than when the configuration was read/;
      await assert.rejects(async () => moved?.start(), words);
      await moved?.close();
      assert.equal(recorder.ends.length, 1);
      await rm(join(folder, name));
      await rename(join(folder, 'before'), join(folder, name)).catch(() => undefined);
    }
    assert.equal((await docker.runs()).filter((args) => args.includes('run')).length, 1);
    await rm(folder, { recursive: true });
  });
});
