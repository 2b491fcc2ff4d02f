import { expectThat } from '../check.ts';
import { reasonNames } from '../reason-codes.ts';
import { expectDelivered, expectNotCalled, expectNothing, type GatewayCheck } from './gateway-under-test.ts';
import type { PlayedSession } from './played-session.ts';
import { publicRead, type Scene } from './played-sidecar.ts';

/** The reasons after which a session is opened again; all others fail what they are about. */
const again: ReadonlySet<string> = new Set(['SHUTTING_DOWN', 'GUARD_RELOADED']);
const final = reasonNames.filter((name) => !again.has(name));

const kebab = (name: string) => name.toLowerCase().replaceAll('_', '-');

/** A number that no reason has. */
const unknownReason = 9_999;

/** How often one question may be asked in all before its call fails: labelings are asked again a few times at most. */
const maxAsked = 10;

/** The first question is lost in this way, the next is answered: it has to be asked again. */
function lostOnce(
  id: string,
  asks: string,
  lose: (session: PlayedSession, id: number) => void,
): GatewayCheck {
  const run: GatewayCheck['run'] = async (gateway) => {
    let asked = 0;
    const resource: Scene['resource'] = (session, question) =>
      ++asked === 1 ? lose(session, question) : session.answer(question, publicRead);
    const outcome = await gateway.call({ resource });
    expectThat(asked > 1, `the question was not asked again; the agent was given: ${outcome.words}`);
    expectDelivered(outcome);
  };
  return { id, asks, run };
}

/** What a gateway does when it gets no answer. */
export const failureChecks: readonly GatewayCheck[] = [
  ...final.map(
    (reason): GatewayCheck => ({
      id: `failed.${kebab(reason)}`,
      asks: `A question that fails with ${reason} fails its call: the tool is not called.`,
      run: async (gateway) =>
        expectNotCalled(await gateway.call({ resource: (session, id) => session.fail(id, reason) })),
    }),
  ),
  ...[0, unknownReason].map(
    (reason): GatewayCheck => ({
      id: `failed.unknown-${reason}`,
      asks: `A question that fails for a reason that the gateway does not know, ${reason}, fails its call.`,
      run: async (gateway) =>
        expectNotCalled(await gateway.call({ resource: (session, id) => session.fail(id, reason) })),
    }),
  ),
  {
    id: 'failed.response',
    asks: 'A response that cannot be labelled is not delivered.',
    run: async (gateway) =>
      expectNothing(await gateway.call({ response: (session, id) => session.fail(id, 'GUARD_TRAPPED') })),
  },
  {
    id: 'failed.words',
    asks: 'The words of a failure are the operator’s: the agent does not get them.',
    run: async (gateway) => {
      const said = 'words-of-the-guard';
      const { words } = await gateway.call({
        resource: (session, id) => session.fail(id, 'GUARD_ERROR', said),
      });
      expectThat(!words.includes(said), `the agent was given: ${words}`);
    },
  },
  ...final.map(
    (reason): GatewayCheck => ({
      id: `refused.${kebab(reason)}`,
      asks: `A session that ends with ${reason} while it opens lets nothing pass.`,
      run: async (gateway) =>
        expectNotCalled(await gateway.call({ open: (session) => session.endFor(reason) })),
    }),
  ),
  lostOnce(
    'again.ended',
    'A stream that ends with OK has failed its open question, which is asked again.',
    (session) => session.end(),
  ),
  lostOnce('again.broken', 'A question whose stream broke is asked again on a new one.', (session) =>
    session.break(),
  ),
  lostOnce(
    'again.shutting-down',
    'A stream that ends with SHUTTING_DOWN is opened again, and its question asked again.',
    (session) => session.endFor('SHUTTING_DOWN'),
  ),
  lostOnce(
    'again.reloaded',
    'A stream that ends with GUARD_RELOADED is opened again, and its question asked again.',
    (session) => session.endFor('GUARD_RELOADED'),
  ),
  lostOnce(
    'again.failed-shutting-down',
    'A question that fails with SHUTTING_DOWN is asked again.',
    (session, id) => session.fail(id, 'SHUTTING_DOWN'),
  ),
  {
    id: 'again.while-opening',
    asks: 'A stream that breaks while it opens is opened again.',
    run: async (gateway) => {
      let opened = 0;
      const open = (session: PlayedSession) => (++opened === 1 ? session.break() : session.opened());
      expectDelivered(await gateway.call({ open }));
    },
  },
  {
    id: 'again.bounded',
    asks: `A question that takes its stream down each time is given up after ${maxAsked} times at most, and fails its call.`,
    run: async (gateway) => {
      let asked = 0;
      const resource = (session: PlayedSession) => {
        asked++;
        session.break();
      };
      expectNotCalled(await gateway.call({ resource }));
      expectThat(asked <= maxAsked, `it was asked ${asked} times`);
    },
  },
];
