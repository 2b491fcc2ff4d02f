import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOSED, policyOf, startRules } from './rules-session.ts';

const PUBLIC = ['public'];
const SECRET = ['secret'];
const NEITHER = ['neither'];

/** Each list of paths has a public and a secret folder, and a rule that names neither. */
const ABSOLUTE = [
  { path: '/data/secret/**', secrecy: SECRET },
  { path: '/data/pub*/**', secrecy: PUBLIC },
  { path: '/data/**/*.key', secrecy: SECRET },
  { path: '/data/privé/**', secrecy: SECRET },
  { path: '/data/**', secrecy: NEITHER },
];

const RELATIVE = [
  { path: 'secret/**', secrecy: SECRET },
  { path: '**', secrecy: PUBLIC },
];

const MATCHED = [
  ['/data/public/a', PUBLIC],
  ['/data/public', PUBLIC],
  ['/data/public/', PUBLIC],
  ['/data/pub', PUBLIC],
  ['//data///public//a', PUBLIC],
  ['/data/./public/./a/.', PUBLIC],
  ['/data/secret/../public/a', PUBLIC],
  ['/data/public/../secret/a', SECRET],
  ['/data/public/x/../../secret/a', SECRET],
  ['/data/public/...', PUBLIC],
  ['/data/public/%2e%2e/a', PUBLIC],
  ['/data/public/a b*?.txt', PUBLIC],
  ['/data/public/ünï-中文-📁.txt', PUBLIC],
  ['/data/a.key', SECRET],
  ['/data/x/y/a.key', SECRET],
  ['/data/public/a.key', PUBLIC],
  ['/data/privé/a', SECRET],
  ['/data', NEITHER],
  ['/data/secrets', NEITHER],
  ['/data/x/pub/a', NEITHER],
] as const;

/** Paths that may be any file: they match nothing, so that no trick gets more than the default labels. */
const MATCHED_BY_NOTHING = [
  '',
  '/',
  '/dat',
  '/database/public/a',
  'data/public/a',
  './data/public/a',
  '~/data/public/a',
  'file:///data/public/a',
  'C:\\data\\public\\a',
  '/data/public\\..\\secret\\a',
  '/data/public/a\\b',
  '/data/public/a\u0000',
  '/data/public/a\u0000/../../secret',
  '/data/public/a\nb',
  '/data/public/a\u007f',
  '/data/../../data/public/a',
  '/../data/public/a',
  '..',
  '/data/Secret/a',
  '/data/SECRET/a',
  '/DATA/public/a',
  '/data/ secret/a',
  '/data/secret /a',
  '/data/prive\u0301/a',
  '/data/PRIVÉ/a',
  '/data/public/prive\u0301',
  '/data/public/\u212b',
  '/data/public/\u2126',
  '/data/public/a\u200b',
  '/data/public/\ufeff',
  '/data/public/\ud83d',
  `/data/public/${'a'.repeat(5000)}`,
  7,
  true,
  null,
  ['/data/public/a'],
  { path: '/data/public/a' },
];

function labelled(secrecy: readonly string[] | undefined): unknown {
  return { operation: 'read', ...(secrecy ? { secrecy, integrity: [] } : CLOSED) };
}

test('a path is matched in its normal form', async (t) => {
  const { resource } = await startRules(policyOf({ arguments: [{ at: '/path', rules: ABSOLUTE }] }));
  for (const [path, secrecy] of MATCHED) {
    await t.test(path, () => assert.deepEqual(resource('t', { path }), labelled(secrecy)));
  }
});

test('a path that is no plain path is matched by no rule, not even by a later and wider one', async (t) => {
  const rules = [...ABSOLUTE, { path: '/**', secrecy: PUBLIC }, { glob: '**', secrecy: PUBLIC }];
  const { resource } = await startRules(policyOf({ arguments: [{ at: '/path', rules: ABSOLUTE }] }));
  const wide = await startRules(policyOf({ arguments: [{ at: '/path', rules }] }));
  for (const path of MATCHED_BY_NOTHING) {
    await t.test(JSON.stringify(path).slice(0, 60), () => {
      assert.deepEqual(resource('t', { path }), labelled(undefined));
      if (!isPlainPathOutside(path)) assert.deepEqual(wide.resource('t', { path }), labelled(undefined));
    });
  }
});

/** Paths that are plain enough, only not under /data: a wider rule may match them. */
function isPlainPathOutside(path: unknown): boolean {
  return path === '/' || path === '/dat' || path === '/database/public/a';
}

test('relative patterns match relative paths that stay where they are', async (t) => {
  const { resource } = await startRules(policyOf({ arguments: [{ at: '/path', rules: RELATIVE }] }));
  for (const [path, secrecy] of [
    ['a/b', PUBLIC],
    ['.', PUBLIC],
    ['secret/a', SECRET],
    ['./a/../secret/a', SECRET],
    ['../secret', undefined],
    ['a/../../b', undefined],
    ['/secret/a', undefined],
    ['Secret/a', undefined],
  ] as const) {
    await t.test(path, () => assert.deepEqual(resource('t', { path }), labelled(secrecy)));
  }
});

test('a character that can be spelled in two ways is never part of a plain path', async () => {
  const rules = [{ path: '/d/**', secrecy: PUBLIC }];
  const { guard } = await startRules(policyOf({ arguments: [{ at: '/path', rules }] }));
  const wrong: string[] = [];
  for (let unit = 0x80; unit < 0xd800; unit++) {
    const character = String.fromCharCode(unit);
    const call = { tool_name: 't', tool_args: { path: `/d/e${character}` } };
    const isPlain = guard.call('label_resource', call, 1024).text.includes('"public"');
    if (isPlain && !hasOneSpelling(character)) wrong.push(unit.toString(16));
  }
  assert.deepEqual(wrong, []);
});

/** Whether no other text is canonically equivalent, and nothing about the character is invisible. */
function hasOneSpelling(character: string): boolean {
  const text = `e${character}`;
  return text.normalize('NFC') === text && !/[\p{M}\p{C}\p{Z}]/u.test(character);
}
