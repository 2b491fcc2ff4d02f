/** Part F: guests that answer with nonsense. What can be read two ways fails the call, and what is foreign is cleaned. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { description, type GuardStream } from '../../harness/guard-stream.ts';
import { type HostileEnd, HostileGuards, hasEnd } from '../../harness/hostile-guards.ts';

const MiB = 1024 * 1024;
const million = 1_000_000;

/** What label_response of echoes-backend.wat writes, and what the caller reads. */
const garbage: Record<string, { readonly output: string | Buffer; readonly says: RegExp }> = {
  'F4 writes bytes that are no UTF-8': { output: Buffer.of(0x7b, 0xff, 0x7d), says: /is not UTF-8/ },
  'F4 writes UTF-16': {
    output: Buffer.from('{}', 'utf16le'),
    says: /is not JSON: it goes wrong at character 1/,
  },
  'F4 writes a byte order mark': { output: '\ufeff{}', says: /must be a JSON object/ },
  'F4 writes NUL inside': { output: '{"a"\0:1}', says: /is not JSON: it goes wrong at character 4/ },
  'F4 writes something behind its end': {
    output: '{} {}',
    says: /is not JSON: it goes wrong at character 3/,
  },
  'F5 writes an array': { output: '[]', says: /must be a JSON object or null/ },
  'F5 writes a text': { output: '"public"', says: /must be a JSON object or null/ },
  'F5 writes 16 MiB of opening brackets': {
    output: '['.repeat(16 * MiB),
    says: /must be a JSON object or null/,
  },
  'F5 writes brackets within an object': {
    output: `{"a":${'['.repeat(5 * MiB)}`,
    says: /deeper than 256 levels/,
  },
  'F5 writes a list of tags twice': {
    output: '{"items":[{"labels":{"secrecy":["a"],"secrecy":[]}}]}',
    says: /has two "secrecy" lists in one label/,
  },
  'F6 writes 100,000 tags': {
    output: JSON.stringify({
      items: [{ labels: { secrecy: Array.from({ length: 100_000 }, (_, tag) => `t${tag}`) } }],
    }),
    says: /"secrecy" list of more than 4096 tags/,
  },
  'F6 writes a tag of a megabyte': {
    output: JSON.stringify({ items: [{ labels: { secrecy: ['x'.repeat(million)] } }] }),
    says: /a tag of more than 1024 bytes/,
  },
  'F6 writes a tag with control characters': {
    output: '{"items":[{"labels":{"secrecy":["a\\u001b[31m"]}}]}',
    says: /a tag with a control character/,
  },
  'F6 writes a tag that is a number': {
    output: '{"items":[{"labels":{"secrecy":[1]}}]}',
    says: /has a number in a "secrecy" list/,
  },
  'F6 writes tags that are a text': {
    output: '{"labeled_paths":[{"path":"/0","labels":{"secrecy":"private"}}]}',
    says: /a "secrecy" list that is a string/,
  },
  'F9 writes a million paths': {
    output: `{"labeled_paths":[${'{"path":"/0"},'.repeat(million)}{"path":"/0"}]}`,
    says: /labels more than 100000 items/,
  },
  'F9 writes a path that is a number': {
    output: '{"labeled_paths":[{"path":0}]}',
    says: /a number for "path"/,
  },
  'F9 writes an entry without a path': { output: '{"labeled_paths":[{}]}', says: /without "path"/ },
};

/** What label_response returns, and what the caller reads. */
const returned: Record<string, HostileEnd & { readonly number: number }> = {
  'F1 returns -1': { number: -1, ends: 'GUARD_ERROR', says: /returned the error code -1$/ },
  'F1 returns -2': {
    number: -2,
    ends: 'OUTPUT_LIMIT',
    says: /^label_response wants more than 16 MiB for its output$/,
  },
  'F1 returns -3': { number: -3, ends: 'GUARD_ERROR', says: /returned the error code -3$/ },
  'F1 returns the least number': { number: -(2 ** 31), ends: 'GUARD_ERROR', says: /error code -2147483648$/ },
  'F3 returns one byte more than its buffer has': {
    number: 4 * MiB + 1,
    ends: 'GUARD_ERROR',
    says: /wrote 4194305 bytes into a buffer of 4194304/,
  },
  'F3 returns more bytes than there are': {
    number: 2 ** 31 - 1,
    ends: 'GUARD_ERROR',
    says: /wrote 2147483647 bytes/,
  },
};

