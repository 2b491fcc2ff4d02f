/** The options of `docker run` and `podman run`, as far as it must be known what they ask for. */

/** An option that stands before the image. */
export interface RunOption {
  /** Without its dashes; short ones by their long names. */
  readonly name: string;
  readonly value: string | undefined;
}

/** What stands behind `run`. */
export interface RunOptions {
  readonly options: readonly RunOption[];
  /** The first that is no option: the image. */
  readonly image: string | undefined;
}

/** Options that take no value. Every other one is taken to have one. */
const switches: ReadonlySet<string> = new Set([
  ...[
    'detach',
    'interactive',
    'tty',
    'publish-all',
    'quiet',
    'rm',
    'init',
    'privileged',
    'read-only',
    'help',
  ],
  ...['no-healthcheck', 'oom-kill-disable', 'sig-proxy', 'disable-content-trust', 'use-api-socket'],
  ...['env-host', 'http-proxy', 'no-hosts', 'no-hostname', 'read-only-tmpfs', 'replace', 'rmi', 'rootfs'],
]);

/** The short forms, by their letters. */
const shortForms: ReadonlyMap<string, string> = new Map([
  ...([
    ['d', 'detach'],
    ['i', 'interactive'],
    ['t', 'tty'],
    ['P', 'publish-all'],
    ['q', 'quiet'],
  ] as const),
  ...([
    ['v', 'volume'],
    ['e', 'env'],
    ['l', 'label'],
    ['p', 'publish'],
    ['u', 'user'],
  ] as const),
  ...([
    ['w', 'workdir'],
    ['h', 'hostname'],
    ['m', 'memory'],
    ['a', 'attach'],
    ['c', 'cpu-shares'],
  ] as const),
]);

const opensMachine = 'it gives the container more of this machine than its mounts';
const notMounts = 'name what the container is given in mounts';
const ours = 'the gateway names, attaches and removes its containers itself';

/** Why an option is refused, by its name. */
const refusedOptions: ReadonlyMap<string, string> = new Map([
  ...['mount', 'volume', 'volumes-from', 'volume-driver'].map((name) => [name, notMounts] as const),
  ...['privileged', 'device', 'device-cgroup-rule', 'gpus', 'rootfs'].map(
    (name) => [name, opensMachine] as const,
  ),
  ...['cap-add', 'pid', 'hooks-dir', 'init-path'].map((name) => [name, opensMachine] as const),
  ...['env-file', 'label-file', 'env-host', 'use-api-socket'].map((name) => [name, opensMachine] as const),
  ...['name', 'cidfile', 'detach', 'replace', 'rmi'].map((name) => [name, ours] as const),
]);

/** Why an option may not be given, in one sentence; undefined where it may. */
export function refusalOfOption({ name, value = 'true' }: RunOption): string | undefined {
  const reason = name === 'rm' && value !== 'true' ? ours : refusedOptions.get(name);
  return reason === undefined ? undefined : `--${name} is not allowed: ${reason}`;
}

/** The option at the end that would take whatever follows for its value, if there is one. */
export function unfinishedOption({ options }: RunOptions): RunOption | undefined {
  const last = options.at(-1);
  return last?.value === undefined && !switches.has(last?.name ?? '') ? last : undefined;
}

/**
 * Reads arguments up to the image. What looks like an option is taken for one even where it might be another's value: nothing
 * that is refused is missed.
 */
export function readRunOptions(args: readonly string[]): RunOptions {
  const options: RunOption[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--') return { options, image: args[index + 1] };
    if (!isOption(arg)) return { options, image: arg };
    const read = arg.startsWith('--') ? [longOption(arg)] : shortOptions(arg);
    const last = read.at(-1);
    const next = args[index + 1];
    const takesNext = last?.value === undefined && !switches.has(last?.name ?? '') && next !== undefined;
    if (last === undefined || !takesNext || isOption(next)) {
      options.push(...read);
    } else {
      options.push(...read.slice(0, -1), { name: last.name, value: next });
      index++;
    }
  }
  return { options, image: undefined };
}

function isOption(arg: string): boolean {
  return arg.startsWith('-') && arg !== '-';
}

function longOption(arg: string): RunOption {
  const [, name = '', value] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(arg) ?? [];
  return { name: name.toLowerCase().replaceAll('_', '-'), value };
}

/** `-it`, `-v/a:/b`, `-itv=/a:/b`: letters of switches, and at most one with a value, which is the rest. */
function shortOptions(arg: string): RunOption[] {
  const options: RunOption[] = [];
  for (let index = 1; index < arg.length; index++) {
    const letter = arg.charAt(index);
    const name = shortForms.get(letter) ?? letter;
    const rest = arg.slice(index + 1);
    // A switch may be written with `=true`, too.
    const isLast = !switches.has(name) || rest.startsWith('=');
    const value = rest === '' ? undefined : rest.replace(/^=/, '');
    options.push({ name, value: isLast ? value : undefined });
    if (isLast) break;
  }
  return options;
}
