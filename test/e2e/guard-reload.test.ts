/** A guard that is reloaded again and again under an agent's calls: the calls notice nothing. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import { callTool, outcomeOf } from '../harness/tool-result.ts';
import { versionedGuest } from '../harness/versioned-guest.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const reloads = 6;

suite('a guard that is reloaded', () => {
  for (const [what, grants] of Object.entries({
    'to versions that grant the same': [undefined],
    'to versions that grant something else each time': ['private:a', 'private:b'],
  })) {
    test(`${what} loses no call`, async (context) => {
      await using backends = await ScriptedBackends.start();
      const path = join(await temporaryFolder(), 'guard.wasm');
      await writeFile(path, await versionedGuest({ version: 1, ...granting(0) }));
      const hello = { name: 'hello', script: { result: { content: [{ type: 'text', text: 'hello' }] } } };
      await using gateway = await RunningGateway.start({
        guards: { guard: { type: 'wasm', path } },
        mcpServers: { greeter: { type: 'http', url: backends.add('/', [hello]), guard: 'guard' } },
      });
      const calling = new AbortController();
      const agents = Array.from({ length: 4 }, (_, index) =>
        callSteadily(gateway, `run-${index}`, calling.signal),
      );
      await gateway.call('greeter', 'hello');
      const sidecar = await gateway.sidecarPid();
      for (let reload = 1; reload <= reloads; reload++) {
        await writeFile(path, await versionedGuest({ version: 1 + reload, ...granting(reload) }));
        process.kill(sidecar, 'SIGHUP');
        await gateway.logged('guard reloaded', reload);
        await gateway.call('greeter', 'hello', { run: `after-${reload}` });
      }
      calling.abort();
      const outcomes = (await Promise.all(agents)).flat();
      assert.deepEqual([...new Set(outcomes)], ['result']);
      context.diagnostic(`${outcomes.length} tool calls over ${reloads} reloads, none lost`);
    });

    function granting(reload: number): { grants?: string } {
      const tag = grants[reload % grants.length];
      return tag === undefined ? {} : { grants: tag };
    }
  }
});

async function callSteadily(gateway: RunningGateway, run: string, signal: AbortSignal): Promise<string[]> {
  const client = await gateway.connect('greeter', { run });
  const outcomes: string[] = [];
  while (!signal.aborted) outcomes.push(outcomeOf(await callTool(client, 'hello')));
  return outcomes;
}
