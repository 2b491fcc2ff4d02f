import assert from 'node:assert/strict';
import { appendFile, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { verifyTrail } from '../../../gateway/audit/verify-trail.ts';
import { decision, labels, TrailFolder, writtenTrail } from './trail-folder.ts';

const kindsOf = (lines: readonly { kind: string }[]) => lines.map(({ kind }) => kind);

suite('an audit trail', () => {
  test('has a line for each event, in order, each with the hash of the one before', async () => {
    await using folder = await TrailFolder.make();
    await writtenTrail(folder, 100);
    const lines = await folder.lines();
    assert.deepEqual(
      lines.map(({ seq }) => seq),
      Array.from({ length: 102 }, (_, index) => index + 1),
    );
    assert.deepEqual(
      lines.slice(1, -1).map(({ tool }) => tool),
      Array.from({ length: 100 }, (_, index) => `tool-${index}`),
    );
    assert.deepEqual([lines[0]?.kind, lines.at(-1)?.kind], ['trail-begun', 'trail-ended']);
    assert.deepEqual((await verifyTrail([folder.file])).breaks, []);
  });

  test('says of a decision who did what, how it was judged, and how it ended', async () => {
    await using folder = await TrailFolder.make();
    {
      await using trail = await folder.start();
      trail.record(
        decision({
          outcome: 'denied',
          reason: 'READ_SECRECY',
          before: labels(['b', 'a'], ['x']),
          after: labels(['b', 'a'], ['x']),
          access: {
            operation: 'read',
            mode: 'strict',
            guardMode: 'filter',
            isIndivisible: true,
            resource: labels(['c']),
          },
          response: { form: 'items', items: [{ labels: labels(['c']), count: 3 }], withheld: 3 },
          trace: 'f'.repeat(32),
        }),
      );
    }
    const [, written] = await folder.lines();
    assert.ok(written !== undefined);
    const { seq: _, prev: __, time, ...line } = written;
    assert.match(String(time), /^\d{4}-\d\d-\d\dT.*Z$/);
    const agent = { secrecy: ['a', 'b'], integrity: ['x'] };
    assert.deepEqual(line, {
      kind: 'decision',
      principal: 'alice',
      run: '1',
      server: 'files',
      tool: 'read_file',
      outcome: 'denied',
      reason: 'READ_SECRECY',
      withheld: 3,
      form: 'items',
      operation: 'read',
      mode: 'strict',
      guardMode: 'filter',
      isIndivisible: true,
      resource: { secrecy: ['c'], integrity: [] },
      items: [{ count: 3, secrecy: ['c'], integrity: [] }],
      before: agent,
      after: agent,
      guard: 'rules',
      digest: 'a'.repeat(64),
      trace: 'f'.repeat(32),
    });
  });

  test('holds no tag when they are redacted, and the same one is the same after a restart', async () => {
    await using folder = await TrailFolder.make();
    const event = decision({ before: labels(['private:acme/rocket', '*'], ['approved:acme/rocket']) });
    for (let start = 0; start < 2; start++) {
      await using trail = await folder.start({ redact: true });
      trail.record(event);
    }
    assert.doesNotMatch(await readFile(folder.file, 'utf8'), /acme/);
    const [first, second] = (await folder.lines()).filter(({ kind }) => kind === 'decision');
    assert.deepEqual(first?.before, second?.before);
    assert.match(JSON.stringify(first?.before), /^\{"secrecy":\["#[0-9a-f]{32}","\*"\],"integrity":\["#/);
    assert.equal((await stat(`${folder.file}.key`)).mode & 0o777, 0o600);
    assert.equal((await stat(folder.file)).mode & 0o777, 0o600);
  });

  test('keeps who did what, and no labels, of an event whose labels would fill the disk', async () => {
    await using folder = await TrailFolder.make();
    {
      await using trail = await folder.start();
      const tags = Array.from({ length: 100_000 }, (_, index) => `tag-${index}`);
      trail.record(decision({ before: labels(tags), tool: 'x'.repeat(1_000_000) }));
    }
    const [, line] = await folder.lines();
    assert.equal(line?.isCut, true);
    assert.equal(line?.before, undefined);
    assert.equal(line?.principal, 'alice');
    assert.ok((await stat(folder.file)).size < 10_000);
  });

  test('is rotated, keeps as many files as it is told, and its chain goes on', async () => {
    await using folder = await TrailFolder.make();
    {
      await using trail = await folder.start({ maxBytes: 1, keep: 2 });
      for (let index = 0; index < 5; index++) await trail.written(decision());
    }
    const files = ['', '.1', '.2'].map((end) => `${folder.file}${end}`);
    const { breaks, head, lines } = await verifyTrail(files);
    assert.deepEqual([breaks, head?.seq, lines], [[], 7, 3]);
    await assert.rejects(stat(`${folder.file}.3`), { code: 'ENOENT' });
  });

  test('goes on after a restart, and after one between rotating and writing', async () => {
    await using folder = await TrailFolder.make();
    await writtenTrail(folder, 1);
    await writtenTrail(folder, 1);
    await rename(folder.file, `${folder.file}.1`);
    await writtenTrail(folder, 1);
    const { breaks, head } = await verifyTrail([`${folder.file}.1`, folder.file]);
    assert.deepEqual([breaks, head?.seq], [[], 9]);
  });

  test('takes away a line that was never finished, and says so', async () => {
    await using folder = await TrailFolder.make();
    await writtenTrail(folder, 1);
    await appendFile(folder.file, '{"seq":4,"pr');
    await writtenTrail(folder, 0);
    const lines = await folder.lines();
    assert.deepEqual(kindsOf(lines).slice(3), ['trail-mended', 'trail-begun', 'trail-ended']);
    assert.equal(lines[3]?.tornBytes, 12);
    assert.deepEqual((await verifyTrail([folder.file])).breaks, []);
  });

  test('leaves a file alone that is none', async () => {
    await using folder = await TrailFolder.make();
    await writeFile(folder.file, 'shopping list\n');
    await writtenTrail(folder, 1);
    assert.equal(await readFile(folder.file, 'utf8'), 'shopping list\n');
    assert.match(folder.logged, /"level":"error".*cannot be written.*it is no audit trail/);
  });
});

suite('an audit trail that cannot be written', () => {
  test('is an error in the log once, and goes on with all that waited once it can be', async () => {
    await using folder = await TrailFolder.make();
    await symlink('/dev/full', folder.file);
    {
      await using trail = await folder.start();
      trail.record(decision({ tool: 'first' }));
      trail.record(decision({ tool: 'second' }));
      assert.equal(trail.isWritable, false);
      await rm(folder.file);
    }
    const lines = await folder.lines();
    assert.deepEqual(kindsOf(lines), ['trail-begun', 'decision', 'decision', 'trail-resumed', 'trail-ended']);
    assert.deepEqual((await verifyTrail([folder.file])).breaks, []);
    folder.log.flush();
    assert.equal(folder.logged.match(/ENOSPC/g)?.length, 1);
    assert.match(folder.logged, /can be written again/);
  });

  test('counts what there is no room for, and says how much is missing', async () => {
    await using folder = await TrailFolder.make();
    await symlink('/dev/full', folder.file);
    {
      await using trail = await folder.start({ maxBytes: 64 * 1024 * 1024 });
      for (let index = 0; index < 20_010; index++) trail.record(decision());
      const { isWritable, waiting, lost } = trail.figures;
      assert.ok(!isWritable && waiting <= 20_000 && lost >= 10);
      await rm(folder.file);
    }
    const lines = await folder.lines();
    const lost = lines.reduce((sum, line) => sum + Number(line.lost ?? 0), 0);
    assert.equal(lines.filter(({ kind }) => kind === 'decision').length + lost, 20_010);
    assert.ok(lost >= 10);
  });

  test('rejects an event that somebody waits for, and it is never written', async () => {
    await using folder = await TrailFolder.make();
    await symlink('/dev/full', folder.file);
    {
      await using trail = await folder.start({ required: true });
      await assert.rejects(trail.written(decision()), { code: 'AUDIT_UNAVAILABLE' });
      await rm(folder.file);
    }
    assert.deepEqual(kindsOf(await folder.lines()), ['trail-begun', 'trail-resumed', 'trail-ended']);
  });

  test('tells of another hand in its file, and goes on behind it', async () => {
    await using folder = await TrailFolder.make();
    {
      await using trail = await folder.start({ required: true });
      await trail.written(decision());
      await appendFile(folder.file, 'x');
      await assert.rejects(trail.written(decision()), /another program has changed/);
    }
    const kinds = ['trail-begun', 'decision', 'trail-mended', 'trail-resumed', 'trail-ended'];
    assert.deepEqual(kindsOf(await folder.lines()), kinds);
  });
});
