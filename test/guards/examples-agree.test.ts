/** What texts that are almost JSON, or almost a note, mean: the four guards of notes agree on it, whoever reads JSON for them. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { WASI } from 'node:wasi';
import fc from 'fast-check';
import { exampleModuleUrl, type Language, languages } from '../../guards/examples/build.ts';
import { holds } from '../harness/property.ts';
import { textResult } from './notes-cases.ts';

const policy = '{"editors":["ada","b"]}';
const note = '{"visibility":"public","author":"ada"}';
const list = `{"notes":[${note},{"visibility":"private"}]}`;

/** What is put into a text, or stands in for a part of it. No halves of surrogate pairs: not all languages have them. */
const pieces = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ',',
    ':',
    '"',
    '\\',
    '\\u0070',
    '\\"',
    '\\/',
    '\\n',
    '\\x',
    'é',
    '\u{1f4c1}',
    'x',
  ],
  ...['1', '-', '0', '.5', 'e+3', '01', 'true', 'false', 'null', 'nul', ' ', '\t', '\n', '\u0001', '\u00a0'],
  ...[
    '"visibility"',
    '"Visibility"',
    '"public"',
    '"author"',
    '"ada"',
    '"notes"',
    '"editors"',
    '"isError":true,',
  ],
];

/** A text with some pieces put in, each in the place of so many characters. */
function almost(text: string): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(text.length),
    length: fc.nat(4),
    piece: fc.constantFrom('', ...pieces),
  });
  return fc
    .array(edit, { maxLength: 4 })
    .map((edits) =>
      edits.reduce((all, { at, length, piece }) => all.slice(0, at) + piece + all.slice(at + length), text),
    )
    .map((edited) => edited.toWellFormed());
}

/** A module by itself: what it returns, and what it writes. */
class BareGuard {
  /** What its server answers. */
  answer = '';
  readonly #exports: WebAssembly.Exports;

  private constructor(module: WebAssembly.Module) {
    const wasi = new WASI({ version: 'preview1' });
    const env = {
      abort: () => assert.fail('it aborted'),
      host_log: () => undefined,
      call_backend: (...args: number[]) => this.#write(this.answer, args[4] ?? 0, args[5] ?? 0),
    };
    const instance = new WebAssembly.Instance(module, {
      env,
      wasi_snapshot_preview1: { ...wasi.wasiImport },
    });
    this.#exports = instance.exports;
    if (this.#exports._initialize !== undefined) wasi.initialize(instance);
  }

  static async start(language: Language): Promise<BareGuard> {
    return new BareGuard(new WebAssembly.Module(await readFile(exampleModuleUrl(language))));
  }

  /** The code, and what stands in the buffer: the answer, or the size that it needs. */
  ask(name: string, text: string, capacity = 65_536): readonly [number, string] {
    const size = Buffer.byteLength(text);
    const [input, out] = [this.#call('alloc', size), this.#call('alloc', capacity)];
    this.#write(text, input, size);
    this.#memory.writeUInt32LE(0, out);
    const code = this.#call(name, input, size, out, capacity);
    const written = this.#memory.toString('utf8', out, out + (code > 0 ? code : 4));
    this.#call('dealloc', input, size);
    this.#call('dealloc', out, capacity);
    return [code, written];
  }

  get #memory(): Buffer {
    const { memory } = this.#exports;
    assert.ok(memory instanceof WebAssembly.Memory);
    return Buffer.from(memory.buffer);
  }

  #call(name: string, ...args: number[]): number {
    const called = this.#exports[name];
    assert.ok(typeof called === 'function', name);
    return Number(Reflect.apply(called, undefined, args));
  }

  #write(text: string, at: number, capacity: number): number {
    const size = Buffer.byteLength(text);
    if (size <= capacity) return this.#memory.write(text, at);
    this.#memory.writeUInt32LE(size, at);
    return -2;
  }
}

const guards = await Promise.all(languages.map(BareGuard.start));

/** What all guards say to it, which is one thing. */
function agree(ask: (guard: BareGuard) => unknown): void {
  const answers = guards.map((guard) => {
    guard.ask('label_agent', policy);
    return ask(guard);
  });
  const first = answers[0];
  assert.deepEqual(
    Object.fromEntries(languages.map((language, i) => [language, answers[i]])),
    Object.fromEntries(languages.map((language) => [language, first])),
  );
}

suite('the four guards of notes agree', () => {
  test('on what is a policy', (t) =>
    holds(
      t,
      fc.property(almost(policy), (text) => agree((guard) => guard.ask('label_agent', text))),
    ));

  test('on what a note is, by its server', (t) =>
    holds(
      t,
      fc.property(almost(note), (text) =>
        agree((guard) => {
          guard.answer = JSON.stringify(textResult(text));
          return guard.ask('label_resource', '{"tool_name":"read_note","tool_args":{"id":"7"}}');
        }),
      ),
    ));

  test('on what a list is', (t) => {
    const call = (text: string) => JSON.stringify({ tool_name: 'list_notes', tool_result: textResult(text) });
    return holds(
      t,
      fc.property(almost(list), (text) => agree((guard) => guard.ask('label_response', call(text)))),
    );
  });

  test('on what a call is', (t) => {
    const call = JSON.stringify({ tool_name: 'list_notes', tool_args: {}, tool_result: textResult(list) });
    return holds(
      t,
      fc.property(almost(call), (text) => agree((guard) => guard.ask('label_response', text))),
    );
  });

  test('on the room that they need', (t) => {
    const call = JSON.stringify({ tool_name: 'list_notes', tool_args: {}, tool_result: textResult(list) });
    return holds(
      t,
      fc.property(fc.integer({ min: 4, max: 250 }), (capacity) =>
        agree((guard) => [
          guard.ask('label_response', call, capacity),
          guard.ask('label_resource', '{"tool_name":"list_notes"}', capacity),
          guard.ask('label_agent', policy, capacity),
        ]),
      ),
      100,
    );
  });
});
