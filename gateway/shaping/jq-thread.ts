/** Runs jq, in a thread of its own that the gateway can end at any time. Nothing of one run is there in the next. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { loadJq } from 'jq-wasm';
import { boundedProgram, type JqReply, type JqRequest } from './jq-program.ts';

/** Raw: the program writes JSON as text. What follows the second is no option, whatever it begins with. */
const flags = ['--raw-output', '--'];

const wasmModule = new WebAssembly.Module(
  await readFile(fileURLToPath(import.meta.resolve('jq-wasm/jq.wasm'))),
);

async function answer(request: JqRequest): Promise<JqReply> {
  if (request.kind === 'run') return run(request.program, request.input);
  // With its own words first, then as it will run: what closes a bracket too many is only wrong by itself.
  return (
    (await check(request.program)) ?? (await check(boundedProgram(request.program))) ?? { kind: 'accepted' }
  );
}

/** Without an input jq compiles a program and never starts it. */
async function check(program: string): Promise<JqReply | undefined> {
  const jq = await loadJq({ wasmModule });
  const { exitCode, stderr } = jq.raw('', program, flags);
  return exitCode === 0 ? undefined : { kind: 'refused', words: stderr };
}

async function run(program: string, input: string): Promise<JqReply> {
  const jq = await loadJq({ wasmModule });
  try {
    const { exitCode, stdout } = jq.raw(input, boundedProgram(program), flags);
    return exitCode === 0 ? { kind: 'output', json: stdout } : { kind: 'failed', why: 'error' };
  } catch {
    // jq itself never throws: its memory was used up.
    return { kind: 'failed', why: 'memory' };
  }
}

parentPort?.on('message', async (request: JqRequest) => parentPort?.postMessage(await answer(request)));
parentPort?.postMessage({ kind: 'ready' } satisfies JqReply);
