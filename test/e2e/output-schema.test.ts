/** A tool with an output schema promises structured content, and clients refuse a result without it. */
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { filesystemServer, script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

suite('what Sluice says instead of a response with an output schema', () => {
  let folder: string;
  let gateway: RunningGateway;

  before(async () => {
    folder = await temporaryFolder();
    const secretWrite = script({ resource: { secrecy: ['private'] }, operation: 'write' });
    const openWrite = script({ operation: 'write' });
    gateway = await RunningGateway.start({
      guards: { scripted: scriptedGuard },
      mcpServers: {
        secret: { ...filesystemServer(folder), guard: 'scripted', 'guard-policies': secretWrite },
        open: { ...filesystemServer(folder), guard: 'scripted', 'guard-policies': openWrite },
      },
    });
  });
  after(async () => {
    await gateway[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Writes a file as a client that knows the tool's schema. */
  async function write(server: string, name: string) {
    const client = await gateway.connect(server);
    const { tools } = await client.listTools();
    assert.ok(tools.find((tool) => tool.name === 'write_file')?.outputSchema, 'the server declares a schema');
    return client.callTool({ name: 'write_file', arguments: { path: join(folder, name), content: 'x' } });
  }

  test('reaches a client that validates, and the write was done', async () => {
    const result = await write('secret', 'secret.txt');
    assert.equal(result.isError, true);
    assert.match(JSON.stringify(result.content), /was called and has answered/);
    assert.equal(await readFile(join(folder, 'secret.txt'), 'utf8'), 'x');
  });

  test('is nothing where the response may be read', async () => {
    const result = await write('open', 'open.txt');
    assert.notEqual(result.isError, true);
    assert.ok(result.structuredContent);
  });
});
