import { BackendErrorCode, type BackendResult } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { expectEqual, expectThat } from '../check.ts';
import { expectDelivered, type GatewayCheck } from './gateway-under-test.ts';
import { publicRead } from './played-sidecar.ts';

interface Reading {
  readonly tool: string;
  readonly args: string;
}

/** The guard asks its backend this while a question is open, and then answers it; what it was told. */
function refused(id: string, asks: string, reading: Reading, code: BackendErrorCode): GatewayCheck {
  const run: GatewayCheck['run'] = async (gateway) => {
    let result: BackendResult | undefined;
    let reached = -1;
    const outcome = await gateway.call({
      resource: async (session, question) => {
        result = await session.callBackend(question, 1, reading);
        reached = gateway.tools.calls.length;
        session.answer(question, publicRead);
      },
    });
    const error = result?.outcome?.$case === 'error' ? result.outcome.value.code : 'no error';
    expectEqual('the error', error, code);
    expectEqual('calls that reached the server', reached, 0);
    expectDelivered(outcome);
  };
  return { id, asks, run };
}

function textOf(result: BackendResult): string {
  expectThat(result.outcome?.$case === 'json', `the result is ${JSON.stringify(result.outcome)}`);
  return Buffer.from(result.outcome.value).toString();
}

const reads = (nonce: string, more = {}): Reading => ({
  tool: 'kit_get',
  args: JSON.stringify({ nonce, ...more }),
});

/** What a gateway reads for guards. */
export const backendChecks: readonly GatewayCheck[] = [
  {
    id: 'backend.read',
    asks: 'A tool that only reads is called for the guard, and its result sent with the numbers of the call.',
    run: async (gateway) => {
      const outcome = await gateway.call({
        resource: async (session, id) => {
          const said = textOf(await session.callBackend(id, 1, reads('for-the-guard')));
          expectThat(said.includes('first-for-the-guard'), `the result is ${said}`);
          session.answer(id, publicRead);
        },
      });
      expectDelivered(outcome);
    },
  },
  {
    id: 'backend.overlap',
    asks: 'Backend calls of one question may overlap.',
    run: async (gateway) => {
      const outcome = await gateway.call({
        resource: async (session, id) => {
          const results = await Promise.all(
            [1, 2].map((call) => session.callBackend(id, call, reads(`number-${call}`))),
          );
          const right = results.map((result) => textOf(result).includes(`first-number-${result.call}`));
          expectEqual('whether results belong to their calls', right, [true, true]);
          session.answer(id, publicRead);
        },
      });
      expectDelivered(outcome);
    },
  },
  {
    id: 'backend.opening',
    asks: 'Backend calls of an opening session, which have the id 0, are answered.',
    run: async (gateway) => {
      const outcome = await gateway.call({
        open: async (session) => {
          textOf(await session.callBackend(0, 1, reads('opening')));
          session.opened();
        },
      });
      expectDelivered(outcome);
    },
  },
  {
    id: 'backend.is-error',
    asks: 'The result of a tool that failed is sent as a result.',
    run: async (gateway) => {
      const outcome = await gateway.call({
        resource: async (session, id) => {
          const said = textOf(await session.callBackend(id, 1, reads('fails', { fail: true })));
          expectThat(JSON.parse(said).isError === true, `the result is ${said}`);
          session.answer(id, publicRead);
        },
      });
      expectDelivered(outcome);
    },
  },
  refused(
    'backend.writes',
    'A tool that is not marked as reading only is not called for the guard: PERMISSION_DENIED.',
    { tool: 'kit_put', args: '{}' },
    BackendErrorCode.BACKEND_ERROR_CODE_PERMISSION_DENIED,
  ),
  refused(
    'backend.no-such-tool',
    'A tool that the server does not have is NOT_FOUND.',
    { tool: 'kit_nothing', args: '{}' },
    BackendErrorCode.BACKEND_ERROR_CODE_NOT_FOUND,
  ),
  ...['[]', '{', '"text"'].map((args, index) =>
    refused(
      `backend.arguments-${index + 1}`,
      `Arguments that are no JSON object, ${args}, are INVALID_ARGUMENT.`,
      { tool: 'kit_get', args },
      BackendErrorCode.BACKEND_ERROR_CODE_INVALID_ARGUMENT,
    ),
  ),
  {
    id: 'backend.no-such-question',
    asks: 'A backend call for a question that is not open is not made.',
    run: async (gateway) => {
      const outcome = await gateway.call({
        resource: async (session, id) => {
          const value = {
            id: id + 1000,
            call: 1,
            tool: 'kit_get',
            args: Buffer.from('{"nonce":"stray"}'),
            traceparent: '',
          };
          session.send({ $case: 'backendCall', value });
          // What is sent behind it and answered was read after it.
          await session.callBackend(id, 1, reads('real'));
          session.answer(id, publicRead);
        },
      });
      const strays = gateway.tools.calls.filter(({ args }) => args.nonce === 'stray');
      expectEqual('calls that reached the server', strays.length, 0);
      expectDelivered(outcome);
    },
  },
];
