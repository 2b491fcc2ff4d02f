import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { type ContainerSettings, containerCommand } from '../../../gateway/config/container-command.ts';
import { containerCommandLine } from '../../../gateway/config/container-command-line.ts';
import { parseMountRoot, usualMountRoots } from '../../../gateway/config/mount-policy.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-mounts-')));
after(() => rmSync(base, { recursive: true }));
const [workspace, folder] = [join(base, 'workspace'), join(base, 'folder')];
const [temporary, elsewhere] = [join(base, 'temporary'), join(base, 'elsewhere')];
for (const path of [workspace, folder, temporary, elsewhere]) mkdirSync(path);
symlinkSync(elsewhere, join(temporary, 'out'));
symlinkSync(temporary, join(elsewhere, 'in'));

const env = {
  GITHUB_WORKSPACE: workspace,
  TMPDIR: temporary,
  TOKEN: 'hunter2',
  DOCKER_HOST: 'unix:///d.sock',
};
const runtime = { kind: 'docker', command: undefined, args: [] } as const;
const plain: ContainerSettings = {
  image: 'ghcr.io/github/server:v1',
  entrypoint: undefined,
  entrypointArgs: [],
  args: [],
  mounts: [],
  env: {},
  runtime,
};
const surroundings = { env, folder, mountRoots: usualMountRoots(env, folder) };

function problemsOf(settings: Partial<ContainerSettings>, roots = surroundings.mountRoots): string[] {
  const problems: string[] = [];
  containerCommand({ ...plain, ...settings }, { ...surroundings, mountRoots: roots }, (key, sentence) =>
    problems.push(`${key}: ${sentence}`),
  );
  return problems;
}

function command(settings: Partial<ContainerSettings>) {
  return containerCommand({ ...plain, ...settings }, surroundings, (key, sentence) =>
    assert.fail(`${key}: ${sentence}`),
  );
}

const always = ['run', '--rm', '-i', '-e', 'NO_COLOR=1', '-e', 'TERM=dumb', '-e', 'PYTHONUNBUFFERED=1'];

suite('the command of a container', () => {
  test('is the one that gh-aw’s gateway runs, part by part in its order', () => {
    const config = command({
      entrypoint: 'node',
      entrypointArgs: ['server.js', '-v'],
      args: ['--network', 'host', '--init'],
      mounts: [`${folder}:/data:ro`, `${temporary}:/tmp:rw`],
      env: { MODE: 'a b', TOKEN: '' },
      runtime: { kind: 'podman', command: '/usr/bin/podman', args: ['--log-level', 'error'] },
    });
    assert.deepEqual(config, {
      kind: 'stdio',
      command: '/usr/bin/podman',
      args: [
        ...['--log-level', 'error', ...always, '--entrypoint', 'node'],
        ...['-v', `${folder}:/data:ro`, '-v', `${temporary}:/tmp:rw`, '-e', 'MODE', '-e', 'TOKEN'],
        ...['--network', 'host', '--init', plain.image, 'server.js', '-v'],
      ],
      env: { DOCKER_HOST: env.DOCKER_HOST, TMPDIR: temporary, TOKEN: 'hunter2', MODE: 'a b' },
      cwd: folder,
      container: {
        runtimeArgs: ['--log-level', 'error'],
        mounts: [folder, temporary].map((path) => ({ path, leadsTo: path })),
      },
    });
  });

  test('holds only the image where nothing else is said', () => {
    const config = command({});
    assert.deepEqual([config.command, config.args], ['docker', [...always, plain.image]]);
  });

  test('shows no value to whoever lists processes, but for what would steer the client', () => {
    const { args, env: given } = command({
      env: { SECRET: 'hunter2', PATH: '/in/there', DOCKER_HOST: 'x', LD_PRELOAD: 'y' },
    });
    assert.equal(args.join(' ').includes('hunter2'), false);
    assert.deepEqual(args.slice(always.length, -1), [
      ...['-e', 'SECRET', '-e', 'PATH=/in/there', '-e', 'DOCKER_HOST=x', '-e', 'LD_PRELOAD=y'],
    ]);
    assert.deepEqual(given, { DOCKER_HOST: env.DOCKER_HOST, TMPDIR: temporary, SECRET: 'hunter2' });
  });

  test('passes a variable on that its options name without a value', () => {
    for (const args of [['-e', 'TOKEN'], ['--env', 'TOKEN'], ['--env=TOKEN'], ['-eTOKEN'], ['-ie', 'TOKEN']])
      assert.equal(command({ args }).env.TOKEN, 'hunter2', args.join(' '));
    assert.equal('TOKEN' in command({ args: ['-e', 'TOKEN=other'] }).env, false);
    assert.equal('NOT_THERE' in command({ env: { NOT_THERE: '' } }).env, false);
  });

  test('may say much of what runtimes have', () => {
    const playwright = ['--init', '--network', 'host', '--security-opt', 'seccomp=unconfined', '--ipc=host'];
    for (const args of [
      playwright,
      ['-it', '-u', '1000', '-w', '/work'],
      ['--memory-swap', '-1', '--rm=true'],
    ])
      assert.deepEqual(problemsOf({ args }), []);
  });
});

