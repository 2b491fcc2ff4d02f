import { resolve } from 'node:path';
import { containerKeys } from './container-section.ts';
import type { HttpConfig, StdioConfig } from './gateway-config.ts';
import { report, type Section, valueAt } from './section.ts';
import { requiredTextAt, textAt, textMapAt, textsAt, wordAt } from './section-values.ts';
import { readCredentials } from './server-credentials.ts';
import { readHeaders } from './server-headers.ts';

/** How a server is started: a process with its own environment, in a folder. */
export function readStdio(server: Section): StdioConfig {
  const { folder } = server.reading;
  const command = requiredTextAt(server, 'command', 'write the program that is the server') ?? '';
  return {
    kind: 'stdio',
    // A program without a slash is looked up in the search path, as a shell does it.
    command: command.includes('/') ? resolve(folder, command) : command,
    args: textsAt(server, 'args') ?? [],
    env: readEnvironment(server),
    cwd: resolve(folder, textAt(server, 'cwd') ?? ''),
  };
}

function readEnvironment(server: Section): Readonly<Record<string, string>> {
  const env = textMapAt(server, 'env') ?? {};
  if (Object.keys(env).some((name) => name === '' || /[=\0]/.test(name))) {
    report(server, 'env', 'the name of a variable is not empty and has no =');
  }
  return env;
}

/** Where a server is reached, and what is sent with each request. */
export function readHttp(server: Section): HttpConfig {
  const url = requiredTextAt(server, 'url', 'write the http or https address of the server');
  const parsed = url === undefined ? undefined : URL.parse(url);
  if (url !== undefined && parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    report(server, 'url', 'must be an http or https address');
  } else if (parsed && (parsed.username !== '' || parsed.password !== '')) {
    report(server, 'url', 'must not hold a user or a password: send them in headers');
  }
  const headers = readHeaders(server);
  const credentials = readCredentials(server, url ?? '');
  if (
    credentials !== undefined &&
    Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
  )
    report(server, 'headers', 'must not hold Authorization beside auth: remove one');
  return { kind: 'http', url: parsed?.href ?? '', headers, credentials };
}

/** The keys of each transport. */
export const transportKeys = Object.freeze({
  stdio: ['command', 'args', 'env', 'cwd'],
  container: containerKeys,
  http: ['url', 'headers', 'auth'],
});

/** Which transport a server uses; undefined when it does not say. */
export function readTransportType(server: Section): 'stdio' | 'http' | undefined {
  if (valueAt(server, 'type') === undefined) report(server, 'type', 'is missing: write "stdio" or "http"');
  return wordAt(server, 'type', ['stdio', 'http']);
}
