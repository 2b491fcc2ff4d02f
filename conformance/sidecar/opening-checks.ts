import { type Labels, Mode } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { expectEqual, expectThat } from '../check.ts';
import type { ReasonName } from '../reason-codes.ts';
import { expectEnd } from './expect-end.ts';
import { expectAlive, expectDescription, json, resource } from './questions.ts';
import type { OpenWords, SidecarCheck } from './sidecar-under-test.ts';

/** Makes the kit's guard ask its backend what to grant. */
const asking = '{"kit_ask":true}';

function refused(id: string, asks: string, reason: ReasonName, words: OpenWords): SidecarCheck {
  return { id, asks, run: async (sidecar) => expectEnd(sidecar.open(sidecar.stream(), words), reason) };
}

/** How a session begins. */
export const openingChecks: readonly SidecarCheck[] = [
  {
    id: 'open.opened',
    asks: '`opened` says what the guard grants, its mode, its digest and the policy as it understood it.',
    run: async (sidecar) => {
      const { agent, mode, guardDigest, normalizedPolicy } = await sidecar.open(sidecar.stream()).opened();
      const granted: Labels = { description: '', secrecy: ['kit:granted'], integrity: [] };
      expectEqual('agent', agent, granted);
      expectEqual('mode', mode, Mode.MODE_FILTER);
      expectThat(/^[0-9a-f]{64}$/.test(guardDigest), `guard_digest is ${guardDigest}`);
      expectEqual('normalized_policy', JSON.parse(Buffer.from(normalizedPolicy).toString()), { kit: 1 });
    },
  },
  {
    id: 'open.empty-policy',
    asks: 'An empty policy is the guard’s default policy, or `{}`.',
    run: async (sidecar) => void (await sidecar.session({ policy: '' })),
  },
  {
    id: 'open.asks-backend',
    asks: 'A backend call of `label_agent` has the id 0 and the number 1, and its result reaches the guard.',
    run: async (sidecar) => {
      const stream = sidecar.open(sidecar.stream(), { policy: asking });
      const call = await stream.backendCall(0);
      expectEqual('the call', [call.call, call.tool], [1, 'kit_read']);
      stream.reply(call, json({ agent: { secrecy: ['a', 'b'], integrity: ['c'] }, difc_mode: 'STRICT' }));
      const { agent, mode } = await stream.opened();
      expectEqual('what is granted', [agent?.secrecy, agent?.integrity], [['a', 'b'], ['c']]);
      expectEqual('mode', mode, Mode.MODE_STRICT);
    },
  },
  {
    id: 'open.propagate',
    asks: 'The mode that the guard asks for is the mode of `opened`.',
    run: async (sidecar) => {
      const stream = sidecar.open(sidecar.stream(), { policy: asking });
      stream.reply(await stream.backendCall(0), json({ difc_mode: 'propagate' }));
      expectEqual('mode', (await stream.opened()).mode, Mode.MODE_PROPAGATE);
    },
  },
  {
    id: 'open.policy-rejected',
    asks: 'A policy that the guard refuses ends the stream with POLICY_REJECTED.',
    run: async (sidecar) => {
      const stream = sidecar.open(sidecar.stream(), { policy: asking });
      stream.reply(await stream.backendCall(0), json({ success: false, error: 'no' }));
      await expectEnd(stream, 'POLICY_REJECTED');
    },
  },
  ...['[]', '1', '{', '{}{}'].map((policy, index) =>
    refused(
      `open.policy-no-object-${index + 1}`,
      `A policy that is no JSON object ends the stream with POLICY_REJECTED: ${policy}`,
      'POLICY_REJECTED',
      { policy },
    ),
  ),
  refused(
    'open.policy-no-utf8',
    'A policy that is no UTF-8 ends the stream with POLICY_REJECTED.',
    'POLICY_REJECTED',
    {
      policy: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    },
  ),
  refused(
    'open.guard-not-found',
    'A guard that is not configured ends the stream with GUARD_NOT_FOUND.',
    'GUARD_NOT_FOUND',
    {
      guard: 'conformance-nobody',
    },
  ),
  refused(
    'open.no-guard',
    'An `open` without a guard ends the stream with GUARD_NOT_FOUND.',
    'GUARD_NOT_FOUND',
    {
      guard: '',
    },
  ),
  {
    id: 'open.timeout',
    asks: 'An opening that takes longer than its `timeout_ms` ends the stream with DEADLINE_EXCEEDED.',
    run: async (sidecar) => {
      const stream = sidecar.open(sidecar.stream(), { policy: asking, timeoutMs: 300 });
      await stream.backendCall(0);
      await expectEnd(stream, 'DEADLINE_EXCEEDED');
    },
  },
  {
    id: 'open.cancel-0',
    asks: '`cancel` of the id 0 gives the opening up: the stream ends with CANCELLED.',
    run: async (sidecar) => {
      const stream = sidecar.open(sidecar.stream(), { policy: asking });
      await stream.backendCall(0);
      stream.cancel(0);
      await expectEnd(stream, 'CANCELLED');
    },
  },
  {
    id: 'open.asked-behind',
    asks: 'A question right behind `open` is answered after `opened`.',
    run: async (sidecar) => {
      const stream = sidecar.open(sidecar.stream(), { policy: asking });
      stream.ask(1, resource('plain'));
      const call = await stream.backendCall(0);
      expectThat(!stream.has('answer'), 'the question was answered before the session was open');
      stream.reply(call, json({ difc_mode: 'filter' }));
      await stream.opened();
      await expectDescription(stream, 1, 'plain');
    },
  },
  {
    id: 'open.own-policy',
    asks: 'Sessions have policies of their own: each guard instance sees that of its session only.',
    run: async (sidecar) => {
      const policies = ['{"mine":1}', '{"mine":2}'];
      const sessions = await Promise.all(policies.map((policy) => sidecar.session({ policy })));
      for (const session of sessions) session.ask(1, resource('kit_policy'));
      const calls = await Promise.all(sessions.map((session) => session.backendCall(1)));
      const seen = calls.map(({ args }) => JSON.parse(Buffer.from(args).toString()));
      expectEqual('the policies', seen, [{ mine: 1 }, { mine: 2 }]);
    },
  },
  {
    id: 'open.second-stream',
    asks: 'A stream whose opening was refused does no harm to another session.',
    run: async (sidecar) => {
      const session = await sidecar.session();
      await sidecar.open(sidecar.stream(), { policy: '[]' }).ended();
      await expectAlive(session, 1);
    },
  },
];
