import { clientEnvironment, passedByOptions, steersClient } from './container-client-environment.ts';
import type { Environment } from './expand-variables.ts';
import type { StdioConfig } from './gateway-config.ts';
import { judgeMount, type Mount, type MountRoot } from './mount-policy.ts';
import { type RunOption, readRunOptions, refusalOfOption, unfinishedOption } from './run-options.ts';

/** The program that runs containers. */
export interface ContainerRuntime {
  readonly kind: 'docker' | 'podman';
  /** Its client: an absolute path or a name; undefined: the name of its kind. */
  readonly command: string | undefined;
  /** Before `run`, such as `--context`. */
  readonly args: readonly string[];
}

/** A server that is a container. */
export interface ContainerSettings {
  readonly image: string;
  readonly entrypoint: string | undefined;
  /** Behind the image: what the server itself is given. */
  readonly entrypointArgs: readonly string[];
  /** Options of `run`, before the image. */
  readonly args: readonly string[];
  /** `/source:/target:ro`, or `rw`. */
  readonly mounts: readonly string[];
  /** An empty value: the variable as the gateway has it, where it has it. */
  readonly env: Readonly<Record<string, string>>;
  readonly runtime: ContainerRuntime;
}

/** What containers are started in. */
export interface ContainerSurroundings {
  /** The gateway's own. */
  readonly env: Environment;
  /** Absolute: where the client program runs. */
  readonly folder: string;
  readonly mountRoots: readonly MountRoot[];
}

/** The keys of a configuration that something may be wrong with. */
export type ContainerKey = 'container' | 'command' | 'args' | 'mounts' | 'env' | 'containerRuntimeArgs';

/** Is told what is refused, in one sentence each, which repeats no value; `index` is the place in a list. */
export type RefuseContainer = (key: ContainerKey, sentence: string, index?: number) => void;

const quiet = ['NO_COLOR=1', 'TERM=dumb', 'PYTHONUNBUFFERED=1'] as const;

/**
 * The process that runs a container and is attached to it (compat.md, 1.4). A value goes through the environment of that
 * process, since everybody on the machine can read a command line, unless the variable would steer the client itself.
 */
export function containerCommand(
  settings: ContainerSettings,
  surroundings: ContainerSurroundings,
  refuse: RefuseContainer,
): StdioConfig {
  const { image, entrypoint, env, runtime } = settings;
  if (!/^[A-Za-z0-9][\w./:@-]*$/.test(image)) refuse('container', 'must be the name of an image');
  const mounts = judgedMounts(settings.mounts, surroundings, refuse);
  const options = judgedOptions(settings.args, refuse);
  const args = [
    ...judgedRuntimeArgs(runtime, refuse),
    ...['run', '--rm', '-i', ...quiet.flatMap((variable) => ['-e', variable])],
    ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
    ...mounts.flatMap(({ source, target, access }) => ['-v', `${source}:${target}:${access}`]),
    ...Object.entries(env).flatMap(([name, value]) => ['-e', variableArgument(name, value)]),
    ...settings.args,
    image,
    ...settings.entrypointArgs,
  ];
  const passed = [...namesWithoutValue(env), ...passedByOptions(options)];
  return {
    kind: 'stdio',
    command: runtime.command ?? runtime.kind,
    args,
    env: { ...clientEnvironment(surroundings.env, passed), ...hiddenValues(env, refuse) },
    cwd: surroundings.folder,
    container: {
      runtimeArgs: runtime.args,
      mounts: mounts.map(({ source }) => ({ path: source, leadsTo: source })),
    },
  };
}

function judgedMounts(
  mounts: readonly string[],
  { mountRoots }: ContainerSurroundings,
  refuse: RefuseContainer,
): Mount[] {
  return mounts.flatMap((text, index) => {
    const mount = judgeMount(text, mountRoots);
    if (typeof mount !== 'string') return [mount];
    refuse('mounts', mount, index);
    return [];
  });
}

function judgedOptions(args: readonly string[], refuse: RefuseContainer): readonly RunOption[] {
  const read = readRunOptions(args);
  const { options, image } = read;
  for (const option of options) {
    const refusal = refusalOfOption(option);
    if (refusal !== undefined) refuse('args', refusal);
  }
  if (unfinishedOption(read) !== undefined)
    refuse('args', 'the option at the end needs its value: write it with =');
  if (image !== undefined)
    refuse('args', 'holds options of the runtime only: write what the server is given in entrypointArgs');
  return options;
}

/** Options of the client itself come before `run`, and none of them gives a container anything. */
function judgedRuntimeArgs({ args }: ContainerRuntime, refuse: RefuseContainer): readonly string[] {
  const { options, image: other } = readRunOptions(args);
  if (other !== undefined || args.includes('run') || options.some(refusalOfOption))
    refuse('containerRuntimeArgs', 'holds options of the client only, and none that opens the machine');
  return args;
}

function variableArgument(name: string, value: string): string {
  return value === '' || !steersClient(name) ? name : `${name}=${value}`;
}

function hiddenValues(
  env: Readonly<Record<string, string>>,
  refuse: RefuseContainer,
): Readonly<Record<string, string>> {
  if (Object.keys(env).some((name) => !/^[^=\s\0-][^=\s\0]*$/.test(name)))
    refuse('env', 'the name of a variable is not empty and has no = and no space');
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value !== '' && !steersClient(name)),
  );
}

function namesWithoutValue(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(env).filter((name) => env[name] === '');
}
