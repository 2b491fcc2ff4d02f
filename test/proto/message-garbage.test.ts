import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const subject = fileURLToPath(new URL('../../proto/message-garbage.ts', import.meta.url));

/** Notes messages of 100 KB, and ends a turn of the event loop later. */
const program = (messages: number) => `
  import { noteMessage } from ${JSON.stringify(subject)};
  console.log('noted');
  for (let message = 0; message < ${messages}; message++) noteMessage(100_000);
  setImmediate(() => console.log('done'));`;

/** What V8 told of its collections between the two. */
async function collections(messages: number): Promise<string> {
  const args = ['--trace-gc', '--input-type=module', '--eval', program(messages)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: {} });
  return stdout.slice(stdout.indexOf('noted'), stdout.indexOf('done'));
}

it('what megabytes of messages leave behind is collected, and what is young only', async () => {
  assert.match(await collections(30), /Scavenge/);
  assert.doesNotMatch(await collections(30), /Mark-Compact/);
});

it('less than that is left to V8', async () => {
  assert.doesNotMatch(await collections(3), /Scavenge|Mark-Compact/);
});
