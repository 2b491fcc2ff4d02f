import { setTimeout as delay } from 'node:timers/promises';
import { expectEqual, expectThat, NotOffered } from '../check.ts';
import { expectDelivered, type GatewayCheck } from './gateway-under-test.ts';
import { publicRead } from './played-sidecar.ts';

const noLabels = { $case: 'response' as const, value: { form: undefined } };

/** How long a question waits for another to overlap with, in milliseconds: a gateway may make one call after the other. */
const overlapMs = 5_000;

function parse(json: Uint8Array): unknown {
  return JSON.parse(Buffer.from(json).toString());
}

/** What a gateway asks, and when. */
export const askingChecks: readonly GatewayCheck[] = [
  {
    id: 'ask.opens',
    asks: 'A session is opened with the name of a guard, before anything is asked.',
    run: async (gateway) => {
      let guard: string | undefined;
      const outcome = await gateway.call({
        resource: (session, id) => {
          guard = session.open?.guard;
          session.answer(id, publicRead);
        },
      });
      expectThat(guard !== undefined && guard !== '', 'no question came on a session that names a guard');
      expectDelivered(outcome);
    },
  },
  {
    id: 'ask.before-the-call',
    asks: 'What a call would touch is asked before the tool is called, with its name and its arguments.',
    run: async (gateway) => {
      const asked: unknown[] = [];
      const args = { nonce: 'of the kit', text: 'é "quoted"', list: [1, null, { a: true }] };
      await gateway.call(
        {
          resource: (session, id, { toolName, toolArgs }) => {
            asked.push([toolName, parse(toolArgs), gateway.tools.calls.length]);
            session.answer(id, publicRead);
          },
        },
        { args },
      );
      expectEqual('tool, arguments, and calls so far', asked, [['kit_get', args, 0]]);
    },
  },
  {
    id: 'ask.response',
    asks: 'What came back from a read is asked before it is delivered, with the whole tool result.',
    run: async (gateway) => {
      const asked: unknown[] = [];
      const outcome = await gateway.call(
        {
          response: (session, id, { toolName, toolArgs, toolResult }) => {
            asked.push([toolName, parse(toolArgs)]);
            const result = Buffer.from(toolResult).toString();
            expectThat(
              result.includes('first-kit') && result.includes('second-kit'),
              `tool_result is ${result}`,
            );
            session.answer(id, noLabels);
          },
        },
        { args: { nonce: 'kit' } },
      );
      expectEqual('tool and arguments', asked, [['kit_get', { nonce: 'kit' }]]);
      expectDelivered(outcome);
    },
  },
  {
    id: 'ask.overlap',
    asks: 'Answers that come in another order than their questions go to their own calls.',
    run: async (gateway) => {
      const waiting: (() => void)[] = [];
      let most = 0;
      const answerAll = () => {
        for (const answer of waiting.splice(0).toReversed()) answer();
      };
      gateway.scene = {
        resource: async (session, id) => {
          waiting.push(() => session.answer(id, publicRead));
          most = Math.max(most, waiting.length);
          if (waiting.length === 2) return answerAll();
          await delay(overlapMs, undefined, { ref: false });
          answerAll();
        },
      };
      const agent = await gateway.agent();
      const outcomes = await Promise.all([gateway.callAgain({ agent }), gateway.callAgain({ agent })]);
      if (most < 2) throw new NotOffered('it makes one call after the other');
      outcomes.forEach(expectDelivered);
    },
  },
  {
    id: 'ask.opened-again',
    asks: '`opened` that comes again, because the guard was reloaded, changes nothing for the questions under way.',
    run: async (gateway) => {
      const resource = (
        session: Parameters<NonNullable<typeof gateway.sidecar.scene.resource>>[0],
        id: number,
      ) => {
        session.opened();
        session.answer(id, publicRead);
      };
      expectDelivered(await gateway.call({ resource }));
    },
  },
];
