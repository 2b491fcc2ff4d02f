import type { ReasonName } from '../reason-codes.ts';
import type { ClientStream, Question } from './client-stream.ts';
import { described, expectAlive, expectDescription, json, resource, response } from './questions.ts';
import type { SidecarCheck } from './sidecar-under-test.ts';

/** A question that fails, for one of these reasons, after which the session still answers. */
function fails(
  id: string,
  asks: string,
  { question, output, reasons }: { question: Question; output?: unknown; reasons: readonly ReasonName[] },
): SidecarCheck {
  const run: SidecarCheck['run'] = async (sidecar) => {
    const stream = await sidecar.session();
    stream.ask(1, question);
    if (output !== undefined) stream.reply(await stream.backendCall(1), json(output));
    await stream.failed(1, ...reasons);
    await expectAlive(stream, 2);
  };
  return { id, asks: `${asks} fails with ${reasons.join(' or ')}, and the session goes on.`, run };
}

/** Two questions that wait for their backend. */
async function waiting(stream: ClientStream): Promise<void> {
  for (const id of [1, 2]) {
    stream.ask(id, resource('kit_ask'));
    await stream.backendCall(id);
  }
}

/** Questions that have no answer. */
export const failureChecks: readonly SidecarCheck[] = [
  fails('fail.trap', 'A guard that traps', { question: resource('kit_trap'), reasons: ['GUARD_TRAPPED'] }),
  fails('fail.trap-response', 'A guard that traps in label_response', {
    question: response('kit_trap'),
    reasons: ['GUARD_TRAPPED'],
  }),
  fails('fail.error-code', 'A guard that answers with an error code', {
    question: resource('kit_fail'),
    reasons: ['GUARD_ERROR'],
  }),
  fails('fail.output-no-object', 'An output of label_resource that is no JSON object', {
    question: resource('kit_ask'),
    output: [],
    reasons: ['INVALID_OUTPUT'],
  }),
  fails('fail.output-no-resource', 'An output of label_resource without a resource', {
    question: resource('kit_ask'),
    output: { operation: 'read' },
    reasons: ['INVALID_OUTPUT'],
  }),
  fails('fail.output-no-tags', 'A secrecy that holds something else than strings', {
    question: resource('kit_ask'),
    output: { resource: { secrecy: ['a', 1] }, operation: 'read' },
    reasons: ['INVALID_OUTPUT'],
  }),
  fails('fail.output-response', 'An output of label_response that is no JSON object', {
    question: response('kit_ask'),
    output: 'public',
    reasons: ['INVALID_OUTPUT'],
  }),
  fails('fail.output-limit', 'A guard that wants an ever larger output', {
    question: resource('kit_grow'),
    reasons: ['OUTPUT_LIMIT'],
  }),
  fails('fail.never-returns', 'A guard that never returns', {
    question: resource('kit_spin'),
    reasons: ['BUDGET_EXCEEDED', 'DEADLINE_EXCEEDED'],
  }),
  {
    id: 'fail.timeout',
    asks: 'A question that takes longer than its `timeout_ms` fails with DEADLINE_EXCEEDED, and others go on.',
    run: async (sidecar) => {
      const stream = await sidecar.session();
      stream.ask(1, resource('kit_ask'), 300);
      stream.ask(2, resource('kit_ask'));
      const other = await stream.backendCall(2);
      await stream.failed(1, 'DEADLINE_EXCEEDED');
      stream.reply(other, described('still here'));
      await expectDescription(stream, 2, 'still here');
    },
  },
  {
    id: 'fail.cancel',
    asks: 'A question that is cancelled fails with CANCELLED, and others go on.',
    run: async (sidecar) => {
      const stream = await sidecar.session();
      await waiting(stream);
      stream.cancel(1);
      await stream.failed(1, 'CANCELLED');
      stream.reply({ id: 2, call: 1 }, described('still here'));
      await expectDescription(stream, 2, 'still here');
    },
  },
  {
    id: 'fail.cancel-running',
    asks: 'A question whose guard is running when it is cancelled fails with CANCELLED, and the session goes on.',
    run: async (sidecar) => {
      const stream = await sidecar.session();
      stream.ask(1, resource('kit_spin'));
      stream.cancel(1);
      await stream.failed(1, 'CANCELLED');
      await expectAlive(stream, 2);
    },
  },
];
