import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ServerConfig } from '../../../gateway/config/gateway-config.ts';
import { GuardedOffer } from '../../../gateway/relay/guarded-offer.ts';
import { labels } from '../granting-server.ts';
import { FixedLink } from './fixed-link.ts';
import { caller, JudgingServer, judgingFor } from './judging-server.ts';

const never = new AbortController().signal;
const session = { id: 's', caller, protocolVersion: '2025-06-18', send: () => undefined } as const;
const hello =
  '{"protocolVersion":"2025-06-18","capabilities":{"roots":{"a":1}},"clientInfo":{"name":"n","version":"1"}}';

function offerOf(config: Partial<ServerConfig> = {}) {
  const server = new JudgingServer({ grant: labels(['house']) }, config);
  const { agents, judging } = judgingFor(server);
  return { offer: new GuardedOffer(server, agents, judging), agents, server };
}

suite('what a server offers its clients', () => {
  test('has the name of its configuration', () => {
    assert.equal(offerOf({ name: 'own' }).offer.serverName, 'own');
  });

  test('is asked in the client’s words while what its agent carries may be sent there, and in ours then', async () => {
    for (const [audience, expected] of [
      [['house'], 'n'],
      [['*'], 'n'],
      [[], 'sluice'],
    ] as const) {
      const { offer, agents, server } = offerOf({ audience });
      await agents.find('alice', '1')?.guardOf(server, never);
      const { clientInfo } = JSON.parse(offer.hello(hello, session));
      assert.equal(clientInfo.name, expected);
    }
    assert.equal(offerOf({ audience: [] }).offer.hello(hello, session), hello);
  });

  test('over a shared connection is not what one client would set for all', async () => {
    for (const [connection, expected] of [
      ['shared', /does not offer/],
      ['session', /Denied/],
    ] as const) {
      const { offer } = offerOf({ connection });
      for (const method of ['logging/setLevel', 'resources/subscribe', 'resources/unsubscribe'])
        await assert.rejects(
          offer.request({ method, params: '{}', caller, link: new FixedLink() }, never),
          expected,
        );
    }
  });
});
