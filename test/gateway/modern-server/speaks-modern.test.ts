/** Which era a server speaks: asked of real ones, and of odd ones. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ModernServer } from '../../../gateway/modern-server/modern-server.ts';
import { speaksModern } from '../../../gateway/modern-server/speaks-modern.ts';
import { TransportError } from '../../../gateway/server-transport/transport-error.ts';
import { RunningFixture } from '../../conformance/running-fixture.ts';
import { type Arrival, HandMadeServer } from '../../harness/hand-made-server.ts';

const never = new AbortController().signal;

async function ask(url: string): Promise<boolean> {
  using server = new ModernServer({ url, headers: {} });
  return await speaksModern(server, never);
}

async function askOne(answer: (arrival: Arrival) => void): Promise<boolean> {
  await using hands = await HandMadeServer.start(answer);
  return await ask(hands.url);
}

/** An answer with a status, of which the id is that of the request. */
const say =
  (status: number, message: object) =>
  ({ body, response }: Arrival): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(body).id, ...message }));
  };
const plain =
  (status: number, type = 'text/plain') =>
  ({ response }: Arrival): void => {
    response.writeHead(status, { 'content-type': type }).end('its own words');
  };
const error = (code: number, data?: object) => ({ error: { code, message: 'no', ...(data && { data }) } });

suite('a server speaks the modern era', () => {
  test('where it does', async () => {
    await using fixture = await RunningFixture.start('modern');
    assert.equal(await ask(fixture.url), true);
  });

  test('where it lists a revision of ours among others', async () => {
    const supportedVersions = ['2027-01-01', '2026-07-28', '2025-11-25'];
    assert.equal(await askOne(say(200, { result: { supportedVersions } })), true);
  });

  for (const code of [-32_020, -32_021]) {
    test(`where it refuses with ${code}, which no legacy server knows`, async () => {
      assert.equal(await askOne(say(400, error(code))), true);
    });
  }
});

suite('a server speaks the legacy era', () => {
  test('where it does', async () => {
    await using fixture = await RunningFixture.start('legacy');
    assert.equal(await ask(fixture.url), false);
  });

  const answers: readonly (readonly [what: string, answer: (arrival: Arrival) => void])[] = [
    ['lists legacy revisions only', say(200, { result: { supportedVersions: ['2025-11-25'] } })],
    ['refuses our revision for a legacy one', say(400, error(-32_022, { supported: ['2025-11-25'] }))],
    ['refuses our revision for none', say(400, error(-32_022))],
    ['answers with no list', say(200, { result: {} })],
    ['asks for a session', say(400, error(-32_000))],
    ['does not know the method', say(200, error(-32_601))],
    ['takes the params for wrong', say(200, error(-32_602))],
    ['refuses with 400 and nothing more', plain(400)],
    ['has nothing there', plain(404)],
    ['takes no POST', plain(405)],
    ['has a page there', plain(200, 'text/html')],
  ];
  for (const [what, answer] of answers) {
    test(`where it ${what}`, async () => assert.equal(await askOne(answer), false));
  }
});

suite('which era a server speaks cannot be told', () => {
  for (const status of [307, 401, 403, 429, 500, 503]) {
    test(`from the status ${status}`, async () => {
      await assert.rejects(askOne(plain(status)), TransportError);
    });
  }

  test('where nobody answers', async () => {
    const hands = await HandMadeServer.start(() => undefined);
    const { url } = hands;
    await hands[Symbol.asyncDispose]();
    await assert.rejects(
      ask(url),
      (error) => error instanceof TransportError && error.code === 'UNREACHABLE',
    );
  });

  test('where it lists newer revisions only: that is said', async () => {
    const newer = ['2027-01-01'];
    await assert.rejects(askOne(say(200, { result: { supportedVersions: newer } })), /not known here/);
    await assert.rejects(askOne(say(400, error(-32_022, { supported: newer }))), /not known here/);
  });

  test('before the signal aborts', async () => {
    await using hands = await HandMadeServer.start(() => undefined);
    using server = new ModernServer({ url: hands.url, headers: {} });
    const cancelling = new AbortController();
    const asking = assert.rejects(speaksModern(server, cancelling.signal), { message: 'enough' });
    await hands.arrived(() => true);
    cancelling.abort(new Error('enough'));
    await asking;
  });
});
