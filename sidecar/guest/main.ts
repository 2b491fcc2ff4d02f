/** A guard process: takes one request after the other from its sidecar, runs the guest, replies. Ends when the sidecar does. */
import { setFlagsFromString } from 'node:v8';
import { Channel } from './channel.ts';
import { Guest, type GuestTurn } from './guest.ts';
import { asGuestFailure } from './guest-failure.ts';
import { GuestLog } from './guest-log.ts';
import type { GuestLimits, LogLevel, Outcome, Request } from './protocol.ts';
import { reclaimMemory } from './reclaim-memory.ts';

interface Ending {
  readonly outcome: Outcome;
  readonly payload?: Uint8Array;
}

const MiB = 1024 * 1024;
const pageBytes = 65_536;
/** Of the memory that an instance may have: what is left holds the buffers of a usual call. */
const wornShare = 0.75;
const channel = new Channel();
const guests = new Map<number, Guest>();
let program: { readonly module: WebAssembly.Module; readonly limits: GuestLimits } | undefined;

const writeLine = (level: LogLevel, line: Uint8Array) => channel.send({ kind: 'log', level }, line);

/** Only now, after this program's own modules are loaded: Node's type stripper is WASM and needs more than a guard may. */
function load(bytes: Uint8Array, limits: GuestLimits): Ending {
  setFlagsFromString(`--wasm-max-mem-pages=${limits.memoryPages}`);
  setFlagsFromString(`--wasm-max-table-size=${limits.tableEntries}`);
  return loaded(() => {
    program = { module: new WebAssembly.Module(bytes.slice()), limits };
  });
}

function loaded(load: () => void): Ending {
  try {
    load();
    return { outcome: { kind: 'loaded' } };
  } catch (error) {
    const message = error instanceof Error ? error.message : 'it threw an exception that it did not catch';
    return { outcome: { kind: 'refused', message } };
  }
}

function instantiate(): Guest {
  if (program === undefined) throw new Error('no module is loaded');
  const { module, limits } = program;
  return new Guest(module, new GuestLog(writeLine, limits.logLines), limits.outputMiB * MiB);
}

function guestOf(instance: number): Guest {
  const guest = guests.get(instance) ?? instantiate();
  guests.set(instance, guest);
  return guest;
}

/** Runs a guest until it returns, waits or fails; one that failed is gone. */
async function turn(instance: number, run: (guest: Guest) => Promise<GuestTurn>): Promise<Ending> {
  try {
    const guest = guestOf(instance);
    return ending(await run(guest), guest);
  } catch (error) {
    guests.delete(instance);
    reclaimMemory();
    const { code, message } = asGuestFailure(error);
    return { outcome: { kind: 'failed', code, message } };
  }
}

/** One that leaks has no room for its next buffers; one that began with all of its memory does not leak by that. */
function isWorn({ memory: { bytes, grownBytes } }: Guest): boolean {
  if (program === undefined || grownBytes === 0) return false;
  return bytes > wornShare * program.limits.memoryPages * pageBytes;
}

function ending(end: GuestTurn, guest: Guest): Ending {
  if (end.kind === 'returned')
    return { outcome: { kind: 'returned', isWorn: isWorn(guest) }, payload: end.result };
  const wait = end.wait;
  if (wait.kind === 'sleep') return { outcome: wait };
  return { outcome: { kind: 'backend_call', tool: wait.tool }, payload: wait.args };
}

async function drop(instances: readonly number[]): Promise<Ending> {
  for (const instance of instances) {
    await guests.get(instance)?.end();
    guests.delete(instance);
  }
  reclaimMemory();
  return { outcome: { kind: 'dropped' } };
}

async function serve(request: Request, payload: Uint8Array): Promise<Ending> {
  switch (request.op) {
    case 'load':
      return load(payload, request);
    case 'try':
      return loaded(instantiate);
    case 'call':
      return turn(request.instance, (guest) => guest.call(request.export, payload));
    case 'resume':
      return turn(request.instance, (guest) => guest.resume(request.failure ?? payload));
    case 'drop':
      return drop(request.instances);
  }
}

for (let next = channel.receive(); next !== undefined; next = channel.receive()) {
  const { outcome, payload } = await serve(next.request, next.payload);
  // A guest that waits may read again what it was given when it goes on.
  if (outcome.kind === 'backend_call' || outcome.kind === 'sleep') channel.keep(next.payload);
  const { user, system } = process.cpuUsage();
  channel.send({ ...outcome, totalCpuMs: (user + system) / 1000, instances: guests.size }, payload);
}
