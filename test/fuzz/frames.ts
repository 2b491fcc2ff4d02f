/** Fuzzes what a sidecar reads from a guard process, as if something had broken out of the WASM in it. */
import assert from 'node:assert/strict';
import { frame, frameStartBytes, type LogLine, type Reply } from '../../sidecar/guest/protocol.ts';
import { FrameReader } from '../../sidecar/process/frame-reader.ts';
import { RandomChoice } from './random-choice.ts';

const maxFrameBytes = 4_096;

/**
 * Sends so many streams of frames, sound and broken, in random pieces. A reader yields the frames that are whole, as
 * soon as they are, and throws as soon as the stream cannot be one of ours. How many frames, and ends of which kind.
 */
export async function fuzzFrames(options: {
  seed: number;
  iterations: number;
}): Promise<Record<string, number>> {
  const choice = new RandomChoice(options.seed);
  const counts = { frames: 0, broken: 0, sound: 0 };
  for (let iteration = 0; iteration < options.iterations; iteration++) {
    const bytes = stream(choice);
    try {
      const { frames, isBroken } = readInPieces(bytes, choice);
      counts.frames += frames;
      counts[isBroken ? 'broken' : 'sound']++;
    } catch (cause) {
      throw new Error(`iteration ${iteration}, bytes ${bytes.toString('hex')}: ${String(cause)}`, { cause });
    }
  }
  return counts;
}

/** Throws when the reader is not where the stream is after any of the pieces. */
function readInPieces(bytes: Buffer, choice: RandomChoice): { frames: number; isBroken: boolean } {
  const expected = expectedFrames(bytes);
  const reader = new FrameReader(maxFrameBytes);
  const seen: ReadFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(at + 1 + choice.below(choice.pick([1, 9, 64, bytes.length])), bytes.length);
    const isBroken = !push(reader, Buffer.from(bytes.subarray(at, end)), seen);
    const due = expected.frames.filter(({ endsAt }) => endsAt <= end);
    assert.deepEqual(
      seen,
      due.map(({ frame }) => frame),
    );
    assert.equal(isBroken, expected.brokenAt <= end, isBroken ? 'refused a sound frame' : 'read on');
    if (isBroken) return { frames: seen.length, isBroken };
    at = end;
  }
  return { frames: seen.length, isBroken: false };
}

interface ReadFrame {
  readonly message: unknown;
  readonly payload: string;
}

/** False when the reader throws. Whatever it throws, it has to be an Error. */
function push(reader: FrameReader, chunk: Buffer, seen: ReadFrame[]): boolean {
  try {
    for (const { message, payload } of reader.push(chunk))
      seen.push({ message, payload: Buffer.from(payload).toString('hex') });
    return true;
  } catch (error) {
    assert.ok(error instanceof Error);
    return false;
  }
}

/** What a whole stream holds, and after which byte it can be known that it is broken. */
function expectedFrames(bytes: Buffer): {
  frames: { endsAt: number; frame: ReadFrame }[];
  brokenAt: number;
} {
  const frames: { endsAt: number; frame: ReadFrame }[] = [];
  let start = 0;
  while (start + frameStartBytes <= bytes.length) {
    const endsAt = start + 4 + bytes.readUInt32LE(start);
    const payloadAt = start + frameStartBytes + bytes.readUInt32LE(start + 4);
    const isImpossible = endsAt - start > maxFrameBytes || endsAt < start + frameStartBytes;
    if (isImpossible) return { frames, brokenAt: start + frameStartBytes };
    if (endsAt > bytes.length) break;
    const message = expectedMessage(bytes.toString('utf8', start + frameStartBytes, payloadAt));
    if (message === undefined || payloadAt > endsAt) return { frames, brokenAt: endsAt };
    frames.push({ endsAt, frame: { message, payload: bytes.toString('hex', payloadAt, endsAt) } });
    start = endsAt;
  }
  return { frames, brokenAt: Number.POSITIVE_INFINITY };
}

type Fields = Readonly<Record<string, 'text' | 'amount' | 'flag' | readonly string[]>>;

