/** The validator process: takes a module on standard input, says its verdict in one line on standard output, ends. */
import { readFileSync, writeSync } from 'node:fs';
import createWabt from 'wabt';
import { judge } from './judge.ts';

const [standardInput, standardOutput] = [0, 1];

const module = new Uint8Array(readFileSync(standardInput));
const verdict = judge(await createWabt(), module);
writeSync(standardOutput, `${JSON.stringify(verdict)}\n`);
