/** What a guard process may not do, tried from inside: code that broke out of its WASM would be left with this. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { guardPermissions, guardSurroundings } from '../../../sidecar/process/guard-permissions.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';

const packageJson = join(import.meta.dirname, '..', '..', '..', 'package.json');

/** What is tried, and the code of the error that it ends with. Paths are such that no attempt could do harm. */
const attempts: Record<string, { attempt: string; ends?: string }> = {
  'read a file of the system': { attempt: `fs.readFileSync('/etc/passwd')` },
  "read the project's package.json": { attempt: `fs.readFileSync(${JSON.stringify(packageJson)})` },
  'read its environment from /proc': { attempt: `fs.readFileSync('/proc/self/environ')` },
  'write its memory by /proc': { attempt: `fs.openSync('/proc/self/mem', 'r+')` },
  'read by way of its own folder': { attempt: `fs.readFileSync('../../package.json')` },
  'read asynchronously': { attempt: `await fs.promises.readFile('/etc/passwd')` },
  'list a folder': { attempt: `fs.readdirSync('/')` },
  'look whether a file is there': { attempt: `fs.statSync('/etc/passwd')` },
  'watch a file': { attempt: `fs.watch('/etc/passwd')` },
  'write a file': { attempt: `fs.writeFileSync('new-file', '')` },
  'make a folder': { attempt: `fs.mkdirSync('new-folder')` },
  'link to a file from its own folder': { attempt: `fs.symlinkSync('/etc/passwd', 'new-link')` },
  'remove a file': { attempt: `fs.unlinkSync('no-such-file')` },
  'change its folder': { attempt: `process.chdir('/')` },
  'write a heap snapshot': { attempt: `v8.writeHeapSnapshot('new-file')` },
  'write a report': { attempt: `process.report.writeReport('new-file')` },
  'open a database file': {
    attempt: `new (await import('node:sqlite')).DatabaseSync('new-file')`,
    ends: 'ERR_UNKNOWN_BUILTIN_MODULE',
  },
  'reach files by WASI': {
    attempt: `new (await import('node:wasi')).WASI({ version: 'preview1', preopens: { '/': '/' } })`,
  },
  'start a process': { attempt: `childProcess.spawnSync('/bin/true')` },
  'start a shell': { attempt: `childProcess.execSync('true')` },
  'start a process of its own kind': { attempt: `childProcess.fork('main.ts')` },
  'become another program': { attempt: `process.execve('/bin/true', ['true'], {})` },
  'start a thread': { attempt: `new workerThreads.Worker('0', { eval: true })` },
  'connect over TCP': { attempt: `await events.once(net.connect(1, '127.0.0.1'), 'connect')` },
  'connect over HTTP/2': { attempt: `await events.once(http2.connect('http://127.0.0.1:1'), 'connect')` },
  'connect to a socket file': { attempt: `await events.once(net.connect(process.env.SOCKET), 'connect')` },
  'fetch a page': {
    attempt: `await fetch('http://127.0.0.1:8000/').catch((error) => { throw error.cause })`,
  },
  'listen on a port': { attempt: `await events.once(net.createServer().listen(0), 'listening')` },
  'listen on a socket file': {
    attempt: `await events.once(net.createServer().listen('new-socket'), 'listening')`,
  },
  'listen over UDP': { attempt: `await events.once(dgram.createSocket('udp4').bind(0), 'listening')` },
  'send over UDP': {
    attempt: `const socket = dgram.createSocket('udp4').on('error', (error) => sent.reject(error));
      const sent = Promise.withResolvers();
      socket.send('x', 9, '127.0.0.1', (error) => (error ? sent.reject(error) : sent.resolve()));
      await sent.promise`,
  },
  'resolve a name': { attempt: `await dns.promises.lookup('localhost')` },
  'ask a name server': { attempt: `await dns.promises.resolve4('localhost')` },
  'load an addon': {
    attempt: `process.dlopen({ exports: {} }, '/lib/addon.node')`,
    ends: 'ERR_DLOPEN_DISABLED',
  },
  'open the inspector': { attempt: `inspector.open(0)` },
  'debug itself': { attempt: `new inspector.Session().connect()` },
  'make code of a text': { attempt: `eval('1')`, ends: 'EvalError' },
  'make a function of a text': { attempt: `new Function('return 1')`, ends: 'EvalError' },
};

describe('a guard process may not', () => {
  let folder: string;
  const server = createServer();
  before(async () => {
    folder = await temporaryFolder();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(join(folder, 'open.sock'), resolve);
    await promise;
  });
  after(() => server.close());

  for (const [name, { attempt, ends = 'ERR_ACCESS_DENIED' }] of Object.entries(attempts)) {
    it(name, async () => {
      const statements = attempt.replace('process.env.SOCKET', JSON.stringify(join(folder, 'open.sock')));
      assert.equal(await outcomeOf(statements, guardPermissions, guardSurroundings), ends);
      // It is the permissions that say so: without them, the same attempt ends otherwise.
      assert.notEqual(await outcomeOf(statements, [], { ...guardSurroundings, cwd: folder }), ends);
    });
  }
});

describe('a guard process', () => {
  for (const file of ['main.ts', 'guest.ts']) {
    it(`may read its own source, ${file}`, async () => {
      const statements = `fs.readFileSync(${JSON.stringify(file)})`;
      assert.equal(await outcomeOf(statements, guardPermissions, guardSurroundings), 'done');
    });
  }

  it('has an empty environment', async () => {
    const statements = `throw { code: JSON.stringify(process.env) }`;
    assert.equal(await outcomeOf(statements, guardPermissions, guardSurroundings), '{}');
  });

  it('does not open its debugger on a signal', async () => {
    const statements = `process.kill(process.pid, 'SIGUSR1');
      await new Promise((resolve) => setTimeout(resolve, 200)); throw {}`;
    assert.equal(await outcomeOf(statements, guardPermissions, guardSurroundings), 'undefined');
    assert.match(await outcomeOf(statements, [], guardSurroundings), /debugger|inspector/i);
  });

  it('cannot have its sidecar open the debugger either', async () => {
    await using sidecar = await RunningSidecar.serving({ 'answers-public': {} });
    sidecar.child.kill('SIGUSR1');
    const stream = await sidecar.open('answers-public');
    await stream.labelResource('get');
    await stream.close();
    assert.doesNotMatch(sidecar.log, /debugger|inspector/i);
  });
});

/** Runs statements, which may use `await`, in a process of its own: the code of the error that they end with, or done. */
async function outcomeOf(
  statements: string,
  permissions: readonly string[],
  surroundings: { env: Record<string, string>; cwd: string },
): Promise<string> {
  const program = `${imports}
    try { ${statements}; console.log('done'); } catch (error) { console.log(error.code ?? error.name); }
    process.exit();`;
  const args = [...permissions, '--input-type=module', '--eval', program];
  const child = spawn(process.execPath, args, { ...surroundings, stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return output.trim() + errors;
}

const imports = Object.entries({
  childProcess: 'child_process',
  dgram: 'dgram',
  dns: 'dns',
  events: 'events',
  fs: 'fs',
  http2: 'http2',
  inspector: 'inspector',
  net: 'net',
  v8: 'v8',
  workerThreads: 'worker_threads',
})
  .map(([name, module]) => `import ${name} from 'node:${module}';`)
  .join('\n');
