import { expectEqual, expectThat } from '../check.ts';
import { described, expectAlive, expectDescription, resource } from './questions.ts';
import { maxMessageBytes, type SidecarCheck } from './sidecar-under-test.ts';

/** What no message of the protocol begins with: a field of a wire type that there is not. */
const garbage = Buffer.from([0xff, 0xff, 0xff, 0xff]);

/** How streams end. */
export const endingChecks: readonly SidecarCheck[] = [
  {
    id: 'end.half-close',
    asks: 'A client that opens, asks and half-closes at once gets its answers, then status OK.',
    run: async (sidecar) => {
      const stream = sidecar.open(sidecar.stream());
      stream.ask(1, resource('plain'));
      stream.ask(2, resource('plain'));
      stream.raw.end();
      await expectDescription(stream, 1, 'plain');
      await expectDescription(stream, 2, 'plain');
      expectEqual('the end of the stream', (await stream.ended()).code, 'OK');
    },
  },
  {
    id: 'end.deadline',
    asks: 'A gRPC deadline on the stream ends it, and other sessions go on.',
    run: async (sidecar) => {
      const other = await sidecar.session();
      const stream = sidecar.open(sidecar.stream(undefined, { deadline: Date.now() + 1_000 }));
      stream.ask(1, resource('kit_ask'));
      await stream.backendCall(1);
      expectEqual('the end of the stream', (await stream.ended()).code, 'DEADLINE_EXCEEDED');
      await expectAlive(other, 1);
    },
  },
  {
    id: 'end.cancel',
    asks: 'A client that cancels its stream ends its own work only.',
    run: async (sidecar) => {
      const [stream, other] = [await sidecar.session(), await sidecar.session()];
      other.ask(1, resource('kit_ask'));
      const call = await other.backendCall(1);
      stream.ask(1, resource('kit_ask'));
      await stream.backendCall(1);
      stream.raw.cancel();
      await stream.ended();
      other.reply(call, described('still here'));
      await expectDescription(other, 1, 'still here');
    },
  },
  {
    id: 'end.garbage',
    asks: 'A message that does not decode ends its stream, and no other.',
    run: async (sidecar) => {
      const other = await sidecar.session();
      const stream = sidecar.stream(() => garbage);
      stream.send(undefined);
      const { code } = await stream.ended();
      expectThat(['INVALID_ARGUMENT', 'INTERNAL'].includes(code), `the stream ended with ${code}`);
      await expectAlive(other, 1);
    },
  },
  {
    id: 'end.oversized',
    asks: 'A message above 32 MiB ends its stream with RESOURCE_EXHAUSTED, and no other.',
    run: async (sidecar) => {
      const other = await sidecar.session();
      const stream = sidecar.stream(() => Buffer.alloc(maxMessageBytes + 1));
      stream.send(undefined);
      expectEqual('the end of the stream', (await stream.ended()).code, 'RESOURCE_EXHAUSTED');
      await expectAlive(other, 1);
    },
  },
  {
    id: 'end.nothing-behind',
    asks: 'Nothing that was asked behind a message that breaks the protocol is answered.',
    run: async (sidecar) => {
      const stream = await sidecar.session();
      stream.ask(0, resource('plain'));
      stream.ask(1, resource('plain'));
      await stream.ended();
      expectThat(!stream.has('answer'), 'a question behind it was answered');
    },
  },
];
