/** docs/gateways-in-other-languages.md: its session by hand runs, and its numbers and reasons are the sidecar's. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { Reason } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { maxInputBytes, maxJsonDepth, maxMessageBytes, maxOpenQuestions } from '../../sidecar/limits.ts';
import { rulesGuard } from '../harness/gateway-parts.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const root = join(import.meta.dirname, '..', '..');
const page = await readFile(join(root, 'docs', 'gateways-in-other-languages.md'), 'utf8');
const run = promisify(execFile);

/** Its blocks of one language. */
function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, block = '']) => block,
  );
}

suite('the session with buf curl', () => {
  let sidecar: RunningSidecar;
  let said: string;
  before(async () => {
    sidecar = await RunningSidecar.start({ rules: rulesGuard });
    const socket = sidecar.address.replace(/^unix:/, '');
    const commands = blocks('sh').join('').replaceAll('/tmp/sluice/guard.sock', socket);
    assert.ok(commands.includes(socket));
    const env = { ...process.env, TMPDIR: await temporaryFolder() };
    ({ stdout: said } = await run('sh', ['-euc', commands], { cwd: root, env }));
  });
  after(() => sidecar[Symbol.asyncDispose]());

  test('says what the page shows', () => {
    const [shown = ''] = blocks('json');
    assert.ok(shown !== '' && said.includes(shown.trim()), said);
  });

  test('has the guard ask, and labels by what it was told', () => {
    const [, asked = ''] = said.split('"backendCall"');
    assert.match(asked, /"tool": "get_issue"/);
    assert.match(asked, /"description": "add_comment \(tools\[2\]\)"\s+\},\s+"operation": "OPERATION_WRITE"/);
  });
});

suite('what the page on gateways in other languages says', () => {
  test('names reasons of the protocol', () => {
    const named = [...page.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, reason]) => `REASON_${reason}`);
    assert.ok(named.length >= 5);
    const reasons = Object.keys(Reason);
    assert.deepEqual(
      named.filter((reason) => !reasons.includes(reason)),
      [],
    );
  });

  test('has the limits of the sidecar', () => {
    const MiB = 1024 * 1024;
    const limits = [
      `${maxInputBytes / MiB} MiB`,
      `${maxJsonDepth} levels`,
      `${maxMessageBytes / MiB} MiB`,
      maxOpenQuestions.toLocaleString('en'),
    ];
    for (const limit of limits) assert.ok(page.includes(limit), limit);
  });
});
