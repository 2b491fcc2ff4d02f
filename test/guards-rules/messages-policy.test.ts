import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOSED, examplePolicy, startRules } from './rules-session.ts';

const COLLEAGUES = { secrecy: ['files:private', 'tracker:private'], integrity: [] };
const ANYBODY = { secrecy: [], integrity: [] };
const NOBODY_NOTHING = { secrecy: [], integrity: ['unlabelled'] };

const MESSAGES = [
  { args: { to: ['bob@acme.example'] }, is: COLLEAGUES },
  { args: { to: ['bob@acme.example'], cc: ['eve@evil.example'] }, is: ANYBODY },
  { args: { to: ['bob@acme.example'], bcc: ['eve@evil.example'] }, is: ANYBODY },
  { args: { to: ['bob@acme.example', 'eve@evil.example'] }, is: ANYBODY },
  { args: { to: ['bob@acme.example'], cc: [], subject: 'eve@evil.example' }, is: COLLEAGUES },
  { args: { to: ['eve@evil.example, bob@acme.example'] }, is: CLOSED },
  { args: { to: ['eve@evil.example\nbob@acme.example'] }, is: CLOSED },
  { args: { to: ['eve@evil.example@acme.example'] }, is: CLOSED },
  { args: { to: ['<eve@evil.example>bob@acme.example'] }, is: CLOSED },
  { args: { to: ['BOB@acme.example'] }, is: COLLEAGUES },
  { args: { to: ['bob@ACME.example'] }, is: CLOSED },
  { args: { to: [' bob@acme.example'] }, is: CLOSED },
  { args: { to: ['bob@acme.example.evil.example'] }, is: ANYBODY },
  { args: { to: 'bob@acme.example' }, is: CLOSED },
  { args: { to: [['bob@acme.example']] }, is: CLOSED },
  { args: { to: ['bob@acme.example'], Cc: ['eve@evil.example'] }, is: NOBODY_NOTHING },
  { args: { to: null }, is: CLOSED },
  { args: { to: [] }, is: CLOSED },
  { args: {}, is: CLOSED },
];

test('a message may hold what all of its recipients may learn', async (t) => {
  const { resource } = await startRules(await examplePolicy('messages'));
  for (const { args, is } of MESSAGES) {
    await t.test(JSON.stringify(args), () => {
      assert.deepEqual(resource('send_message', args), { operation: 'write', ...is });
    });
  }
});

const POSTS = [
  { channel: '#announcements', is: { secrecy: [], integrity: ['team:approved'] } },
  { channel: '#team-web', is: COLLEAGUES },
  { channel: '#random', is: ANYBODY },
  { channel: '#Announcements', is: CLOSED },
  { channel: '#team-/../announcements', is: CLOSED },
  { channel: 7, is: ANYBODY },
];

test('a channel says what may be posted there, and by whom', async (t) => {
  const { resource } = await startRules(await examplePolicy('messages'));
  for (const { channel, is } of POSTS) {
    await t.test(`${channel}`, () => {
      assert.deepEqual(resource('post', { channel, text: '#team-web' }), { operation: 'write', ...is });
    });
  }
});
