import { GuardError } from '../guard-error.ts';

/** A module's first bytes: what it is, and of which version. */
export const preambleBytes = 8;

const magic = '0061736d';

/**
 * Refuses what is no core module of version 1.
 *
 * @throws GuardError GUARD_UNAVAILABLE: what it is instead, and what to do.
 */
export function checkPreamble(bytes: Uint8Array): void {
  const preamble = Buffer.from(bytes.subarray(0, preambleBytes)).toString('hex');
  if (bytes.length === 0)
    refuse('its file is empty but must be a WebAssembly module; build or copy it again');
  if (preamble.slice(0, 8) !== magic) {
    const start = `begins with the bytes ${preamble.slice(0, 8)} but a WebAssembly module begins with ${magic}`;
    refuse(`its file ${start}; check that its path leads to the built .wasm file`);
  }
  const version = preamble.slice(8);
  if (version.length < 8) refuse('its file ends within the first eight bytes; build or copy it again');
  if (version.endsWith('0100')) {
    refuse(
      'it is a WebAssembly component but must be a core module; build it for wasm32-wasip1 or as a plain module',
    );
  }
  if (version !== '01000000') {
    refuse(
      `it is of WebAssembly version ${Buffer.from(bytes).readUInt32LE(4)} but must be of version 1; build it again`,
    );
  }
}

function refuse(sentence: string): never {
  throw new GuardError('GUARD_UNAVAILABLE', sentence);
}
