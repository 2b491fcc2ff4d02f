/** Part E: guests that call their backend with odd pointers, names and arguments. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { description, type GuardStream } from '../../harness/guard-stream.ts';
import { HostileGuards } from '../../harness/hostile-guards.ts';

const MiB = 1024 * 1024;
/** Where asks-what-it-is-told.wat puts the text of its script, and the end of its memory. */
const [textAt, memoryEnd] = [8 * MiB, 400 * 65_536];
/** A place that nothing else uses. */
const outAt = 22 * MiB;
const invalid = '-3';

/** The six numbers that call_backend gets, and what lies at `textAt`. */
interface Script {
  readonly tool: readonly [at: number, bytes: number];
  readonly args?: readonly [at: number, bytes: number];
  readonly out?: readonly [at: number, bytes: number];
  readonly text?: string | Buffer;
}

const sound: Script = { tool: [textAt, 3], text: 'get' };
const named = (tool: string | Buffer): Script => ({ tool: [textAt, Buffer.from(tool).length], text: tool });
const given = (args: string | Buffer): Script => {
  const text = Buffer.concat([Buffer.from('get'), Buffer.from(args)]);
  return { tool: [textAt, 3], args: [textAt + 3, text.length - 3], text };
};

const answer = '{"is":"there"}';
const answered = `${answer.length}`;

/** Each script, and what call_backend returns. */
const scripts: Record<string, Script & { readonly returns: string }> = {
  'E1 a tool name at a negative pointer': { ...sound, tool: [-1, 3], returns: invalid },
  'E1 a tool name that reaches across the end': { ...sound, tool: [memoryEnd - 2, 3], returns: invalid },
  'E1 a tool name at 2 to the 31': { ...sound, tool: [-(2 ** 31), 3], returns: invalid },
  'E1 a tool name whose end exceeds 32 bits': { ...sound, tool: [-2, 3], returns: invalid },
  'E1 a tool name of 2 to the 32 minus 1 bytes': { ...sound, tool: [textAt, -1], returns: invalid },
  'E1 arguments of 2 to the 32 minus 1 bytes': { ...sound, args: [textAt, -1], returns: invalid },
  'E1 arguments that reach across the end': { ...sound, args: [memoryEnd - 1, 2], returns: invalid },
  'E1 a buffer of 2 to the 32 minus 1 bytes': { ...sound, out: [outAt, -1], returns: invalid },
  'E1 a buffer that reaches across the end': { ...sound, out: [memoryEnd - 8, 9], returns: invalid },
  'E1 a buffer at a negative pointer': { ...sound, out: [-4, 4], returns: invalid },
  'E1 a buffer of no bytes at the end': { ...sound, out: [memoryEnd, 0], returns: '-2' },
  'E1 a buffer of just the right size at the end, unaligned': {
    ...sound,
    out: [memoryEnd - answer.length, answer.length],
    returns: answered,
  },
  'E2 a buffer in the middle of its arguments': {
    ...given('{"is":"here, and longer than the answer"}'),
    out: [textAt + 4, 64],
    returns: answered,
  },
  'E2 a buffer that is its tool name': { ...sound, out: [textAt, 64], returns: answered },
  'E3 an empty tool name': { ...named(''), returns: invalid },
  'E3 a tool name of a megabyte': { ...named('x'.repeat(MiB)), returns: invalid },
  'E3 a tool name with NUL': { ...named('get\0'), returns: invalid },
  'E3 a tool name with a line end': { ...named('get\n{"id":1}'), returns: invalid },
  'E3 a tool name that is no UTF-8': { ...named(Buffer.of(0x67, 0xc0, 0x80)), returns: invalid },
  'E3 a tool name that is a surrogate': { ...named(Buffer.of(0xed, 0xa0, 0x80)), returns: invalid },
  'E3 a tool name that looks like another': { ...named('gеt'), returns: answered },
  'E4 arguments that are an array': { ...given('[]'), returns: invalid },
  'E4 arguments with something behind them': { ...given('{}{}'), returns: invalid },
  'E4 arguments with a byte order mark': { ...given('\ufeff{}'), returns: invalid },
  'E4 arguments of 10 MB': { ...given(`{"a":"${'x'.repeat(10_000_000)}"}`), returns: invalid },
  'E4 arguments nested 200,000 levels deep': {
    ...given(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
    returns: invalid,
  },
  'E4 arguments with a name twice': { ...given('{"a":1,"a":2}'), returns: answered },
  'E4 arguments called __proto__': { ...given('{"__proto__":{"a":1},"constructor":{}}'), returns: answered },
  'E4 arguments with a huge number': { ...given('{"a":1e400,"b":9007199254740993}'), returns: answered },
  'E4 arguments with a lone surrogate': { ...given('{"a":"\\ud800"}'), returns: answered },
};

describe('a guest that asks its backend with', () => {
  let guards: HostileGuards;
  before(async () => {
    const limits = { cpuMs: 20_000, deadlineMs: 60_000 };
    guards = await HostileGuards.serving({ 'asks-what-it-is-told': { limits } });
  });
  after(() => guards[Symbol.asyncDispose]());

  for (const [name, { returns, ...script }] of Object.entries(scripts)) {
    it(`${name} is returned ${returns}, and goes on`, async () => {
      const stream = await guards.sidecar.open('asks-what-it-is-told');
      assert.equal(await told(stream, script), returns);
      const calls = stream.backendCalls.filter(({ tool }) => tool !== 'script');
      // Who asks with nothing wrong is the only one to reach the backend, with its arguments as they were.
      assert.equal(calls.length, returns === invalid ? 0 : 1);
      if (script.args !== undefined && calls[0] !== undefined) {
        assert.equal(`get${Buffer.from(calls[0].args)}`, `${script.text}`);
      }
      assert.equal(await told(stream, sound), answered);
      await stream.close();
      await guards.isWhole();
    });
  }

  /** What call_backend returned for this script. */
  async function told(stream: GuardStream, script: Script): Promise<string | undefined> {
    const { tool, args = [0, 0], out = [outAt, 1_024], text = '' } = script;
    const numbers = Buffer.from(Int32Array.from([...tool, ...args, ...out]).buffer);
    const bytes = Buffer.concat([numbers, Buffer.from(text)]);
    stream.answerBackend = (call) => ({
      $case: 'json',
      value: call.tool === 'script' ? bytes : Buffer.from(answer),
    });
    return description(await stream.labelResource('get'));
  }
});
