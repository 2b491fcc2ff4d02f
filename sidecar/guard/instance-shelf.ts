import type { Seat } from '../process/seat.ts';
import type { GuardInstance } from './guard-instance.ts';
import type { IdleInstances } from './idle-instances.ts';

/** An instance in use: gone when the lease ends, unless it was kept. */
export interface InstanceLease extends Disposable {
  readonly instance: GuardInstance;
  /** Whether it has not been primed yet. */
  readonly isNew: boolean;
  /** It rests until it is asked again, among the idle ones of its guard. */
  keep(idle: IdleInstances): void;
}

/** The instances of one session that rest between its questions. */
export class InstanceShelf implements Disposable {
  /** With the books that each is in. The one that worked last is the last: it is asked first, while its memory is warm. */
  readonly #resting = new Map<GuardInstance, IdleInstances>();
  /** Questions of the session that are under way. */
  #questions = 0;
  #isClosed = false;

  /** A new instance, which is held already. */
  lease(instance: GuardInstance): InstanceLease {
    return this.#lease(instance, true);
  }

  /** While a question of the session is under way, what rests for it does not have to make room for others. */
  expectQuestion(): Disposable {
    if (this.#questions++ === 0) for (const [instance, books] of this.#resting) books.delete(instance);
    return {
      [Symbol.dispose]: () => {
        if (--this.#questions === 0)
          for (const [instance, books] of this.#resting) this.#enter(instance, books);
      },
    };
  }

  /** The one at a seat that rested last and may still be used. */
  takeIdle(seat: Seat): InstanceLease | undefined {
    const instance = this.#lastIdle((idle) => idle.isAt(seat));
    if (instance === undefined) return undefined;
    this.#take(instance);
    instance.hold();
    return this.#lease(instance, false);
  }

  /** Whether one rests at a seat that may still be used. */
  hasIdle(seat: Seat): boolean {
    return this.#lastIdle((idle) => idle.isAt(seat)) !== undefined;
  }

  /** Drops all that rest. */
  clear(): void {
    for (const instance of [...this.#resting.keys()]) this.#drop(instance);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.clear();
  }

  #lastIdle(isIt: (instance: GuardInstance) => boolean): GuardInstance | undefined {
    for (const instance of [...this.#resting.keys()].reverse()) {
      if (!instance.isUsable) this.#drop(instance);
      else if (isIt(instance)) return instance;
    }
    return undefined;
  }

  #lease(instance: GuardInstance, isNew: boolean): InstanceLease {
    let books: IdleInstances | undefined;
    return {
      instance,
      isNew,
      keep: (idle) => {
        books = idle;
      },
      [Symbol.dispose]: () => {
        if (books !== undefined && !this.#isClosed && instance.isUsable) this.#rest(instance, books);
        else instance.drop();
        instance.letGo();
      },
    };
  }

  #rest(instance: GuardInstance, books: IdleInstances): void {
    this.#resting.set(instance, books);
    if (this.#questions === 0) this.#enter(instance, books);
  }

  #enter(instance: GuardInstance, books: IdleInstances): void {
    books.add(instance, () => this.#drop(instance));
  }

  #drop(instance: GuardInstance): void {
    this.#take(instance);
    instance.drop();
  }

  #take(instance: GuardInstance): void {
    this.#resting.get(instance)?.delete(instance);
    this.#resting.delete(instance);
  }
}
