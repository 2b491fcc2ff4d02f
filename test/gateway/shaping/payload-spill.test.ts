import assert from 'node:assert/strict';
import { readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { renderNotice } from '../../../gateway/outcome.ts';
import { PayloadSpill, sessionFolder } from '../../../gateway/shaping/payload-spill.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';
import { textResult } from './filter-rig.ts';

const alice = { principal: 'alice', run: '' };

async function spillAt(thresholdBytes: number, pathPrefix?: string) {
  const folder = await temporaryFolder();
  return { folder, spill: new PayloadSpill({ folder, pathPrefix, thresholdBytes }) };
}

suite('a large result', () => {
  test('is spilled above the threshold, in bytes, and not at it', async () => {
    const text = JSON.stringify(textResult('é'));
    const size = Buffer.byteLength(text);
    const at = await spillAt(size);
    assert.equal(await at.spill.apply({ text, isChanged: false }, alice), text);
    assert.deepEqual(await readdir(at.folder), []);
    const above = await spillAt(size - 1);
    assert.notEqual(await above.spill.apply({ text, isChanged: false }, alice), text);
    assert.deepEqual(await readdir(above.folder), ['alice']);
  });

  test('becomes one text that tells where it is, how it begins and what it is made of', async () => {
    const { folder, spill } = await spillAt(100);
    const text = JSON.stringify(
      textResult(JSON.stringify({ id: 1, body: 'x'.repeat(1_000) }), { stray: [1] }),
    );
    const { content, ...others } = JSON.parse(await spill.apply({ text, isChanged: false }, alice));
    assert.deepEqual(others, {});
    assert.equal(content.length, 1);
    const { agentInstructions, payloadPath, ...rest } = JSON.parse(content[0].text);
    assert.match(agentInstructions, /payloadPath/);
    assert.deepEqual(rest, {
      payloadPreview: `${text.slice(0, 500)}…`,
      payloadSchema: { content: [{ type: 'string', text: 'string' }], stray: ['number'] },
      originalSize: text.length,
    });
    assert.ok(payloadPath.startsWith(`${folder}/alice/`));
    assert.equal(await readFile(payloadPath, 'utf8'), text);
  });

  test('is told by the path that the agent knows', async () => {
    const { folder, spill } = await spillAt(10, '/mnt/payloads');
    const text = JSON.stringify(textResult('{"a":"long enough"}'));
    const { content } = JSON.parse(await spill.apply({ text, isChanged: false }, alice));
    const { payloadPath, payloadPreview } = JSON.parse(content[0].text);
    assert.match(payloadPath, /^\/mnt\/payloads\/alice\/[0-9a-f]{32}\/payload\.json$/);
    assert.equal(await readFile(payloadPath.replace('/mnt/payloads', folder), 'utf8'), text);
    assert.equal(payloadPreview, text);
  });

  test('has a preview of whole characters', async () => {
    const { spill } = await spillAt(10);
    for (const padding of ['', 'a', 'ab', 'abc']) {
      const text = JSON.stringify(textResult(padding + '😀'.repeat(200)));
      const { content } = JSON.parse(await spill.apply({ text, isChanged: false }, alice));
      const { payloadPreview } = JSON.parse(content[0].text);
      const shown = payloadPreview.slice(0, -1);
      assert.ok(text.startsWith(shown) && payloadPreview.isWellFormed());
      assert.ok(Buffer.byteLength(shown) > 496 && Buffer.byteLength(shown) <= 500);
    }
  });

  test('keeps the notice of withheld items and the metadata', async () => {
    const { spill } = await spillAt(10);
    const withheld = { count: 2, secrecy: 1, integrity: 1 };
    const notice = JSON.parse(renderNotice(withheld).contentItem);
    const _meta = { trace: 1, 'sluice.dev/withheld': withheld };
    const text = JSON.stringify({
      content: [{ type: 'text', text: '[]' }, notice],
      structuredContent: {},
      _meta,
    });
    const result = JSON.parse(await spill.apply({ text, isChanged: true }, alice));
    assert.deepEqual(result.content.slice(1), [notice]);
    assert.deepEqual(result._meta, _meta);
    assert.ok(!('structuredContent' in result));
  });

  test('that is an error is delivered as it is', async () => {
    const { folder, spill } = await spillAt(10);
    const text = JSON.stringify(textResult('no such thing', { isError: true }));
    assert.equal(await spill.apply({ text, isChanged: false }, alice), text);
    assert.deepEqual(await readdir(folder), []);
  });

  test('fails when it cannot be written, and says neither where nor for whom', async () => {
    const { folder, spill } = await spillAt(10);
    await symlink('/nowhere', join(folder, 'alice'));
    const text = JSON.stringify(textResult('long enough'));
    await assert.rejects(
      spill.apply({ text, isChanged: false }, alice),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'PAYLOAD_FAILED');
        return !error.message.includes('alice') && !error.message.includes(folder);
      },
    );
  });
});

suite('the folder of an agent', () => {
  test('is one segment of a path, and no other agent’s', () => {
    const names = [
      sessionFolder(alice),
      sessionFolder({ principal: 'alice', run: '7' }),
      sessionFolder({ principal: 'alice~7', run: '' }),
      sessionFolder({ principal: 'alice', run: '../../etc' }),
      sessionFolder({ principal: '..', run: '' }),
      sessionFolder({ principal: 'alice', run: 'x'.repeat(300) }),
      sessionFolder({ principal: 'alic\ud800', run: '' }),
    ];
    assert.deepEqual(names.slice(0, 5), [
      'alice',
      'alice~7',
      'alice%7E7',
      'alice~%2E%2E%2F%2E%2E%2Fetc',
      '%2E%2E',
    ]);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.every((name) => /^[\w%~-]{1,200}$/.test(name)));
  });
});
