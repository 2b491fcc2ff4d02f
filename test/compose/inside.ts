/**
 * Runs inside a container, from standard input, with the address and the port of a server on the internet: prints what the
 * container's first process is, and what can be done in it, as JSON.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type NetConnectOpts } from 'node:net';
import { networkInterfaces } from 'node:os';

/** What is found inside a container. */
export interface ContainerFacts {
  /** Of /proc/1/status, by name: Uid, Gid, CapEff, NoNewPrivs, Seccomp. */
  readonly status: Readonly<Record<string, string>>;
  /** What writing to a path says: an error's code, or `written`. */
  readonly writes: Readonly<Record<string, string>>;
  /** The lines of the routing table. */
  readonly routes: readonly string[];
  /** The interfaces besides loopback, or why they cannot be listed. */
  readonly interfaces: readonly string[];
  /** What opening a connection to the server on the internet says: `connected`, an error's code, or `no answer`. */
  readonly internet: string;
  /** What the collector says first to those who connect to its socket: SETTINGS, if it speaks HTTP/2. */
  readonly collector: string;
  /** The limits of its control group: bytes, processes and threads, processors. */
  readonly limits: { readonly memory: number; readonly pids: number; readonly cpus: number };
  /** The names of the first process's variables. */
  readonly variables: readonly string[];
}

/** Some daemons drop what has no way out, others say so at once, in milliseconds. */
const patienceMs = 3_000;

const read = (path: string) => readFileSync(path, 'utf8').trim();

function writing(path: string): string {
  try {
    writeFileSync(path, '');
    return 'written';
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function interfaces(): string[] {
  try {
    return Object.keys(networkInterfaces()).filter((name) => name !== 'lo');
  } catch (error) {
    return [codeOf(error)];
  }
}

function connecting(to: NetConnectOpts): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({ ...to, timeout: patienceMs });
  socket.once('error', (error) => resolve(codeOf(error)));
  socket.once('timeout', () => resolve('no answer'));
  socket.once('connect', () => resolve('connected'));
  return promise.finally(() => socket.destroy());
}

/** A server of HTTP/2 begins with its settings (RFC 9113, section 3.4): a frame of type 4. */
function firstFrame(path: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({ path, timeout: patienceMs });
  socket.once('error', (error) => resolve(codeOf(error)));
  socket.once('timeout', () => resolve('no answer'));
  socket.once('data', (bytes) => resolve(bytes[3] === 4 ? 'SETTINGS' : 'something else'));
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
  return promise.finally(() => socket.destroy());
}

function limits(): ContainerFacts['limits'] {
  const group = '/sys/fs/cgroup';
  if (existsSync(`${group}/memory.max`)) {
    const [quota, period] = read(`${group}/cpu.max`).split(' ').map(Number);
    const cpus = (quota ?? 0) / (period ?? 1);
    return { memory: Number(read(`${group}/memory.max`)), pids: Number(read(`${group}/pids.max`)), cpus };
  }
  const cpu = (name: string) => Number(read(`${group}/cpu/cpu.cfs_${name}_us`));
  return {
    memory: Number(read(`${group}/memory/memory.limit_in_bytes`)),
    pids: Number(read(`${group}/pids/pids.max`)),
    cpus: cpu('quota') / cpu('period'),
  };
}

const [host = '', port = ''] = process.argv.slice(2);
const status = [...read('/proc/1/status').matchAll(/^(\w+):\s+(.*)$/gm)].map(
  ([, name = '', value = '']) => [name, value] as const,
);
const paths = [
  '/x',
  '/opt/x',
  '/tmp/x',
  '/run/sluice/x',
  '/etc/sluice/x',
  '/etc/sluice-tls/x',
  '/run/otlp/x',
];
const facts: ContainerFacts = {
  status: Object.fromEntries(status),
  writes: Object.fromEntries(paths.map((path) => [path, writing(path)])),
  routes: read('/proc/net/route').split('\n').slice(1),
  interfaces: interfaces(),
  internet: await connecting({ host, port: Number(port) }),
  collector: await firstFrame('/run/otlp/otlp.sock'),
  limits: limits(),
  variables: read('/proc/1/environ')
    .split('\0')
    .map((line) => line.replace(/=.*/s, '')),
};
process.stdout.write(JSON.stringify(facts));
process.exit(0);
