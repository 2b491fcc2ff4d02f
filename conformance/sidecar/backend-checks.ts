import { BackendErrorCode } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { expectEqual } from '../check.ts';
import { described, expectDescription, json, resource } from './questions.ts';
import type { SidecarCheck } from './sidecar-under-test.ts';

const MiB = 1024 * 1024;

/** What the guard sees for each code: the ABI's numbers. */
const codes = Object.entries(BackendErrorCode)
  .filter(([name]) => name !== 'UNRECOGNIZED')
  .map(([name, code]) => [name.replace('BACKEND_ERROR_CODE_', ''), code] as const);

/** What a guard asks its backend. */
export const backendChecks: readonly SidecarCheck[] = [
  {
    id: 'backend.numbers',
    asks: 'Backend calls of a question are numbered, and each result goes to its call.',
    run: async (sidecar) => {
      const stream = await sidecar.session();
      stream.ask(3, resource('kit_twice'));
      const first = await stream.backendCall(3);
      stream.reply(first, described('first'));
      const second = await stream.backendCall(3);
      expectEqual('the numbers', [first.call, second.call], [1, 2]);
      stream.reply(second, described('second'));
      await expectDescription(stream, 3, 'second');
    },
  },
  {
    id: 'backend.is-error',
    asks: 'The result of a tool that failed is a result: the guard gets it as it is.',
    run: async (sidecar) => {
      const stream = await sidecar.session();
      stream.ask(1, resource('kit_ask'));
      const result = { isError: true, content: [], resource: { description: 'as it is' } };
      stream.reply(await stream.backendCall(1), json(result));
      await expectDescription(stream, 1, 'as it is');
    },
  },
  ...codes.map(
    ([name, code]): SidecarCheck => ({
      id: `backend.error-${name.toLowerCase().replaceAll('_', '-')}`,
      asks: `A backend call that failed with ${name} returns ${-(code || 1)} to the guard.`,
      run: async (sidecar) => {
        const stream = await sidecar.session();
        stream.ask(1, resource('kit_ask'));
        const error = { code, message: 'why', retryAfterMs: 0 };
        stream.reply(await stream.backendCall(1), { $case: 'error', value: error });
        await expectDescription(stream, 1, String(-(code || 1)));
      },
    }),
  ),
  {
    id: 'backend.no-outcome',
    asks: 'A `backend_result` with neither result nor error is INTERNAL to the guard.',
    run: async (sidecar) => {
      const stream = await sidecar.session();
      stream.ask(1, resource('kit_ask'));
      stream.reply(await stream.backendCall(1), undefined);
      await expectDescription(stream, 1, '-1');
    },
  },
  {
    id: 'backend.too-large',
    asks: 'A result above 16 MiB is RESOURCE_EXHAUSTED to the guard, and the stream goes on.',
    run: async (sidecar) => {
      const stream = await sidecar.session();
      stream.ask(1, resource('kit_ask'));
      stream.reply(await stream.backendCall(1), json({ text: 'x'.repeat(16 * MiB) }));
      await expectDescription(stream, 1, '-8');
    },
  },
  {
    id: 'backend.half-closed',
    asks: 'A guard that waits for its backend when the client half-closes is told UNAVAILABLE, and its answer still comes.',
    run: async (sidecar) => {
      const stream = await sidecar.session();
      stream.ask(1, resource('kit_ask'));
      await stream.backendCall(1);
      stream.raw.end();
      await expectDescription(stream, 1, '-5');
      expectEqual('the end of the stream', (await stream.ended()).code, 'OK');
    },
  },
];
