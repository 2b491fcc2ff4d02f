/** docs/operating.md: its commands run, and what it quotes is what the programs say. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { commands } from '../../cli/commands.ts';
import { outboxServer, rulesGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const root = join(import.meta.dirname, '..', '..');
const page = await readFile(join(root, 'docs', 'operating.md'), 'utf8');
const run = promisify(execFile);

/** Its blocks of `sh`, line by line: those are run. What needs root or a running systemd stands in `console`. */
const lines = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
  block.trimEnd().split('\n'),
);

suite('the commands of docs/operating.md', () => {
  const opsKey = 'the-key-of-the-operators';
  let folder: string;
  let gateway: RunningGateway;

  before(async () => {
    folder = await temporaryFolder();
    const program = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'cli', 'main.ts')}' "$@"\n`;
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'bin', 'sluice'), program);
    await chmod(join(folder, 'bin', 'sluice'), 0o755);
    gateway = await RunningGateway.start({
      gateway: {
        keys: { agents: 'the-key-of-the-agents', ops: opsKey },
        operators: ['ops'],
        audit: { file: join(folder, 'trail.jsonl') },
      },
      guards: { rules: rulesGuard },
      mcpServers: { outbox: { ...outboxServer, 'guard-policies': { 'write-sink': { accept: ['*'] } } } },
    });
    await gateway.ready();
    await gateway.call('outbox', 'post', { args: { message: 'hello' }, key: 'the-key-of-the-agents' });
  });
  after(async () => {
    await gateway[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** With this test's gateway, files and port. */
  function here(line: string): string {
    return line
      .replaceAll('/etc/sluice/sluice.jsonc', join(gateway.folder, 'sluice.json'))
      .replaceAll('/var/lib/sluice-gateway', folder)
      .replaceAll('http://127.0.0.1:3000', gateway.url);
  }

  test('are some', () => assert.ok(lines.length >= 8, String(lines.length)));

  for (const line of lines) {
    test(`run: ${line}`, async () => {
      const PATH = [join(folder, 'bin'), process.env.PATH].join(delimiter);
      const env = { PATH, TMPDIR: folder, OPS_KEY: opsKey };
      const { stdout } = await run('sh', ['-c', here(line)], { env, cwd: folder });
      assert.notEqual(stdout, '');
    });
  }
});

suite('what docs/operating.md quotes', () => {
  const sources = globSync(['{gateway,sidecar}/**/*.ts'], { cwd: root });
  const cells = [...page.matchAll(/^\| .* \|$/gm)]
    .map(([row]) => row.split(' | '))
    .filter((row) => row.length === 4)
    .map((row) => row[2] ?? '');
  /** A quotation has several words; one word is a name. */
  const quoted = cells.flatMap((cell) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text ?? '').filter((text) => text.includes(' ')),
  );

  test('is said by the gateway or the sidecar, word for word', async () => {
    const texts = await Promise.all(sources.map((path) => readFile(join(root, path), 'utf8')));
    // What only a comment says, nobody is told.
    const text = texts.join('\n').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*/gm, '');
    assert.ok(quoted.length >= 15, quoted.join('\n'));
    assert.deepEqual(
      quoted.filter((sentence) => sentence !== 'audit verify' && !text.includes(sentence)),
      [],
    );
  });

  test('are words that sluice knows', () => {
    const words = [...page.matchAll(/(?:^|`)(?:# )?sluice (\w+)/gm)].map(([, word]) => word ?? '');
    assert.ok(words.length >= 5);
    assert.deepEqual(
      words.filter((word) => !(word in commands)),
      [],
    );
  });

  test('links only to what is there', async () => {
    for (const [, link = ''] of page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      const isThere = await readFile(join(root, 'docs', link)).then(
        () => true,
        (error: NodeJS.ErrnoException) => error.code === 'EISDIR',
      );
      assert.ok(isThere, link);
    }
  });
});
