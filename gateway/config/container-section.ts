import { resolve } from 'node:path';
import { pathAt } from './config-path.ts';
import {
  type ContainerKey,
  type ContainerRuntime,
  type ContainerSurroundings,
  containerCommand,
} from './container-command.ts';
import type { StdioConfig } from './gateway-config.ts';
import { type MountRoot, parseMountRoot, usualMountRoots } from './mount-policy.ts';
import { refuseUnknownKeys, report, type Section, sectionAt } from './section.ts';
import { requiredTextAt, textAt, textMapAt, textsAt, wordAt } from './section-values.ts';

/** What holds for all servers that are containers. */
export interface Containers extends ContainerSurroundings {
  readonly runtime: ContainerRuntime;
}

/** Reads `gateway.containers`. */
export function readContainers(
  gateway: Section | undefined,
  { env, folder }: Section['reading'],
): Containers {
  const section = gateway === undefined ? undefined : sectionAt(gateway, 'containers');
  const mountRoots = usualMountRoots(env, folder);
  const usual = { kind: 'docker', command: undefined, args: [] } as const;
  if (section === undefined) return { env, folder, mountRoots, runtime: usual };
  refuseUnknownKeys(section, ['runtime', 'command', 'args', 'mountRoots']);
  const command = textAt(section, 'command');
  const runtime = {
    kind: wordAt(section, 'runtime', ['docker', 'podman']) ?? usual.kind,
    command: command?.includes('/') ? resolve(folder, command) : command,
    args: textsAt(section, 'args') ?? [],
  };
  return { env, folder, mountRoots: [...mountRoots, ...readMountRoots(section)], runtime };
}

function readMountRoots(section: Section): MountRoot[] {
  const roots = textsAt(section, 'mountRoots')?.map(parseMountRoot) ?? [];
  if (roots.includes(undefined)) report(section, 'mountRoots', 'must be a list of /path:ro and /path:rw');
  return roots.filter((root) => root !== undefined);
}

/** The keys of a server that is a container. */
export const containerKeys = ['container', 'entrypoint', 'entrypointArgs', 'args', 'mounts', 'env'] as const;

/** Reads a server with `container`. */
export function readContainer(server: Section, containers: Containers): StdioConfig {
  const settings = {
    image: requiredTextAt(server, 'container', 'write the image') ?? 'none',
    entrypoint: textAt(server, 'entrypoint'),
    entrypointArgs: textsAt(server, 'entrypointArgs') ?? [],
    args: textsAt(server, 'args') ?? [],
    mounts: textsAt(server, 'mounts') ?? [],
    env: textMapAt(server, 'env') ?? {},
    runtime: containers.runtime,
  };
  return containerCommand(settings, containers, (key, sentence, index) => {
    const { problems } = server.reading;
    if (index === undefined) problems.push(`${placeOf(server, key)}: ${sentence}`);
    else problems.push(`${pathAt(placeOf(server, key), index)}: ${sentence}`);
  });
}

function placeOf(server: Section, key: ContainerKey): string {
  return key === 'containerRuntimeArgs' ? 'gateway.containers.args' : pathAt(server.path, key);
}
