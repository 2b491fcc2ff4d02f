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
  /** Instances that labelings hold. */
  #leases = 0;
  /** Those that rest and may have to make room. */
  readonly #booked = new Set<GuardInstance>();
  #isClosed = false;

  /** A new instance, which is held already. */
  lease(instance: GuardInstance): InstanceLease {
    return this.#lease(instance, true);
  }

  /**
   * A question of the session is under way. As many as may be wanted by those that wait for their turn do not have to make
   * room for others: with more sessions than places, each question would be primed anew.
   */
  expectQuestion(): Disposable {
    this.#questions++;
    this.#balance();
    return {
      [Symbol.dispose]: () => {
        this.#questions--;
        this.#balance();
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
    this.#leases++;
    return {
      instance,
      isNew,
      keep: (idle) => {
        books = idle;
      },
      [Symbol.dispose]: () => {
        this.#leases--;
        if (books !== undefined && !this.#isClosed && instance.isUsable) this.#rest(instance, books);
        else instance.drop();
        instance.letGo();
      },
    };
  }

  #rest(instance: GuardInstance, books: IdleInstances): void {
    this.#resting.set(instance, books);
    this.#balance();
  }

  /** Those that rested last are wanted first; the others are in the books. One that has to make room takes itself out. */
  #balance(): void {
    if (this.#resting.size === 0) return;
    let wanted = this.#questions - this.#leases;
    for (const instance of [...this.#resting.keys()].reverse()) {
      const books = this.#resting.get(instance);
      if (books?.mayRest === true && wanted-- > 0) this.#unbook(instance);
      else if (books !== undefined && !this.#booked.has(instance)) {
        this.#booked.add(instance);
        books.add(instance, () => this.#drop(instance));
      }
    }
  }

  #unbook(instance: GuardInstance): void {
    if (this.#booked.delete(instance)) this.#resting.get(instance)?.delete(instance);
  }

  #drop(instance: GuardInstance): void {
    this.#take(instance);
    instance.drop();
  }

  #take(instance: GuardInstance): void {
    this.#unbook(instance);
    this.#resting.delete(instance);
  }
}