const needs: Record<string, number> = {
  'no bytes': 0,
  'one byte': 1,
  'as many bytes as it has': 4 * MiB,
  'one byte more than 16 MiB': 16 * MiB + 1,
  'as many bytes as 32 bits count': -1,
};

describe('a guest that', () => {
  let guards: HostileGuards;
  before(async () => {
    guards = await HostileGuards.serving({
      'returns-error': {},
      'claims-too-much': {},
      'answers-garbage': {},
      'answers-nothing': {},
      'returns-what-it-is-told': {},
      'wants-what-it-is-told': {},
      'wants-ever-larger': {},
      'wants-a-larger-buffer': {},
      'echoes-backend': {},
    });
  });
  after(() => guards[Symbol.asyncDispose]());

  for (const [name, { number, ...end }] of Object.entries(returned)) {
    it(`${name} fails the call, and the next question is answered`, async () => {
      const asks = (stream: GuardStream) => stream.labelResponse(`${number}`, {});
      await guards.endsAlone('returns-what-it-is-told', { ...end, asks });
    });
  }

  it('F1 returns an error code ends with GUARD_ERROR, and the next question is answered', async () => {
    await guards.endsAlone('returns-error', { ends: 'GUARD_ERROR', says: /error code -7$/ });
  });

  for (const [name, bytes] of Object.entries(needs)) {
    it(`F2 says that it needs ${name}, whatever it gets, is asked three times, and fails`, async () => {
      const before = guards.sidecar.log.length;
      const asks = (stream: GuardStream) => stream.labelResponse(`${bytes}`, {});
      await guards.endsAlone('wants-what-it-is-told', {
        ends: 'OUTPUT_LIMIT',
        says: /^label_response wants more than 16 MiB for its output$/,
        asks,
      });
      const tries = guards.sidecar.log.slice(before).match(/asked with a buffer/g)?.length ?? 0;
      assert.ok(tries >= 1 && tries <= 3, `${tries} tries`);
    });
  }

  it('F2 is never content with its buffer fails, and the next question is answered', async () => {
    await guards.endsAlone('wants-ever-larger', {
      ends: 'OUTPUT_LIMIT',
      says: /^label_response wants more than 16 MiB for its output$/,
    });
  });

  it('F2 wants a larger buffer is asked again with at least what it said', async () => {
    const stream = await guards.sidecar.open('wants-a-larger-buffer');
    assert.equal(description(await stream.labelResource('get')), '2');
    await stream.close();
  });

  it('F3 claims to have written more than there is fails, and the next question is answered', async () => {
    await guards.endsAlone('claims-too-much', {
      ends: 'GUARD_ERROR',
      says: /4194305 bytes into a buffer of 4194304/,
    });
  });

  it('F3 answers label_resource with nothing has made an error, and label_response with no labels', async () => {
    const stream = await guards.sidecar.open('answers-nothing');
    await assert.rejects(stream.labelResource('get'), hasEnd('GUARD_ERROR', /with nothing/));
    assert.deepEqual(await stream.labelResponse('get', {}), {
      $case: 'response',
      value: { form: undefined },
    });
    await stream.close();
  });

  it('F4 answers with garbage fails, and the next question is answered', async () => {
    await guards.endsAlone('answers-garbage', {
      ends: 'INVALID_OUTPUT',
      says: /must be a JSON object or null/,
    });
  });

  for (const [name, { output, says }] of Object.entries(garbage)) {
    it(`${name} fails the call, and the next question is answered`, async () => {
      const asks = (stream: GuardStream) => {
        stream.answerBackend = () => ({ $case: 'json', value: Buffer.from(output) });
        return stream.labelResponse('get', {});
      };
      await guards.endsAlone('echoes-backend', { ends: 'INVALID_OUTPUT', says, asks });
    });
  }
});