suite('a container is refused', () => {
  const notMounts = 'is not allowed: name what the container is given in mounts';
  const opens = 'is not allowed: it gives the container more of this machine than its mounts';
  const ours = 'is not allowed: the gateway names, attaches and removes its containers itself';
  const refused: [args: string[], problem: string][] = [
    [['--mount', 'type=bind,source=/,target=/x'], `args: --mount ${notMounts}`],
    [['--mount=type=bind,source=/,target=/x'], `args: --mount ${notMounts}`],
    [['--volumes-from', 'other'], `args: --volumes-from ${notMounts}`],
    [['--volumes_from=other'], `args: --volumes-from ${notMounts}`],
    [['-v', '/:/x'], `args: --volume ${notMounts}`],
    [['-v/:/x'], `args: --volume ${notMounts}`],
    [['-itv', '/:/x'], `args: --volume ${notMounts}`],
    [['-itv/:/x'], `args: --volume ${notMounts}`],
    [['-v=/:/x'], `args: --volume ${notMounts}`],
    [['--volume', '/:/x'], `args: --volume ${notMounts}`],
    [['--volume=/:/x'], `args: --volume ${notMounts}`],
    [['--label', '--volume=/:/x'], `args: --volume ${notMounts}`],
    [['--privileged'], `args: --privileged ${opens}`],
    [['--privileged=true'], `args: --privileged ${opens}`],
    [['--init', '--privileged=false'], `args: --privileged ${opens}`],
    [['--device', '/dev/sda'], `args: --device ${opens}`],
    [['--device=/dev/sda'], `args: --device ${opens}`],
    [['--rootfs'], `args: --rootfs ${opens}`],
    [['--cap-add', 'ALL'], `args: --cap-add ${opens}`],
    [['--pid=host'], `args: --pid ${opens}`],
    [['--env-file', '/etc/shadow'], `args: --env-file ${opens}`],
    [['--name', 'x'], `args: --name ${ours}`],
    [['-d'], `args: --detach ${ours}`],
    [['-id'], `args: --detach ${ours}`],
    [['--rm=false'], `args: --rm ${ours}`],
    [['--label'], 'args: the option at the end needs its value: write it with ='],
    [
      ['--init', 'alpine'],
      'args: holds options of the runtime only: write what the server is given in entrypointArgs',
    ],
    [
      ['--', 'alpine'],
      'args: holds options of the runtime only: write what the server is given in entrypointArgs',
    ],
  ];
  for (const [args, problem] of refused)
    test(`with ${args.join(' ')}`, () => assert.deepEqual(problemsOf({ args }), [problem]));

  test('with options of its runtime that open the machine, or that are none', () => {
    const problem = 'containerRuntimeArgs: holds options of the client only, and none that opens the machine';
    for (const args of [['run', '--init'], ['--privileged'], ['compose'], ['--hooks-dir', '/x']])
      assert.deepEqual(problemsOf({ runtime: { ...runtime, args } }), [problem], args.join(' '));
  });

  test('with what is no image, and with what is no variable', () => {
    for (const image of ['', '-v', '--privileged', 'a b', 'a\n', '$IMAGE'])
      assert.deepEqual(problemsOf({ image }), ['container: must be the name of an image'], image);
    const problem = 'env: the name of a variable is not empty and has no = and no space';
    for (const name of ['', 'A=B', '-v', 'A B'])
      assert.deepEqual(problemsOf({ env: { [name]: 'x' } }), [problem]);
  });
});

