import { resolve } from 'node:path';
import type { HttpConfig, StdioConfig } from './gateway-config.ts';
import { report, type Section, valueAt } from './section.ts';
import { requiredTextAt, textAt, textMapAt, textsAt, wordAt } from './section-values.ts';

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
  return { kind: 'http', url: parsed?.href ?? '', headers: readHeaders(server), credentials: undefined };
}

function readHeaders(server: Section): Readonly<Record<string, string>> {
  const headers = textMapAt(server, 'headers') ?? {};
  for (const [name, value] of Object.entries(headers)) {
    // RFC 9110, sections 5.1 and 5.5: one line of visible characters, so that no value adds headers of its own.
    const isHeader = /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
    if (!isHeader) report(server, 'headers', 'a header has a name without spaces and a value of one line');
  }
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  if (new Set(names).size < names.length) report(server, 'headers', 'must name each header only once');
  return headers;
}

/** The keys of each transport. */
export const transportKeys = Object.freeze({
  stdio: ['command', 'args', 'env', 'cwd'],
  http: ['url', 'headers'],
});

/** Which transport a server uses; undefined when it does not say. */
export function readTransportType(server: Section): 'stdio' | 'http' | undefined {
  if (valueAt(server, 'type') === undefined) report(server, 'type', 'is missing: write "stdio" or "http"');
  return wordAt(server, 'type', ['stdio', 'http']);
}
