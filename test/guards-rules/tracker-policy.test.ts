import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asTextResult, CLOSED, examplePolicy, startRules } from './rules-session.ts';

const PRIVATE = ['tracker:private'];
const MAINTAINER = ['tracker:maintainer'];

function issue(visibility: unknown): string {
  return JSON.stringify(asTextResult({ number: 1, visibility, author: 'x' }));
}

test('each issue is as secret as its visibility and as trusted as its author', async () => {
  const { response } = await startRules(await examplePolicy('tracker'));
  const issues = {
    items: [
      { number: 1, visibility: 'private', author: 'x' },
      { number: 2, visibility: 'public', author: 'alice' },
      { number: 3, visibility: 'private', author: 'bob' },
      { number: 4, visibility: 'public', author: null },
    ],
    total_count: 4,
  };
  assert.deepEqual(response('list_issues', {}, asTextResult(issues)), {
    labeled_paths: [
      { path: '/items/0', labels: { secrecy: PRIVATE, integrity: [] } },
      { path: '/items/1', labels: { secrecy: [], integrity: MAINTAINER } },
      { path: '/items/2', labels: { secrecy: PRIVATE, integrity: MAINTAINER } },
      { path: '/items/3', labels: { secrecy: [], integrity: [] } },
    ],
    items_path: '/items',
  });
});

test('an issue that does not say whether it is private has the labels of the call', async () => {
  const { response } = await startRules(await examplePolicy('tracker'));
  const issues = {
    items: [
      { number: 1, author: 'x' },
      { visibility: 'Public', author: 'x' },
    ],
  };
  assert.deepEqual(response('list_issues', {}, asTextResult(issues)), {
    labeled_paths: [
      { path: '/items/0', labels: { secrecy: PRIVATE, integrity: [] } },
      { path: '/items/1', labels: { secrecy: PRIVATE, integrity: [] } },
    ],
    items_path: '/items',
  });
});

test('a response that is one issue is one item', async () => {
  const { response } = await startRules(await examplePolicy('tracker'));
  const result = asTextResult({ number: 1, visibility: 'public', author: 'alice' });
  assert.deepEqual(response('get_issue', { number: 1 }, result), {
    labeled_paths: [],
    default_labels: { secrecy: [], integrity: MAINTAINER },
  });
});

test('a comment may hold what its issue may hold, which only the tracker knows', async (t) => {
  for (const [visibility, labels] of [
    ['public', { secrecy: [], integrity: [] }],
    ['private', { secrecy: PRIVATE, integrity: [] }],
    ['internal', CLOSED],
    [undefined, CLOSED],
  ] as const) {
    await t.test(`${visibility}`, async () => {
      const { resource, guard } = await startRules(await examplePolicy('tracker'), {
        get_issue: issue(visibility),
      });
      assert.deepEqual(resource('add_comment', { number: 12 }), { operation: 'write', ...labels });
      assert.deepEqual(guard.backendCalls, [{ tool: 'get_issue', args: '{"number":12}', outBytes: 65536 }]);
    });
  }
});

const UPDATES = [
  { was: 'private', becomes: undefined, is: { secrecy: PRIVATE, integrity: [] } },
  { was: 'private', becomes: 'private', is: { secrecy: PRIVATE, integrity: [] } },
  { was: 'public', becomes: 'public', is: { secrecy: [], integrity: [] } },
  {
    was: 'private',
    becomes: 'public',
    is: { secrecy: ['tracker:private', 'unlabelled'], integrity: ['unlabelled'] },
  },
];

test('an update that publishes a private issue is closed to everybody', async (t) => {
  for (const { was, becomes, is } of UPDATES) {
    await t.test(`${was} to ${becomes}`, async () => {
      const { resource } = await startRules(await examplePolicy('tracker'), { get_issue: issue(was) });
      const labels = resource('update_issue', { number: 1, visibility: becomes });
      assert.deepEqual(labels, { operation: 'read-write', ...is });
    });
  }
});

test('a new issue is public unless the call says that it is private', async () => {
  const { resource } = await startRules(await examplePolicy('tracker'));
  const ofVisibility = (visibility?: string) => resource('create_issue', { title: 't', visibility });
  assert.deepEqual(ofVisibility(), { operation: 'write', secrecy: [], integrity: [] });
  assert.deepEqual(ofVisibility('public'), { operation: 'write', secrecy: [], integrity: [] });
  assert.deepEqual(ofVisibility('private'), { operation: 'write', secrecy: PRIVATE, integrity: [] });
  assert.deepEqual(ofVisibility('secret'), { operation: 'write', ...CLOSED });
});
