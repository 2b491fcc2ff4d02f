import { expectThat } from '../check.ts';
import type { ClientStream } from './client-stream.ts';
import { expectEnd } from './expect-end.ts';
import { described, expectAlive, expectDescription, resource } from './questions.ts';
import type { SidecarCheck } from './sidecar-under-test.ts';

function breaks(id: string, asks: string, act: (stream: ClientStream) => void): SidecarCheck {
  const sentence = `${asks} ends the stream with INVALID_REQUEST.`;
  const run: SidecarCheck['run'] = async (sidecar) => {
    const stream = sidecar.stream();
    act(stream);
    await expectEnd(stream, 'INVALID_REQUEST');
  };
  return { id, asks: sentence, run };
}

function breaksOpen(
  id: string,
  asks: string,
  act: (stream: ClientStream) => Promise<void> | void,
): SidecarCheck {
  const sentence = `${asks} ends the stream with INVALID_REQUEST.`;
  const run: SidecarCheck['run'] = async (sidecar) => {
    const stream = await sidecar.session();
    await act(stream);
    await expectEnd(stream, 'INVALID_REQUEST');
  };
  return { id, asks: sentence, run };
}

/** Who may say what, when. */
export const orderChecks: readonly SidecarCheck[] = [
  breaks('order.ask-first', 'An `ask` before `open`', (stream) => stream.ask(1, resource('plain'))),
  breaks('order.cancel-first', 'A `cancel` before `open`', (stream) => stream.cancel(1)),
  breaks('order.backend-result-first', 'A `backend_result` before `open`', (stream) =>
    stream.reply({ id: 1, call: 1 }, described('x')),
  ),
  breaks('order.empty-message', 'A message that is none of the four', (stream) => stream.send(undefined)),
  {
    id: 'order.open-twice',
    asks: 'A second `open` ends the stream with INVALID_REQUEST.',
    run: async (sidecar) => {
      const stream = await sidecar.session();
      sidecar.open(stream);
      await expectEnd(stream, 'INVALID_REQUEST');
    },
  },
  breaksOpen('order.id-0', 'An `ask` with the id 0', (stream) => stream.ask(0, resource('plain'))),
  breaksOpen('order.id-in-use', 'An `ask` with an id that an open question has', async (stream) => {
    stream.ask(7, resource('kit_ask'));
    await stream.backendCall(7);
    stream.ask(7, resource('plain'));
  }),
  {
    id: 'order.id-again',
    asks: 'An id is free again when its question is ended.',
    run: async (sidecar) => {
      const stream = await sidecar.session();
      for (let time = 0; time < 3; time++) await expectAlive(stream, 5);
    },
  },
  {
    id: 'order.overlap',
    asks: 'Questions of a session overlap, and are answered as their answers are ready.',
    run: async (sidecar) => {
      const stream = await sidecar.session();
      for (const id of [1, 2, 3]) stream.ask(id, resource('kit_ask'));
      const calls = [await stream.backendCall(1), await stream.backendCall(2), await stream.backendCall(3)];
      for (const call of calls.toReversed()) {
        expectThat(!stream.has('answer'), 'a question was answered whose backend call was not');
        stream.reply(call, described(`answer ${call.id}`));
        await expectDescription(stream, call.id, `answer ${call.id}`);
      }
    },
  },
  {
    id: 'order.unknown-references',
    asks: 'A `cancel` or `backend_result` for what is not open is ignored.',
    run: async (sidecar) => {
      const stream = await sidecar.session();
      stream.cancel(99);
      stream.reply({ id: 99, call: 1 }, described('x'));
      stream.ask(1, resource('kit_ask'));
      const call = await stream.backendCall(1);
      stream.reply({ id: 1, call: call.call + 7 }, described('wrong call'));
      stream.reply({ id: 2, call: call.call }, described('wrong question'));
      stream.reply(call, described('right'));
      await expectDescription(stream, 1, 'right');
      stream.reply(call, described('late'));
      stream.cancel(1);
      await expectAlive(stream, 2);
    },
  },
];
