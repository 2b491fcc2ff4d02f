// Every request is answered byte for byte as without the gateway: each official server is driven directly and through the
// gateway, by a client that knows nothing of either. What the conversations are is in the tables beside this file.

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { RunningGateway } from '../harness/running-gateway.ts';
import { type Conversation, converse } from './conversation.ts';
import type { Exchange } from './exchange.ts';
import { expectSame, type Lane } from './expect-same.ts';
import { httpWire } from './http-wire.ts';
import { type KnownGap, knownGaps } from './known-gaps.ts';
import { type OfficialServer, OfficialServers } from './official-servers.ts';

const official = await OfficialServers.start();
after(() => official[Symbol.asyncDispose]());

const guards = [
  { guard: 'no guard', suffix: '', settings: {} },
  { guard: 'an allow-all guard', suffix: '-guarded', settings: { guard: 'allow-all' } },
] as const;

/** A gateway with each server twice. */
const gateway = await RunningGateway.start({
  guests: { 'allow-all': { guest: 'answers-public' } },
  mcpServers: Object.fromEntries(
    official.servers.flatMap(({ name, config }) =>
      guards.map(({ suffix, settings }) => [`${name}${suffix}`, { ...config, ...settings }]),
    ),
  ),
});
after(() => gateway[Symbol.asyncDispose]());
await gateway.ready();

const metGaps = new Set<KnownGap>();
const nothingElse = 'and says nothing else';

for (const server of official.servers) {
  const conversations = converseWith(server);
  suite(`server-${server.name}`, () => {
    for (const { guard } of guards) {
      const lane: Lane = { server: server.name, guard };
      suite(`through the gateway with ${guard} answers as without it:`, () => {
        let direct: Conversation;
        let through: Conversation;
        before(async () => {
          const had = await conversations;
          direct = had.direct;
          through = had[guard];
        });

        for (const exchange of server.exchanges) {
          test(exchange.name, () =>
            unlessGap(lane, exchange.name, () => expectSame({ exchange, lane }, direct, through)),
          );
        }

        test(nothingElse, () =>
          unlessGap(lane, nothingElse, () => assert.deepEqual(through.unexpected, direct.unexpected)),
        );
      });
    }
  });
}

suite('the list of known gaps', () => {
  test('names what there is', () => {
    assert.deepEqual(
      knownGaps.filter((gap) => !metGaps.has(gap)),
      [],
    );
  });
});

/** With one server one conversation after the other, since they share its files; the servers do it at the same time. */
async function converseWith(server: OfficialServer): Promise<Record<'direct' | Lane['guard'], Conversation>> {
  await server.prepare();
  const direct = await converse(server.exchanges, server.openDirectly);
  const through = async ({ guard, suffix }: (typeof guards)[number]) => {
    await server.prepare();
    const wire = httpWire(`${gateway.url}/mcp/${server.name}${suffix}`);
    const isGap = ({ name }: Exchange) => gapOf({ server: server.name, guard }, name) !== undefined;
    return converse(server.exchanges, wire, isGap);
  };
  const [unguarded, guarded] = guards;
  return {
    direct,
    [unguarded.guard]: await through(unguarded),
    [guarded.guard]: await through(guarded),
  };
}

/** A known gap has to be one. */
function unlessGap(lane: Lane, exchange: string, compare: () => void): void {
  const gap = gapOf(lane, exchange);
  if (gap !== undefined) {
    metGaps.add(gap);
    assert.throws(compare, `no gap any more, so take it off the list: ${gap.sentence}`);
  } else compare();
}

function gapOf({ server, guard }: Lane, exchange: string): KnownGap | undefined {
  return knownGaps.find(({ exchanges, servers = [server], guards: where = [guard] }) => {
    return exchanges.includes(exchange) && servers.includes(server) && where.includes(guard);
  });
}
