import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type AskForPage, ToolCatalog } from '../../../gateway/backend/tool-catalog.ts';
import { GatewayError } from '../../../gateway/gateway-error.ts';

const never = new AbortController().signal;
const pageOf = (names: readonly string[], nextCursor?: string) =>
  JSON.stringify({ tools: names.map((name) => ({ name })), nextCursor });
const numbered = (count: number, prefix = 'tool') => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

/** A catalog over pages by their cursors, and the params of what was asked. */
function catalogOver(pages: (cursor: string | undefined) => string) {
  const asked: string[] = [];
  const ask: AskForPage = async (params) => {
    asked.push(params);
    return pages(JSON.parse(params).cursor);
  };
  return { catalog: new ToolCatalog(ask), asked };
}

suite('a catalog of tools', () => {
  test('finds a tool on any page, asks with the cursor that it was given, and then knows it', async () => {
    const { catalog, asked } = catalogOver((cursor) => (cursor ? pageOf(['b']) : pageOf(['a'], 'two')));
    assert.equal((await catalog.find('b', never))?.name, 'b');
    assert.equal((await catalog.find('a', never))?.name, 'a');
    assert.deepEqual(asked, ['{}', '{"cursor":"two"}']);
  });

  test('knows what a page says that somebody else has asked for', async () => {
    const { catalog, asked } = catalogOver(() => assert.fail('nobody asks'));
    catalog.note(pageOf(['a'], 'more'));
    assert.equal((await catalog.find('a', never))?.name, 'a');
    assert.deepEqual(asked, []);
    assert.throws(() => catalog.note('{}'), GatewayError);
  });

  test('asks again for a tool that it does not know, and drops what is listed no more', async () => {
    let names = ['a'];
    const { catalog, asked } = catalogOver(() => pageOf(names));
    assert.equal(await catalog.find('b', never), undefined);
    names = ['b'];
    assert.equal((await catalog.find('b', never))?.name, 'b');
    assert.equal(await catalog.find('a', never), undefined);
    assert.equal(asked.length, 3);
  });

  test('forgets all of them when it is told so', async () => {
    const { catalog, asked } = catalogOver(() => pageOf(['a']));
    await catalog.find('a', never);
    catalog.forget();
    await catalog.find('a', never);
    assert.equal(asked.length, 2);
  });

  test('comes to an end where the cursor never does', async () => {
    const { catalog, asked } = catalogOver((cursor) => pageOf(['a'], `${cursor}+`));
    assert.equal(await catalog.find('b', never), undefined);
    assert.equal(asked.length, 100);
  });

  test('holds no more tools than an agent may know, however many a server makes up', async () => {
    let round = 0;
    const { catalog, asked } = catalogOver(() => pageOf(numbered(1_000, `${round++}-`), 'more'));
    assert.ok((await catalog.list(never)).length <= 10_000);
    assert.equal(asked.length, 10);
    for (let rounds = 0; rounds < 11; rounds++) catalog.note(pageOf(numbered(1_000, `new${rounds}-`)));
    const before = asked.length;
    await catalog.find('new10-0', never);
    assert.equal(asked.length, before);
    await catalog.find('new0-0', never);
    assert.ok(asked.length > before);
  });
});
