import { clientEnvironment, passedByOptions } from './container-client-environment.ts';
import type { ContainerRuntime, ContainerSurroundings, RefuseContainer } from './container-command.ts';
import type { StdioConfig } from './gateway-config.ts';
import { judgeMount, type Mount, type MountRoot } from './mount-policy.ts';
import { type RunOption, readRunOptions, refusalOfOption } from './run-options.ts';

/** A container whose whole command line is configured. */
export interface ContainerCommandLine {
  /** Must be the runtime's. */
  readonly command: string;
  /** With `run`, its options and the image; mounts are given by `-v` and `--volume`. */
  readonly args: readonly string[];
  /** Of the client; an empty value: as the gateway has it. */
  readonly env: Readonly<Record<string, string>>;
  readonly runtime: ContainerRuntime;
}

/**
 * The process for a container that is configured as `command` and `args` of its runtime's client (gh-aw's TOML), under the same
 * policy as one that is configured by its parts.
 */
export function containerCommandLine(
  line: ContainerCommandLine,
  { env, folder, mountRoots }: ContainerSurroundings,
  refuse: RefuseContainer,
): StdioConfig {
  const { command, args, runtime } = line;
  if (command !== (runtime.command ?? runtime.kind))
    refuse('command', 'must be the client of the container runtime');
  const begin = args.indexOf('run');
  if (begin === -1) refuse('args', 'must hold run: servers are containers that the gateway runs');
  const { options, image } = readRunOptions(args.slice(begin + 1));
  if (image === undefined) refuse('args', 'names no image');
  const mounts = options.flatMap((option) => judgedVolume(option, mountRoots, refuse));
  const passed = [
    ...passedByOptions(options),
    ...Object.keys(line.env).filter((name) => line.env[name] === ''),
  ];
  const given = Object.entries(line.env).filter(([, value]) => value !== '');
  return {
    kind: 'stdio',
    command,
    args,
    env: { ...clientEnvironment(env, passed), ...Object.fromEntries(given) },
    cwd: folder,
    container: {
      runtimeArgs: args.slice(0, Math.max(begin, 0)),
      mounts: mounts.map(({ path, source }) => ({ path, leadsTo: source })),
    },
  };
}

function judgedVolume(option: RunOption, roots: readonly MountRoot[], refuse: RefuseContainer): Mount[] {
  if (option.name !== 'volume') {
    const refusal = refusalOfOption(option);
    if (refusal !== undefined) refuse('args', refusal);
    return [];
  }
  const text = option.value ?? '';
  // Without a mode a volume is writable.
  const mount = judgeMount(/^[^:]*:[^:]*$/.test(text) ? `${text}:rw` : text, roots);
  if (typeof mount !== 'string') return [mount];
  refuse('mounts', mount);
  return [];
}
