import type { ContainerRuntime } from '../config/container-command.ts';
import { type MountRoot, parseMountRoot, usualMountRoots } from '../config/mount-policy.ts';
import { type Reading, report, type Section } from '../config/section.ts';
import { booleanAt, textAt, textsAt, wordAt } from '../config/section-values.ts';
import type { SpelledKeys } from './spelled-keys.ts';

/** How servers that are containers are run, and what of this machine they may be given. */
export interface ContainerDefaults {
  readonly runtime: ContainerRuntime;
  readonly mountRoots: readonly MountRoot[];
}

/** Their keys in the `gateway` section. */
export const containerDefaultKeys = [
  'dockerless',
  'containerRuntime',
  'containerRuntimeCommand',
  'containerRuntimeArgs',
] as const;

const runtimes = ['docker', 'podman'] as const;

/** Reads those keys. */
export function readContainerDefaults(
  section: Section,
  key: SpelledKeys<(typeof containerDefaultKeys)[number]>,
): ContainerDefaults {
  const isDockerless = booleanAt(section, key.dockerless) ?? false;
  const configured = wordAt(section, key.containerRuntime, runtimes);
  if (isDockerless && configured === 'docker')
    report(
      section,
      key.containerRuntime,
      'is docker, and dockerless forbids it: write podman, or leave one out',
    );
  const { reading } = section;
  return {
    runtime: {
      kind: isDockerless ? 'podman' : (configured ?? runtimeOf(reading) ?? 'docker'),
      command: textAt(section, key.containerRuntimeCommand),
      args: textsAt(section, key.containerRuntimeArgs) ?? [],
    },
    mountRoots: [...usualMountRoots(reading.env, reading.folder), ...allowedRoots(reading)],
  };
}

function runtimeOf({ env, problems }: Reading): ContainerRuntime['kind'] | undefined {
  const text = env.MCP_GATEWAY_CONTAINER_RUNTIME || undefined;
  const runtime = runtimes.find((known) => known === text?.trim().toLowerCase());
  if (text !== undefined && runtime === undefined)
    problems.push(`MCP_GATEWAY_CONTAINER_RUNTIME: must be one of ${runtimes.join(', ')}`);
  return runtime;
}

function allowedRoots({ env, problems }: Reading): readonly MountRoot[] {
  const text = env.MCP_GATEWAY_ALLOWED_MOUNT_ROOTS ?? '';
  const entries = text.split(',').map((entry) => entry.trim());
  return entries.flatMap((entry) => {
    const root = entry === '' ? undefined : parseMountRoot(entry);
    if (entry !== '' && root === undefined)
      problems.push(
        'MCP_GATEWAY_ALLOWED_MOUNT_ROOTS: must be /path:ro or /path:rw, several with commas between',
      );
    return root === undefined ? [] : [root];
  });
}
