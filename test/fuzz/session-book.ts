import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import {
  type Answer,
  type BackendCall,
  type Failed,
  Reason,
  type SessionRequest,
  type SessionResponse,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { description } from '../harness/guard-stream.ts';
import type { StreamEnd } from '../harness/raw-session.ts';

/**
 * What was said on one stream, and what the protocol makes of it: which answers are due, and how the stream may end.
 * Everything throws on a violation of the protocol by the sidecar.
 */
export class SessionBook {
  /** Questions that were sent and not answered yet, by id. More than one where an id was used again too early. */
  readonly #due = new Map<number, number>();
  /** What the guard of a question may have read from its backend, by id. */
  readonly #said = new Map<number, Set<string>>();
  readonly #calls: BackendCall[] = [];
  #progress = Promise.withResolvers<void>();
  /** The stream's policy, where its guard answers with it. */
  #expectedAnswer: string | undefined;
  #hasOpened = false;
  #isOpenSent = false;
  #mustFail = false;
  #mayBeInvalid = false;
  answered = 0;
  failed = 0;

  /** The policy was accepted. */
  get hasOpened(): boolean {
    return this.#hasOpened;
  }

  get isOpenSent(): boolean {
    return this.#isOpenSent;
  }

  /** A message was sent for which the stream has to end. */
  get mustFail(): boolean {
    return this.#mustFail;
  }

  get dueIds(): number[] {
    return [...this.#due.keys()];
  }

  /** Takes the backend call that has waited longest. */
  takeCall(): BackendCall | undefined {
    return this.#calls.shift();
  }

  /** Settles when the next message has arrived. */
  get progress(): Promise<void> {
    return this.#progress.promise;
  }

  /** Writes down what a client sends: what the sidecar will read in it, nothing where it cannot be read. */
  sent(request: SessionRequest | undefined): void {
    const message = request?.message;
    if (message === undefined) this.#break();
    else if (message.$case === 'open') this.#open(message.value);
    else if (!this.#isOpenSent) this.#break();
    else if (message.$case === 'ask') this.#ask(message.value.id);
    else if (message.$case === 'backendResult') {
      const { id, outcome } = message.value;
      if (outcome?.$case === 'json') this.#said.get(id)?.add(Buffer.from(outcome.value).toString());
    }
  }

  /** Something was sent that may break the protocol: the sidecar cannot be held to it. */
  sentOversized(): void {
    this.#mustFail = true;
  }

  received({ message }: SessionResponse): void {
    if (message === undefined) assert.fail('an empty message');
    if (message.$case === 'opened') {
      assert.equal(this.#hasOpened, false, 'opened twice');
      this.#hasOpened = true;
    }
    if (message.$case === 'backendCall') this.#calls.push(message.value);
    if (message.$case === 'answer') this.#answer(message.value);
    if (message.$case === 'failed') this.#fail(message.value);
    this.#progress.resolve();
    this.#progress = Promise.withResolvers<void>();
  }

  /** The stream has ended; `isCancelled` when the client itself went away. */
  ended({ code, reason, message }: StreamEnd, isCancelled: boolean): void {
    if (isCancelled && code === status.CANCELLED) return;
    const end = `the stream ended with code ${code} ${reason}: ${message}`;
    assert.notEqual(reason, 'INTERNAL', end);
    if (code === status.OK) {
      assert.equal(this.#mustFail, false, `after a message that breaks the protocol ${end}`);
      assert.deepEqual(this.dueIds, [], `with questions open ${end}`);
    } else if (reason === 'INVALID_REQUEST' || reason === '') {
      assert.ok(this.#mustFail || this.#mayBeInvalid, `with nothing wrong ${end}`);
    }
  }

  #open({ guard, policy }: { guard: string; policy: Uint8Array }): void {
    if (this.#isOpenSent) this.#break();
    this.#isOpenSent = true;
    if (guard === 'remembers-policy') this.#expectedAnswer ??= Buffer.from(policy).toString();
  }

  #ask(id: number): void {
    const due = this.#due.get(id) ?? 0;
    if (id === 0) this.#break();
    // Whether the answer was on its way already, only the sidecar knows.
    if (due > 0) this.#mayBeInvalid = true;
    else this.#said.set(id, new Set());
    this.#due.set(id, due + 1);
  }

  #break(): void {
    this.#mustFail = true;
    this.#mayBeInvalid = true;
  }

  #answer({ id, labels }: Answer): void {
    this.#settle(id, 'answer');
    this.answered++;
    assert.ok(labels, 'an answer without labels');
    const words = description(labels);
    if (words === undefined || words === '') return;
    if (this.#expectedAnswer !== undefined)
      assert.ok(this.#expectedAnswer.includes(words), `not its policy: ${words}`);
    else {
      const isSaid = [...(this.#said.get(id) ?? [])].some((json) => json.includes(words));
      assert.ok(isSaid, `question ${id} got what nobody said to it: ${words}`);
    }
  }

  #fail({ id, reason, code, message }: Failed): void {
    this.#settle(id, 'failed');
    this.failed++;
    assert.notEqual(reason, Reason.REASON_INTERNAL, message);
    assert.notEqual(reason, Reason.REASON_UNSPECIFIED, message);
    assert.ok(code > 0 && code <= 16 && message !== '', `failed with code ${code} and "${message}"`);
  }

  #settle(id: number, kind: string): void {
    const due = this.#due.get(id) ?? 0;
    assert.ok(due > 0, `${kind} to ${id}, which was not asked or was answered already`);
    if (due > 1) this.#due.set(id, due - 1);
    else this.#due.delete(id);
  }
}
