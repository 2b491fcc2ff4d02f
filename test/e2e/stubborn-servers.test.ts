/** The gateway does not end before its servers do, whatever they do to go on. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { RunningGateway } from '../harness/running-gateway.ts';

const server = join(import.meta.dirname, '..', 'harness', 'odd-server.ts');
/** A shell that ignores signals and outlives the server in it. */
const stubborn = `trap "" TERM INT HUP; ${process.execPath} ${server} stubborn; while :; do sleep 1; done`;

suite('a server that ends neither with its input nor when it is asked to', () => {
  for (const when of ['open', 'just deleted'] as const) {
    test(`is gone when the gateway is, with its session ${when}`, async () => {
      const transport = { type: 'stdio', command: '/bin/sh', args: ['-c', stubborn] };
      await using gateway = await RunningGateway.start({ mcpServers: { stubborn: transport } });
      const client = await gateway.connect('stubborn');
      const pid = await gateway.serverPid('while :; do sleep');
      if (when === 'just deleted') {
        const transport = client.transport;
        assert.ok(transport && 'terminateSession' in transport);
        await fetch(`${gateway.url}/mcp/stubborn`, {
          method: 'DELETE',
          headers: { 'mcp-session-id': transport.sessionId ?? '' },
        });
      }
      await gateway.stop();
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
      assert.equal(commandLine, '');
    });
  }
});
