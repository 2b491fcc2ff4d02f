import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How much may go by in messages before what is left of them is collected, in bytes. */
const collectBytes = 1024 * 1024;

let passedBytes = 0;
let collect: ((options: { type: 'minor' }) => void) | undefined;

/**
 * A message of so many bytes went by. Its bytes lie outside of V8's heap, where V8 does not look for garbage until there are
 * 64 MB of it; then it collects everything, which takes 15 ms and comes every 16 messages of 150 KB. Here what is young is
 * collected in good time, in half a millisecond, while whoever was asked works on the answer.
 */
export function noteMessage(bytes: number): void {
  passedBytes += bytes;
  if (passedBytes < collectBytes) return;
  passedBytes = 0;
  setImmediate(collectYoung);
}

function collectYoung(): void {
  collect ??= exposedCollector();
  collect({ type: 'minor' });
}

function exposedCollector(): (options: { type: 'minor' }) => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}
