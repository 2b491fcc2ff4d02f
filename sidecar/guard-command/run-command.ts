import { type CannedAnswer, CannedBackend, readAnswers } from './canned-backend.ts';
import type { CommandFlags } from './command-flags.ts';
import { needed, oneWord, readFlags } from './command-flags.ts';
import { type CommandPlace, writeLines } from './command-place.ts';
import { describeRun } from './describe-run.ts';
import { guardFile } from './guard-file.ts';
import { type AskedCall, labelCall } from './label-call.ts';
import { jsonObject, jsonText, parseJson } from './read-json.ts';
import { TriedGuard } from './tried-guard.ts';

export const runUsage =
  'usage: sluice guard run FILE.wasm --tool TOOL [--policy P] [--args A] [--result R] [--backend B] [--limits L] [--principal X] [--json], where P, A, R, B and L are JSON or @FILE';

/** What says which call is labelled, with what, and how that is told. */
export const callFlags = {
  policy: 'text',
  tool: 'text',
  args: 'text',
  result: 'text',
  backend: 'text',
  limits: 'text',
  principal: 'text',
  json: 'switch',
} as const;

/** `sluice guard run`: labels one call once. 0 where every step gave labels, 1 where one failed. */
export async function runCommand(args: readonly string[], place: CommandPlace): Promise<number> {
  const flags = readFlags(args, callFlags);
  const path = oneWord(flags, runUsage);
  const call = await readCall(flags);
  const config = await guardFile(path, await optionalObject(flags, 'limits'));
  const signal = new AbortController().signal;
  await using guard = await TriedGuard.start(config, signal);
  const steps = await labelCall(guard, call, signal);
  const { digest, limits } = guard.version;
  const { residentBytes } = guard;
  const principal = flags.text('principal');
  const lines = flags.has('json')
    ? [
        JSON.stringify(
          { guard: path, digest, tool: call.tool, principal, steps, residentBytes },
          undefined,
          2,
        ),
      ]
    : describeRun(place, steps, { residentBytes, residentMiB: limits.residentMiB });
  await writeLines(place, lines);
  return steps.some(({ outcome }) => outcome.kind === 'failed') ? 1 : 0;
}

/** A JSON object of a flag; undefined where the flag is not given. */
export async function optionalObject(flags: CommandFlags, name: string) {
  const text = flags.text(name);
  return text === undefined ? undefined : jsonObject(text, `--${name}`);
}

/** The call that the flags are about. What the guard gets are the texts as they are. */
export async function readCall(flags: CommandFlags): Promise<AskedCall> {
  const tool = needed(flags, 'tool', 'write the name of a tool');
  return {
    policy: await optionalText(flags, 'policy'),
    tool,
    args: (await optionalText(flags, 'args')) ?? '{}',
    result: await optionalText(flags, 'result'),
    backend: new CannedBackend(await readBackend(flags.text('backend'))),
  };
}

/** A list of answers is seldom short: what does not look like one is the name of a file. */
async function readBackend(given: string | undefined): Promise<readonly CannedAnswer[]> {
  if (given === undefined) return [];
  const isFile = given.startsWith('@') || !/^\s*\[/.test(given);
  const value = isFile && !given.startsWith('@') ? `@${given}` : given;
  return readAnswers(parseJson(await jsonText(value, '--backend'), '--backend'), '--backend');
}

async function optionalText(flags: CommandFlags, name: string): Promise<string | undefined> {
  const text = flags.text(name);
  if (text === undefined) return undefined;
  await jsonObject(text, `--${name}`);
  return jsonText(text, `--${name}`);
}
