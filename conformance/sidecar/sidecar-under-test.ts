import { type ChannelCredentials, type ChannelOptions, Client } from '@grpc/grpc-js';
import {
  LabelerServiceService,
  SessionRequest,
  SessionResponse,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { Check } from '../check.ts';
import type { Subject } from '../run-checks.ts';
import { ClientStream } from './client-stream.ts';

/** A check of a sidecar. */
export type SidecarCheck = Check<SidecarUnderTest>;

/** Largest message of the protocol, in bytes. */
export const maxMessageBytes = 32 * 1024 * 1024;

/** How the sidecar under test is reached. */
export interface SidecarAccess {
  /** `unix:/path` or `host:port`. */
  readonly address: string;
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
  /** The name under which the kit's guard is configured there. */
  readonly guard: string;
}

/** A sidecar, and the streams that a check has open to it. */
export class SidecarUnderTest implements Subject, Disposable {
  readonly access: SidecarAccess;
  readonly client: Client;
  readonly #streams: ClientStream[] = [];
  #principals = 0;

  constructor(access: SidecarAccess) {
    this.access = access;
    this.client = new Client(access.address, access.credentials, {
      'grpc.max_receive_message_length': maxMessageBytes,
      ...access.options,
    });
  }

  /** Whether a connection can be had within so many milliseconds. */
  isReachable(limitMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.client.waitForReady(Date.now() + limitMs, (error) => resolve(error === undefined));
    return promise;
  }

  /** A stream on which nothing was said yet; `serialize` may write what is no message. */
  stream(
    serialize: (request: SessionRequest) => Buffer = encode,
    options: { deadline?: number } = {},
  ): ClientStream {
    const raw = this.client.makeBidiStreamRequest(
      LabelerServiceService.session.path,
      serialize,
      (bytes: Buffer) => SessionResponse.decode(bytes),
      options,
    );
    const stream = new ClientStream(raw);
    this.#streams.push(stream);
    return stream;
  }

  /** Says `open`. Each session has a principal of its own, so that no guard failure of one check is held against another. */
  open(
    stream: ClientStream,
    { policy = '{}', guard = this.access.guard, timeoutMs = 0 }: OpenWords = {},
  ): ClientStream {
    const principal = `conformance-${++this.#principals}`;
    const value = { guard, policy: Buffer.from(policy), principal, timeoutMs, traceparent: '' };
    stream.send({ $case: 'open', value });
    return stream;
  }

  /** A session that is open. */
  async session(words?: OpenWords): Promise<ClientStream> {
    const stream = this.open(this.stream(), words);
    await stream.opened();
    return stream;
  }

  async settle(): Promise<void> {
    for (const stream of this.#streams.splice(0)) stream.raw.cancel();
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

/** What `open` says, where it is not as usual. */
export interface OpenWords {
  readonly policy?: string | Buffer;
  readonly guard?: string;
  readonly timeoutMs?: number;
}

function encode(request: SessionRequest): Buffer {
  return Buffer.from(SessionRequest.encode(request).finish());
}