suite('what containers may be given', () => {
  const form = 'mounts: must be /source:/target:ro, or with rw at its end, both paths absolute';
  const none = 'mounts: is in none of the folders that containers may be given: allow it in the mount roots';
  const readOnly =
    'mounts: may only be read by containers: mount it with ro, or allow it with rw in the mount roots';

  test('is the workspace and the folder to read, and the temporary folder to write', () => {
    const mounts = [workspace, folder, temporary, join(folder, 'not', 'there')].map(
      (path) => `${path}:/x:ro`,
    );
    assert.deepEqual(problemsOf({ mounts: [...mounts, `${temporary}/a:/y:rw`] }), []);
  });

  test('is nothing else, however it is written', () => {
    const cases: [mount: string, problem: string][] = [
      [`${elsewhere}:/x:ro`, none],
      [`${base}:/x:ro`, none],
      ['/.:/x:ro', none],
      ['/:/x:ro', form],
      [`${folder}-2:/x:ro`, none],
      [`${folder}/../elsewhere:/x:ro`, none],
      [`${temporary}/out:/x:ro`, none],
      [`${temporary}/out/deep/er:/x:rw`, none],
      [`${workspace}:/x:rw`, readOnly],
      [`${folder}/a:/x:rw`, readOnly],
      [`${folder}:/x`, form],
      [`${folder}:/x:rw,z`, form],
      ['data:/x:ro', form],
      [`${folder}:x:ro`, form],
    ];
    for (const [mount, problem] of cases) assert.deepEqual(problemsOf({ mounts: [mount] }), [problem], mount);
  });

  test('is mounted by where it leads', () => {
    const { args } = command({ mounts: [`${elsewhere}/in/a:/x:rw`] });
    assert.ok(args.includes(`${temporary}/a:/x:rw`));
  });

  test('may be widened by roots', () => {
    const root = parseMountRoot(`${elsewhere}:ro`);
    assert.ok(root !== undefined);
    const roots = [...surroundings.mountRoots, root];
    assert.deepEqual(problemsOf({ mounts: [`${temporary}/out:/x:ro`] }, roots), []);
    assert.deepEqual(problemsOf({ mounts: [`${elsewhere}:/x:rw`] }, roots), [readOnly]);
    for (const text of ['/a', 'a:ro', '/a:wo', '/a:b:ro', ''])
      assert.equal(parseMountRoot(text), undefined, text);
  });

  test('is never everything unless somebody says so', () => {
    assert.deepEqual(usualMountRoots({ GITHUB_WORKSPACE: '/', TMPDIR: '/tmp/..' }, '/'), []);
    assert.deepEqual(usualMountRoots({ GITHUB_WORKSPACE: 'relative' }, '/a'), [
      { path: '/a', access: 'ro' },
      { path: '/tmp', access: 'rw' },
    ]);
  });
});

suite('a container that is configured by its command line', () => {
  const lineOf = (args: readonly string[], name = 'docker') => {
    const problems: string[] = [];
    const config = containerCommandLine(
      { command: name, args, env: {}, runtime },
      surroundings,
      (key, sentence) => problems.push(`${key}: ${sentence}`),
    );
    return { config, problems };
  };

  test('runs as it is, within the same mounts', () => {
    const args = [
      '--context',
      'c',
      'run',
      '--rm',
      '-i',
      '-e',
      'TOKEN',
      '-v',
      `${folder}:/x:ro`,
      'image',
      '-v',
      '/:/y',
    ];
    const { config, problems } = lineOf(args);
    assert.deepEqual(problems, []);
    assert.deepEqual([config.command, config.args, config.env.TOKEN], ['docker', args, 'hunter2']);
    assert.deepEqual(config.container, {
      runtimeArgs: ['--context', 'c'],
      mounts: [{ path: folder, leadsTo: folder }],
    });
  });

  test('is refused outside of them', () => {
    const readOnly =
      'may only be read by containers: mount it with ro, or allow it with rw in the mount roots';
    const none = 'is in none of the folders that containers may be given: allow it in the mount roots';
    const cases: [args: string[], problem: string][] = [
      [['run', '-v', `${folder}:/x`, 'image'], `mounts: ${readOnly}`],
      [['run', '--volume=/etc:/x:ro', 'image'], `mounts: ${none}`],
      [
        ['run', '--privileged', 'image'],
        'args: --privileged is not allowed: it gives the container more of this machine than its mounts',
      ],
      [['run', '--rm'], 'args: names no image'],
    ];
    for (const [args, problem] of cases) assert.deepEqual(lineOf(args).problems, [problem], args.join(' '));
    assert.deepEqual(lineOf(['run', 'image'], '/bin/sh').problems, [
      'command: must be the client of the container runtime',
    ]);
    assert.deepEqual(lineOf(['exec', 'x', 'sh']).problems, [
      'args: must hold run: servers are containers that the gateway runs',
    ]);
  });
});
