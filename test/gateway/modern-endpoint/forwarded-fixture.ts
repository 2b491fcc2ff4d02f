import { ModernEndpoint } from '../../../gateway/modern-endpoint/modern-endpoint.ts';
import { ModernServer } from '../../../gateway/modern-server/modern-server.ts';
import { RunningFixture } from '../../conformance/running-fixture.ts';
import { ForwardingPeer } from './forwarding-peer.ts';
import { ModernListener } from './modern-listener.ts';

/** The conformance fixture with both ends of this era before it, and nothing between them. */
export class ForwardedFixture implements AsyncDisposable {
  readonly fixture: RunningFixture;
  readonly listener: ModernListener;
  readonly #parts: AsyncDisposableStack;

  private constructor(fixture: RunningFixture, listener: ModernListener, parts: AsyncDisposableStack) {
    this.fixture = fixture;
    this.listener = listener;
    this.#parts = parts;
  }

  static async start(): Promise<ForwardedFixture> {
    await using parts = new AsyncDisposableStack();
    const fixture = parts.use(await RunningFixture.start('modern'));
    const server = parts.use(new ModernServer({ url: fixture.url, headers: {} }));
    const endpoint = new ModernEndpoint(new ForwardingPeer(server));
    const listener = parts.use(await ModernListener.start(endpoint));
    return new ForwardedFixture(fixture, listener, parts.move());
  }

  get url(): string {
    return this.listener.url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}
