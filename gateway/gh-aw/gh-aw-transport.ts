import { basename } from 'node:path';
import { pathAt } from '../config/config-path.ts';
import { type ContainerKey, containerCommand, type RefuseContainer } from '../config/container-command.ts';
import { containerCommandLine } from '../config/container-command-line.ts';
import type { Environment } from '../config/expand-variables.ts';
import type { GithubOidc, HttpConfig, StdioConfig } from '../config/gateway-config.ts';
import { refuseUnknownKeys, report, type Section, sectionAt, valueAt } from '../config/section.ts';
import { requiredTextAt, textAt, textMapAt, textsAt } from '../config/section-values.ts';
import { readHttp, readStdio } from '../config/server-transport.ts';
import type { ContainerDefaults } from './container-defaults.ts';
import type { SpelledKeys } from './spelled-keys.ts';

/** The keys of servers that are processes, and of those that are reached by HTTP. */
export const stdioKeys = [
  'container',
  'entrypoint',
  'entrypointArgs',
  'args',
  'mounts',
  'env',
  'command',
] as const;
export const httpKeys = ['url', 'headers', 'auth', 'connectTimeout'] as const;

type StdioKeys = SpelledKeys<(typeof stdioKeys)[number]>;

/** Which transport a server uses. Without a `type` it is a process, unless it has an address. */
export function readTransportKind(server: Section): 'stdio' | 'http' {
  const hasAddress = valueAt(server, 'url') !== undefined;
  if (valueAt(server, 'type') === undefined) return hasAddress ? 'http' : 'stdio';
  const word = textAt(server, 'type');
  if (word === 'http') return 'http';
  if (word !== undefined && word !== 'stdio' && word !== 'local')
    report(server, 'type', 'must be stdio or http: types of customSchemas are not supported');
  return hasAddress ? 'http' : 'stdio';
}

/** A container, or a program: what gh-aw's gateway does not take, and this one does. */
export function readGhAwStdio(server: Section, key: StdioKeys, containers: ContainerDefaults): StdioConfig {
  const isContainer = valueAt(server, key.container) !== undefined;
  if (isContainer && valueAt(server, key.command) !== undefined)
    report(server, key.command, `is for programs: a server with a ${key.container} has none`);
  if (isContainer) return readContainer(server, key, containers);
  for (const name of [key.entrypoint, key.entrypointArgs, key.mounts])
    if (valueAt(server, name) !== undefined) report(server, name, `is for servers with a ${key.container}`);
  const whatToWrite = 'name the container or the program that is the server';
  const command = requiredTextAt(server, key.command, whatToWrite);
  if (command === undefined) return { kind: 'stdio', command: '', args: [], env: {}, cwd: '' };
  const isRuntime = isRuntimeClient(command, containers);
  return isRuntime ? readCommandLine(server, key, { command, containers }) : readProgram(server);
}

function isRuntimeClient(command: string, { runtime }: ContainerDefaults): boolean {
  return command === runtime.command || ['docker', 'podman'].includes(basename(command));
}

function readContainer(
  server: Section,
  key: StdioKeys,
  { runtime, mountRoots }: ContainerDefaults,
): StdioConfig {
  const { env, folder } = server.reading;
  const settings = {
    image: textAt(server, key.container) ?? '',
    entrypoint: textAt(server, key.entrypoint),
    entrypointArgs: textsAt(server, key.entrypointArgs) ?? [],
    args: textsAt(server, key.args) ?? [],
    mounts: textsAt(server, key.mounts) ?? [],
    env: textMapAt(server, key.env) ?? {},
    runtime,
  };
  return containerCommand(settings, { env, folder, mountRoots }, refusal(server, key));
}

function readCommandLine(
  server: Section,
  key: StdioKeys,
  { command, containers }: { command: string; containers: ContainerDefaults },
): StdioConfig {
  const { env, folder } = server.reading;
  const { runtime, mountRoots } = containers;
  const args = textsAt(server, key.args) ?? [];
  const line = { command, args, env: textMapAt(server, key.env) ?? {}, runtime };
  // What would be a key of its own stands in the arguments here.
  const keys = { ...key, container: key.command, mounts: key.args };
  return containerCommandLine(line, { env, folder, mountRoots }, refusal(server, keys));
}

function refusal(server: Section, key: StdioKeys): RefuseContainer {
  const { problems } = server.reading;
  return (where: ContainerKey, sentence: string, index?: number) => {
    const place = where === 'containerRuntimeArgs' ? `gateway.${where}` : pathAt(server.path, key[where]);
    problems.push(`${index === undefined ? place : pathAt(place, index)}: ${sentence}`);
  };
}

function readProgram(server: Section): StdioConfig {
  const program = readStdio(server);
  return { ...program, env: passedThrough(program.env, server.reading.env) };
}

/** An empty value stands for the gateway's own, where it has one. */
function passedThrough(
  variables: Readonly<Record<string, string>>,
  env: Environment,
): Readonly<Record<string, string>> {
  const given = Object.entries(variables).flatMap(([name, text]) => {
    const value = text === '' ? env[name] : text;
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

/** A remote server. A text: why it is unavailable. */
export function readGhAwHttp(
  server: Section,
): HttpConfig | { readonly http: HttpConfig; readonly unavailable: string } {
  const { auth: _auth, ...rest } = server.value;
  const http = readHttp({ ...server, value: rest });
  const auth = sectionAt(server, 'auth');
  if (auth === undefined) return http;
  const credentials = readOidc(auth, http.url);
  if (typeof credentials === 'string') return { http, unavailable: credentials };
  return { ...http, headers: withoutAuthorization(http.headers), credentials };
}

/** The token comes before what the configuration says. */
function withoutAuthorization(headers: HttpConfig['headers']): HttpConfig['headers'] {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'),
  );
}

function readOidc(auth: Section, url: string): GithubOidc | string {
  const { env } = auth.reading;
  refuseUnknownKeys(auth, ['type', 'audience']);
  const type = requiredTextAt(auth, 'type', 'write "github-oidc"');
  if (type !== undefined && type !== 'github-oidc') report(auth, 'type', 'must be github-oidc');
  const requestUrl = env.ACTIONS_ID_TOKEN_REQUEST_URL || undefined;
  const requestToken = env.ACTIONS_ID_TOKEN_REQUEST_TOKEN || undefined;
  const audience = textAt(auth, 'audience') ?? url;
  if (requestUrl !== undefined && requestToken !== undefined)
    return { kind: 'github-oidc', audience, requestUrl, requestToken };
  return `${pathAt(auth.path, 'type')} needs ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN: give the job the permission id-token: write`;
}
