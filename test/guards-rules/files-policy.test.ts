import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asTextResult, CLOSED, examplePolicy, startRules } from './rules-session.ts';

const PUBLIC = { secrecy: [], integrity: [] };
const PRIVATE = { secrecy: ['files:private'], integrity: [] };

const READS_OF_ONE_PATH = [
  'read_text_file',
  'read_file',
  'read_media_file',
  'get_file_info',
  'list_directory',
  'list_directory_with_sizes',
  'search_files',
  'directory_tree',
];

/** Each tool of the official filesystem server, with arguments, and what the policy says about the call. */
const CALLS = [
  ...READS_OF_ONE_PATH.flatMap((tool) => [
    { tool, args: { path: '/data/public/a.txt' }, is: { operation: 'read', ...PUBLIC } },
    { tool, args: { path: '/data/public' }, is: { operation: 'read', ...PUBLIC } },
    { tool, args: { path: '/data/private/a.txt' }, is: { operation: 'read', ...PRIVATE } },
    { tool, args: { path: '/data' }, is: { operation: 'read', ...PRIVATE } },
    { tool, args: { path: '/etc/passwd' }, is: { operation: 'read', ...CLOSED } },
    { tool, args: {}, is: { operation: 'read', ...CLOSED } },
  ]),
  ...['write_file', 'create_directory'].flatMap((tool) => [
    { tool, args: { path: '/data/public/a', content: '' }, is: { operation: 'write', ...PUBLIC } },
    { tool, args: { path: '/data/private/a', content: '' }, is: { operation: 'write', ...PRIVATE } },
    { tool, args: { path: '/data/../etc/a', content: '' }, is: { operation: 'write', ...CLOSED } },
  ]),
  {
    tool: 'read_multiple_files',
    args: { paths: ['/data/public/a', '/data/public/b'] },
    is: { operation: 'read', ...PUBLIC },
  },
  {
    tool: 'read_multiple_files',
    args: { paths: ['/data/public/a', '/data/secret'] },
    is: { operation: 'read', ...PRIVATE },
  },
  { tool: 'read_multiple_files', args: { paths: [] }, is: { operation: 'read', ...CLOSED } },
  { tool: 'list_allowed_directories', args: {}, is: { operation: 'read', ...PUBLIC } },
  { tool: 'edit_file', args: { path: '/data/public/a' }, is: { operation: 'read-write', ...PUBLIC } },
  {
    tool: 'move_file',
    args: { source: '/data/a', destination: '/data/b' },
    is: { operation: 'read-write', ...PRIVATE },
  },
  {
    tool: 'move_file',
    args: { source: '/data/secret', destination: '/data/public/secret' },
    is: { operation: 'read-write', secrecy: ['files:private', 'unlabelled'], integrity: ['unlabelled'] },
  },
  { tool: 'delete_everything', args: { path: '/data/public/a' }, is: { operation: 'read-write', ...CLOSED } },
];

test('the files policy labels every tool of the filesystem server', async (t) => {
  const { resource } = await startRules(await examplePolicy('files'));
  for (const { tool, args, is } of CALLS) {
    await t.test(`${tool} ${JSON.stringify(args)}`, () => assert.deepEqual(resource(tool, args), is));
  }
});

const TREE = [
  { name: 'private', type: 'directory', children: [{ name: 'p.txt', type: 'file' }] },
  {
    name: 'public',
    type: 'directory',
    children: [{ name: 'sub', type: 'directory', children: [{ name: 'a.txt', type: 'file' }] }],
  },
  { name: 'top.txt', type: 'file' },
];

test('an entry of a tree is as secret as the path that the call and its names make', async () => {
  const { response } = await startRules(await examplePolicy('files'));
  assert.deepEqual(response('directory_tree', { path: '/data/./' }, asTextResult(TREE)), {
    labeled_paths: [
      { path: '/0', labels: PRIVATE },
      { path: '/1', labels: PUBLIC },
      { path: '/2', labels: PRIVATE },
    ],
    items_path: '',
  });
});

test('the tree of a private folder is private, whatever its entries are called', async () => {
  const { response } = await startRules(await examplePolicy('files'));
  const tree = [{ name: 'public', type: 'file' }];
  assert.deepEqual(response('directory_tree', { path: '/data/private' }, asTextResult(tree)), {
    labeled_paths: [{ path: '/0', labels: PRIVATE }],
    items_path: '',
  });
});

test('a top-level entry is private when anything nested in it is, at any depth', async () => {
  const { response } = await startRules({
    mode: 'filter',
    rulesets: {
      files: [
        { path: '/data/**/*.key', secrecy: ['files:private'] },
        { path: '/data/**', secrecy: [] },
      ],
    },
    tools: [
      {
        names: 'directory_tree',
        operation: 'read',
        arguments: [{ at: '/path', rules: 'files' }],
        items: {
          at: '',
          fields: [{ at: '/name', nested: '/children', below: '/path', rules: 'files' }],
        },
      },
    ],
  });
  let entry: object = { name: 'id.key', type: 'file' };
  for (let depth = 0; depth < 100; depth++)
    entry = { name: `d${depth}`, type: 'directory', children: [entry] };
  const tree = [entry, { name: 'd', type: 'directory', children: [{ name: 'id.pub', type: 'file' }] }];
  assert.deepEqual(response('directory_tree', { path: '/data' }, asTextResult(tree)), {
    labeled_paths: [
      { path: '/0', labels: PRIVATE },
      { path: '/1', labels: PUBLIC },
    ],
    items_path: '',
  });
});

const ODD_ENTRIES = [
  { name: '../private' },
  { name: '..' },
  { name: '.' },
  { name: '' },
  { name: 'a/b' },
  { name: 'a\\b' },
  { name: 5 },
  { type: 'file' },
  { name: 'd', children: 'x' },
  { name: 'd', children: [{ name: '..' }] },
  { name: 'd', children: [{}] },
  'text',
  null,
];

test('an entry that is no plain name has the labels of the call', async (t) => {
  const { response } = await startRules({
    mode: 'filter',
    tools: [
      {
        names: 'directory_tree',
        operation: 'read',
        secrecy: ['call'],
        items: {
          at: '',
          fields: [
            {
              at: '/name',
              nested: '/children',
              below: '/path',
              rules: [{ path: '/data/**', secrecy: ['entry'] }],
            },
          ],
        },
      },
    ],
  });
  const secrecyOf = (entry: unknown) =>
    JSON.stringify(response('directory_tree', { path: '/data/public' }, asTextResult([entry])));
  assert.doesNotMatch(secrecyOf({ name: 'd', children: [{ name: 'e' }] }), /call/);
  for (const entry of ODD_ENTRIES) {
    await t.test(JSON.stringify(entry), () => assert.match(secrecyOf(entry), /"call"/));
  }
});

test('a tree below no plain folder has the default labels', async (t) => {
  const { response } = await startRules(await examplePolicy('files'));
  for (const path of ['data', '/data/../..', ['/data/public'], undefined]) {
    await t.test(`${path}`, () => {
      const labels = response('directory_tree', { path }, asTextResult([{ name: 'public' }]));
      assert.deepEqual(labels, { labeled_paths: [{ path: '/0', labels: CLOSED }], items_path: '' });
    });
  }
});

test('a listing in plain text has no labels of its own', async () => {
  const { response } = await startRules(await examplePolicy('files'));
  const result = { content: [{ type: 'text', text: '[DIR] private\n[DIR] public' }] };
  assert.equal(response('list_directory', { path: '/data' }, result), undefined);
  assert.equal(response('directory_tree', { path: '/data' }, result), undefined);
});
