import { setTimeout as delay } from 'node:timers/promises';
import { expectEqual } from '../check.ts';
import { expectDelivered, expectNotCalled, type GatewayCheck } from './gateway-under-test.ts';
import { publicRead } from './played-sidecar.ts';

/** Longer than any gateway answers by itself, shorter than any time limit of one, in milliseconds. */
const slowMs = 1_500;

/** What a gateway does with the time of others. */
export const endingChecks: readonly GatewayCheck[] = [
  {
    id: 'end.slow-answer',
    asks: 'An answer that takes its time is waited for.',
    run: async (gateway) => {
      const outcome = await gateway.call({
        resource: async (session, id) => {
          await delay(slowMs);
          session.answer(id, publicRead);
        },
      });
      expectDelivered(outcome);
    },
  },
  {
    id: 'end.caller-gone',
    asks: 'A question that nobody waits for any more is cancelled, or its stream is.',
    run: async (gateway) => {
      const asked = Promise.withResolvers<void>();
      const cancelled = Promise.withResolvers<void>();
      const leaving = new AbortController();
      gateway.scene = {
        resource: async (session, id) => {
          asked.resolve();
          await session.cancelled(id);
          cancelled.resolve();
        },
      };
      const calling = gateway.callAgain({ signal: leaving.signal });
      await asked.promise;
      leaving.abort(new Error('the caller went away'));
      await cancelled.promise;
      expectNotCalled(await calling);
    },
  },
  {
    id: 'order.rules',
    asks: 'No stream of this run broke the order of the protocol: open first and once, ids, JSON objects.',
    run: async (gateway) => expectEqual('what was broken', [...new Set(gateway.sidecar.brokenRules)], []),
  },
];