/** The fields of each message that the protocol knows. */
const known: Readonly<Record<string, Fields>> = {
  log: { level: ['debug', 'info', 'warn', 'error'] },
  loaded: {},
  refused: { message: 'text' },
  returned: { isWorn: 'flag' },
  backend_call: { tool: 'text' },
  sleep: { milliseconds: 'amount' },
  failed: { code: ['GUARD_TRAPPED', 'GUARD_ERROR', 'OUTPUT_LIMIT'], message: 'text' },
  dropped: {},
};

/** The fields that the protocol knows; nothing when one is missing or wrong. */
function expectedMessage(json: string): unknown {
  const members = readMembers(json);
  const kind = String(members?.get('kind'));
  if (members === undefined || typeof members.get('kind') !== 'string' || !Object.hasOwn(known, kind))
    return undefined;
  const state: Fields = kind === 'log' ? {} : { totalCpuMs: 'amount', instances: 'amount' };
  const fields = Object.entries({ ...known[kind], ...state });
  if (!fields.every(([name, type]) => isOf(type, members.get(name)))) return undefined;
  return { kind, ...Object.fromEntries(fields.map(([name]) => [name, members.get(name)])) };
}

function isOf(type: Fields[string], value: unknown): boolean {
  if (type === 'flag') return typeof value === 'boolean';
  if (type === 'text') return typeof value === 'string';
  if (type === 'amount') return typeof value === 'number' && value >= 0 && Number.isFinite(value);
  return type.some((each) => each === value);
}

function readMembers(json: string): Map<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

function stream(choice: RandomChoice): Buffer {
  const frames = choice.list(choice.below(6), () => {
    const parts = frame(message(choice), Buffer.alloc(choice.pick([0, 1, 30, 300]), choice.below(256)));
    const bytes = Buffer.concat(parts);
    return choice.chance(0.15) ? broken(bytes, choice) : bytes;
  });
  return Buffer.concat(frames);
}

const state = { totalCpuMs: 1.5, instances: 2 };
const messages: readonly (Reply | LogLine)[] = [
  { kind: 'log', level: 'warn' },
  { kind: 'loaded', ...state },
  { kind: 'refused', message: 'it does not link', ...state },
  { kind: 'returned', isWorn: true, ...state },
  { kind: 'backend_call', tool: 'get ☂', ...state },
  { kind: 'sleep', milliseconds: 200, ...state },
  { kind: 'failed', code: 'GUARD_TRAPPED', message: 'unreachable', ...state },
  { kind: 'dropped', ...state },
];

/** A message of ours; often a field is not what it should be, which `frame` does not mind. */
function message(choice: RandomChoice): Reply | LogLine {
  const sound = choice.pick(messages);
  if (choice.chance(0.8)) return sound;
  const name = choice.pick([...Object.keys(sound), 'more', 'toString']);
  const odd = choice.pick([-1, 1e308, '1', 'log', 'failed', '__proto__', true, [], {}, Number.NaN]);
  return { ...sound, [name]: choice.chance(0.2) ? undefined : odd };
}

/** Lengths that lie, bytes that changed, came twice, or are missing. */
function broken(bytes: Buffer, choice: RandomChoice): Buffer {
  const change = choice.weighted({ frameLength: 2, headerLength: 2, flip: 3, cut: 1, garbage: 1, text: 1 });
  const length = choice.pick([0, 1, 3, 4, 5, 20, 200, maxFrameBytes - 4, maxFrameBytes - 3, 0xffff_ffff]);
  const at = choice.below(bytes.length);
  switch (change) {
    case 'frameLength':
      bytes.writeUInt32LE(length, 0);
      return bytes;
    case 'headerLength':
      bytes.writeUInt32LE(length, 4);
      return bytes;
    case 'flip':
      bytes[at] = (bytes[at] ?? 0) ^ (1 << choice.below(8));
      return bytes;
    case 'cut':
      return bytes.subarray(0, at);
    case 'garbage':
      return Buffer.from(choice.list(choice.below(40), () => choice.below(256)));
    case 'text': {
      const header = choice.pick(['', 'null', '[]', '1', '{', '{"kind":"dropped"}', '[]'.repeat(1_000)]);
      const start = Buffer.alloc(frameStartBytes);
      start.writeUInt32LE(4 + header.length, 0);
      start.writeUInt32LE(header.length, 4);
      return Buffer.concat([start, Buffer.from(header)]);
    }
  }
}
