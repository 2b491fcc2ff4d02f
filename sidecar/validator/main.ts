/**
 * The validator process: takes a module on standard input, says its verdict in one line on standard output, ends. Its
 * argument is the path of wabt, as its permissions name it: by name it would be looked for in folders that it may not read.
 */
import { readFileSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { judge, type WabtModule } from './judge.ts';

const [standardInput, standardOutput] = [0, 1];

const [, , wabtPath = ''] = process.argv;
const { default: createWabt }: WabtModule = await import(pathToFileURL(wabtPath).href);
const module = new Uint8Array(readFileSync(standardInput));
const verdict = judge(await createWabt(), module);
writeSync(standardOutput, `${JSON.stringify(verdict)}\n`);
