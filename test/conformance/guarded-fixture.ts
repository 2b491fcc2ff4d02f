import { RunningGateway } from '../harness/running-gateway.ts';
import { fixtureMain, RunningFixture } from './running-fixture.ts';

/** How a gateway reaches the fixture, and what it is guarded by. */
export interface GuardedFixtureSetup {
  readonly backend: 'http' | 'stdio';
  readonly era: 'legacy' | 'modern';
  /** `allow-all`: a WASM guard for which everything is public; `noop`: none. */
  readonly guard: 'allow-all' | 'noop';
}

/** The conformance fixture behind a gateway, each a process of its own. */
export class GuardedFixture implements AsyncDisposable {
  readonly url: string;
  readonly #parts: AsyncDisposableStack;

  private constructor(url: string, parts: AsyncDisposableStack) {
    this.url = url;
    this.#parts = parts;
  }

  static async start({ backend, era, guard }: GuardedFixtureSetup): Promise<GuardedFixture> {
    await using parts = new AsyncDisposableStack();
    const transport =
      backend === 'stdio'
        ? { type: 'stdio', command: process.execPath, args: [fixtureMain, '--era', era, '--stdio'] }
        : { type: 'http', url: parts.use(await RunningFixture.start(era)).url };
    const gateway = parts.use(
      await RunningGateway.start({
        guests: { 'answers-public': {} },
        mcpServers: { fixture: { ...transport, ...(guard === 'allow-all' && { guard: 'answers-public' }) } },
      }),
    );
    return new GuardedFixture(`${gateway.url}/mcp/fixture`, parts.move());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}
