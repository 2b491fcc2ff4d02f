import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How much may go by in messages before what is left of them is collected, in bytes. */
const collectBytes = 1024 * 1024;

let passedBytes = 0;
let isDue = false;
let collect: ((options: { type: 'minor' }) => void) | undefined;

/**
 * A message of so many bytes went by. Its bytes lie outside of V8's heap, where V8 does not look for garbage until there are
 * tens of megabytes; then it collects everything, which takes 15 to 25 ms. Here what is young is collected in good time, in
 * half a millisecond, while whoever was asked works on the answer (RATIONALE, "Why does Sluice collect garbage …?").
 */
export function noteMessage(bytes: number): void {
  passedBytes += bytes;
  if (passedBytes < collectBytes || isDue) return;
  isDue = true;
  setImmediate(collectYoung);
}

function collectYoung(): void {
  isDue = false;
  passedBytes = 0;
  collect ??= exposedCollector();
  collect({ type: 'minor' });
}

function exposedCollector(): (options: { type: 'minor' }) => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}
