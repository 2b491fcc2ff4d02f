import type { GuestMemory } from './guest-memory.ts';
import { clockOf } from './wasi-clock.ts';
import { errno, faultChecked } from './wasi-errno.ts';
import { dataView, type WasiStdio } from './wasi-stdio.ts';

const subscriptionBytes = 48;
const eventBytes = 32;
/** As many as the buffers of a read or write. */
const maxSubscriptions = 1024;
/** Longest sleep, in milliseconds: longer than any deadline, and as long as timers can. */
const maxSleep = 2 ** 31 - 1;
const nanosecondsPerMillisecond = 1_000_000;

const eventTypes = { clock: 0, fdRead: 1, fdWrite: 2 };
const isAbsoluteTime = 1;
const hangup = 1;

/** What polling needs of an instance's WASI. */
interface World {
  readonly memory: () => GuestMemory;
  readonly stdio: WasiStdio;
  readonly sleep: (milliseconds: number) => Promise<void> | undefined;
}

/** What a guest waits for. */
interface Subscription {
  readonly userData: bigint;
  readonly type: number;
  readonly error: number;
  /** Nanoseconds from now on; 0 and less: it has happened. */
  readonly wait: number;
}

/** `poll_oneoff(subscriptions, events, count, eventCount)`: waits for the first of its clocks, for nothing else. */
export function poll(world: World, parameters: readonly number[]): number | Promise<number> {
  const [subscriptionsAt = 0, eventsAt = 0, signedCount = 0, countAt = 0] = parameters;
  const count = signedCount >>> 0;
  if (count === 0 || count > maxSubscriptions) return errno.inval;
  const records = world.memory().view(subscriptionsAt, count * subscriptionBytes);
  const subscriptions = readSubscriptions(records, world.stdio);
  const events = () => ({
    list: world.memory().view(eventsAt, count * eventBytes),
    count: world.memory().view(countAt, 4),
  });
  // Out of bounds is found before the sleep; the memory may have grown after it.
  events();
  const wait = Math.max(0, Math.min(...subscriptions.map((each) => each.wait)));
  const happened = subscriptions.filter((each) => each.wait <= wait);
  const report = () => reportEvents(events(), happened);
  const slept = wait > 0 ? world.sleep(milliseconds(wait)) : undefined;
  return slept === undefined ? report() : slept.then(() => faultChecked(report));
}

/** Rounded up: a sleep is never shorter than it should be. */
function milliseconds(nanoseconds: number): number {
  return Math.min(Math.ceil(nanoseconds / nanosecondsPerMillisecond), maxSleep);
}

/** Waits of clocks count from this moment. */
function readSubscriptions(records: Uint8Array, stdio: WasiStdio): Subscription[] {
  const subscriptions: Subscription[] = [];
  for (let at = 0; at < records.length; at += subscriptionBytes) {
    subscriptions.push(readSubscription(dataView(records.subarray(at, at + subscriptionBytes)), stdio));
  }
  return subscriptions;
}

function readSubscription(record: DataView, stdio: WasiStdio): Subscription {
  const userData = record.getBigUint64(0, true);
  const type = record.getUint8(8);
  const at = { userData, type, wait: 0 };
  if (type === eventTypes.clock) return { ...at, ...readClock(record) };
  const fd = record.getUint32(16, true);
  if (type === eventTypes.fdRead) return { ...at, error: stdio.canRead(fd) ? errno.success : errno.badf };
  if (type === eventTypes.fdWrite) return { ...at, error: stdio.canWrite(fd) ? errno.success : errno.badf };
  return { ...at, error: errno.inval };
}

function readClock(record: DataView): { error: number; wait: number } {
  const clock = clockOf(record.getUint32(16, true));
  if (clock === undefined) return { error: errno.inval, wait: 0 };
  const timeout = record.getBigUint64(24, true);
  const isAbsolute = (record.getUint16(40, true) & isAbsoluteTime) !== 0;
  return { error: errno.success, wait: Number(isAbsolute ? timeout - clock.now() : timeout) };
}

function reportEvents(
  to: { list: Uint8Array; count: Uint8Array },
  happened: readonly Subscription[],
): number {
  for (const [index, { userData, type, error }] of happened.entries()) {
    const event = dataView(to.list.subarray(index * eventBytes, (index + 1) * eventBytes).fill(0));
    event.setBigUint64(0, userData, true);
    event.setUint16(8, error, true);
    event.setUint8(10, type);
    // Standard input is at its end: nothing to read, ever.
    if (type === eventTypes.fdRead) event.setUint16(24, hangup, true);
  }
  dataView(to.count).setUint32(0, happened.length, true);
  return errno.success;
}
