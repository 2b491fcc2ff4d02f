import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseToolPage } from '../../../gateway/backend/tool-definition.ts';
import { ConfigError } from '../../../gateway/config/config-error.ts';
import { parseConfig } from '../../../gateway/config.ts';
import { ResponseShaping } from '../../../gateway/shaping/response-shaping.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';
import { silentLog } from '../silent-log.ts';

const stdio = { type: 'stdio', command: 'run' };
const outputSchema = { type: 'object' };

function configOf(gateway: object, server: object) {
  const text = JSON.stringify({ gateway, mcpServers: { s: { ...stdio, ...server } } });
  return parseConfig(text, { folder: '/etc', env: {} });
}

async function promisedBy(gateway: object, server: object, name: string) {
  const config = configOf(gateway, server);
  await using shaping = await ResponseShaping.start(config, silentLog);
  const [only] = config.servers;
  assert.ok(only);
  const { tools } = parseToolPage(JSON.stringify({ tools: [{ name, outputSchema }] }));
  const [tool] = tools;
  assert.ok(tool);
  const promised = shaping.of(only).promised(tool);
  assert.equal(promised.hasOutputSchema, promised.text.includes('outputSchema'));
  return JSON.parse(promised.text);
}

suite('what is shaped', () => {
  test('keeps to no output schema, so none is promised', async () => {
    const folder = await temporaryFolder();
    const filtered = { responseFilters: { get: '.' } };
    assert.deepEqual(await promisedBy({}, filtered, 'get'), { name: 'get' });
    assert.deepEqual(await promisedBy({}, filtered, 'other'), { name: 'other', outputSchema });
    assert.deepEqual(await promisedBy({ payloads: { folder } }, {}, 'get'), { name: 'get' });
  });

  test('keeps its breaker as long as its configuration is the same', async () => {
    const config = configOf({}, { rateLimitBreaker: {} });
    await using shaping = await ResponseShaping.start(config, silentLog);
    const [only] = config.servers;
    assert.ok(only);
    assert.equal(shaping.of(only), shaping.of(only));
    assert.notEqual(shaping.of(only), shaping.of({ ...only }));
  });

  test('is not started with programs that jq does not take, all of which are named', async () => {
    const config = configOf(
      {},
      { responseFilters: { get: '.foo(', list: 'map(.a', fine: 'map(.a)', odd: 'nothing' } },
    );
    await assert.rejects(ResponseShaping.start(config, silentLog), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(error.problems, [
        "mcpServers.s.responseFilters.get: jq does not take it: syntax error, unexpected '(', expecting end of file at line 1, column 5",
        "mcpServers.s.responseFilters.list: jq does not take it: syntax error, unexpected end of file, expecting ';' or ')' at line 1, column 5",
        'mcpServers.s.responseFilters.odd: jq does not take it: nothing/0 is not defined at line 1, column 1',
      ]);
      return true;
    });
  });
});
