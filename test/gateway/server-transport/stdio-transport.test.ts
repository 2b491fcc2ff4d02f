import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { writeRequest } from '../../../gateway/rpc/write-message.ts';
import { StdioTransport } from '../../../gateway/server-transport/stdio-transport.ts';
import {
  TransportError,
  type TransportErrorCode,
} from '../../../gateway/server-transport/transport-error.ts';
import { childrenOf, gone } from '../../harness/child-processes.ts';
import { Recorder } from './recorder.ts';

const never = new AbortController().signal;
const root = join(import.meta.dirname, '../../..');
const call = writeRequest('1', 'tools/call', '{"name":"a","arguments":{}}');

/** A started transport to a program: the source of a script, or arguments of a command. */
async function run(script: string, program: { command?: string; args?: readonly string[] } = {}) {
  const recorder = new Recorder();
  const logged: string[] = [];
  const usual = { command: process.execPath, args: ['-e', script], env: {}, cwd: root };
  const transport = new StdioTransport({ ...usual, ...program }, recorder, (line) => logged.push(line));
  await transport.start();
  return { recorder, logged, transport, [Symbol.asyncDispose]: () => transport.close() };
}

function fails(code: TransportErrorCode, words: RegExp = /./) {
  return (error: unknown) => {
    assert.ok(error instanceof TransportError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  };
}

/** Answers each line with a notification that holds it. */
const echo = `require('node:readline').createInterface({ input: process.stdin }).on('line', (line) =>
  console.log(JSON.stringify({ jsonrpc: '2.0', method: 'line', params: { line } })))`;
const lineOf = (text: string) => JSON.parse(text).params.line;
/** Says so, and then goes on until it is killed. */
const clings = `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1e6);
  console.log('{"jsonrpc":"2.0","method":"ready","params":{"pid":' + process.pid + '}}')`;

suite('a server over stdio', () => {
  test('says its messages byte for byte', async () => {
    const answer = '{"jsonrpc":"2.0", "id":1,"result":{"n":12345678901234567890,"x-own":1.0,"é":"→"}}';
    await using server = await run(`console.log(${JSON.stringify(`\n${answer}\r\n[${call.text}]`)})`);
    await server.recorder.until(({ texts }) => texts.length === 2);
    assert.deepEqual(server.recorder.texts, [`${answer}\r`, call.text]);
    assert.deepEqual(
      server.recorder.messages.map(({ relatedTo }) => relatedTo),
      [undefined, undefined],
    );
  });

  test('is sent each message as one line, whatever is in it', async () => {
    await using server = await run(echo);
    const odd = '{\n"a":"\u2028{}\u2029é",\r\n"b":1.0}';
    await server.transport.send(writeRequest('1', 'a', odd), never);
    await server.transport.send(call, never);
    await server.recorder.until(({ texts }) => texts.length === 2);
    const [first, second] = server.recorder.texts.map(lineOf);
    assert.match(first, /"b":1\.0/);
    assert.deepEqual(JSON.parse(first).params, JSON.parse(odd));
    assert.equal(second, call.text);
  });

  test('may say what is no message, which is a fault and no more', async () => {
    await using server = await run(`console.log('starting\\n5\\n{"a"}\\n${call.text}')`);
    await server.recorder.until(({ texts }) => texts.length === 1);
    assert.deepEqual(server.recorder.faults, [
      'the server wrote what is no message: starting',
      'the server wrote what is no message: 5',
      'no JSON: unexpected input at offset 4',
    ]);
  });

  test('has its standard error logged by lines', async () => {
    await using server = await run(`process.stderr.write('one\\ntwo\\n' + 'x'.repeat(3000) + '\\nlast')`);
    await server.recorder.until(({ ends }) => ends.length === 1);
    assert.deepEqual(server.logged, ['one', 'two', 'x'.repeat(2_000), 'last']);
  });

  test('that ends says how, and what it said last', async () => {
    await using server = await run(`console.error('a trace\\n  no such key\\n'); process.exitCode = 3`);
    await server.recorder.until(({ ends }) => ends.length === 1);
    assert.match(server.recorder.ends[0] ?? '', /closed.*exit status 3.*last: no such key$/);
    await assert.rejects(server.transport.send(call, never), fails('BROKEN', /exit status 3/));
  });

  test('that is killed says so', async () => {
    await using server = await run('process.kill(process.pid, "SIGKILL")');
    await server.recorder.until(({ ends }) => ends.length === 1);
    assert.match(server.recorder.ends[0] ?? '', /by SIGKILL/);
  });

  test('that cannot be started says so, and has ended', async () => {
    for (const program of [{ command: '/no/such/program' }, { command: root }]) {
      const recorder = new Recorder();
      const usual = { args: [], env: {}, cwd: root };
      const transport = new StdioTransport({ ...usual, ...program }, recorder, () => undefined);
      await assert.rejects(transport.start(), fails('UNREACHABLE', new RegExp(program.command)));
      assert.equal(recorder.ends.length, 1);
      await assert.rejects(transport.send(call, never), fails('UNREACHABLE'));
      await transport.close();
    }
  });

  test('that says a line above 32 MiB has ended with it', async () => {
    await using server = await run(
      `process.stdout.write('x'.repeat(33 * 1024 * 1024)); process.stdin.resume()`,
    );
    await server.recorder.until(({ ends }) => ends.length === 1);
    assert.match(server.recorder.ends[0] ?? '', /longer than 33554432 bytes/);
    await assert.rejects(server.transport.send(call, never), fails('TOO_LARGE'));
  });

  test('that does not read makes senders wait, until they give up or it ends', async () => {
    await using server = await run('setInterval(() => undefined, 1e6)');
    const large = writeRequest('1', 'a', `{"a":"${'x'.repeat(1_000_000)}"}`);
    await server.transport.send(large, never);
    const ending = new AbortController();
    const [mine, theirs] = [server.transport.send(large, ending.signal), server.transport.send(large, never)];
    ending.abort('enough');
    await assert.rejects(mine, (reason) => reason === 'enough');
    process.kill(server.transport.pid ?? 0, 'SIGKILL');
    await assert.rejects(theirs, TransportError);
  });

  test('that reads in its own time gets all of it', async () => {
    const slow = `setTimeout(() => { ${echo} }, 100)`;
    await using server = await run(slow);
    const large = (id: number) => writeRequest(String(id), 'a', `{"a":"${'é'.repeat(200_000)}"}`);
    const messages = Array.from({ length: 10 }, (_, id) => large(id));
    await Promise.all(messages.map((message) => server.transport.send(message, never)));
    await server.recorder.until(({ texts }) => texts.length === messages.length);
    assert.deepEqual(server.recorder.texts.map(lineOf).sort(), messages.map(({ text }) => text).sort());
  });
});

suite('a server over stdio that is closed', () => {
  test('ends with its input, in its own way', async () => {
    const server = await run(`process.stdin.resume().on('end', () => console.error('good bye'))`);
    await server.transport.close();
    assert.deepEqual([server.logged, server.recorder.ends], [['good bye'], [undefined]]);
    await assert.rejects(server.transport.send(call, never), fails('CLOSED'));
    await server.transport.close();
    assert.equal(server.recorder.ends.length, 1);
  });

  test('is killed with all of its group when it clings', async () => {
    const child = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(clings)}], { stdio: 'inherit' })`;
    const server = await run(`${child}; ${clings}`);
    await server.recorder.until(({ texts }) => texts.length === 2);
    const pids = server.recorder.texts.map((text) => Number(JSON.parse(text).params.pid));
    assert.equal((await childrenOf(server.transport.pid)).length, 1);
    await server.transport.close();
    for (const pid of pids) await gone(pid);
    assert.deepEqual(server.recorder.ends, [undefined]);
  });

  test('is no more when it was closed while it started', async () => {
    const recorder = new Recorder();
    const program = { command: process.execPath, args: ['-e', 'process.stdin.resume()'], env: {}, cwd: root };
    const transport = new StdioTransport(program, recorder, () => undefined);
    const starting = transport.start();
    await transport.close();
    await starting;
    await gone(transport.pid ?? 0);
  });

  test('is not started any more when it was closed before', async () => {
    const recorder = new Recorder();
    const program = { command: process.execPath, args: [], env: {}, cwd: root };
    const transport = new StdioTransport(program, recorder, () => undefined);
    await transport.close();
    await assert.rejects(transport.start(), fails('CLOSED'));
    assert.equal(transport.pid, undefined);
  });
});

test('what a server leaves behind in its group ends with it', async () => {
  const child = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(clings)}], { stdio: 'inherit' })`;
  await using server = await run(`${child}; setTimeout(() => process.exit(0), 300)`);
  await server.recorder.until(({ texts, ends }) => texts.length === 1 && ends.length === 1);
  await gone(Number(JSON.parse(server.recorder.texts[0] ?? '').params.pid));
});

test('a grandchild that holds on to the output and to its life ends with its server, too', async () => {
  const start = (script: string) =>
    `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(script)}], { stdio: 'inherit' })`;
  const child = `${start(clings)}; setTimeout(() => process.exit(0), 300)`;
  const server = await run(`${start(child)}; ${clings}`);
  await server.recorder.until(({ texts }) => texts.length === 2);
  const pids = server.recorder.texts.map((text) => Number(JSON.parse(text).params.pid));
  await server.transport.close();
  for (const pid of pids) await gone(pid);
  assert.deepEqual(server.recorder.ends, [undefined]);
});
