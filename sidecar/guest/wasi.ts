import { GuestMemory } from './guest-memory.ts';
import { clockOf } from './wasi-clock.ts';
import { errno, faultChecked } from './wasi-errno.ts';
import { poll } from './wasi-poll.ts';
import { dataView, WasiStdio } from './wasi-stdio.ts';

/** What WASI needs of its host. */
export interface WasiHost {
  /** The instance's memory; throws OutOfBounds while there is none, which the guest sees as EFAULT. */
  memory(): WebAssembly.Memory;
  /** One line without its end, 8 KiB at most. Not sanitised. */
  writeLine(stream: 'stdout' | 'stderr', line: string): void;
  /** Undefined where the guest cannot be suspended: then its sleep is over at once. */
  sleep(milliseconds: number): Promise<void> | undefined;
  exit(code: number): never;
}

/** A function of WASI; an i64 arrives as a bigint. */
export type WasiFunction = (...parameters: never[]) => number;

/** The same, but that it waits where the host's `sleep` does. */
export type PollOneoff = (...parameters: number[]) => number | Promise<number>;

/** `wasi_snapshot_preview1` for one instance. */
export interface Wasi {
  /** All 46 functions but `poll_oneoff`, by name. */
  readonly functions: Readonly<Record<string, WasiFunction>>;
  /** Needs `WebAssembly.Suspending`. */
  readonly pollOneoff: PollOneoff;
  /** Writes the lines that have no end yet: to be called at the end of each call of the guest. */
  flush(): void;
}

/** The Web Crypto API's limit for one request. */
const maxRandomBytes = 65_536;

/** Files beyond standard input, output and error do not exist; these could do something with the three, but are not offered. */
const onFiles = [
  'fd_advise fd_allocate fd_datasync fd_fdstat_set_flags fd_fdstat_set_rights fd_filestat_set_size',
  'fd_filestat_set_times fd_pread fd_pwrite fd_readdir fd_renumber fd_seek fd_sync fd_tell',
  'sock_accept sock_recv sock_send sock_shutdown',
].flatMap((line) => line.split(' '));

/** No directory is open, so these have nothing to start from. */
const onDirectories = [
  'fd_prestat_get fd_prestat_dir_name path_create_directory path_filestat_get path_filestat_set_times path_link',
  'path_open path_readlink path_remove_directory path_rename path_symlink path_unlink_file',
].flatMap((line) => line.split(' '));

/**
 * WASI preview 1 as the guard ABI offers it: clocks, random numbers, sleeps and lines to the log are real, the rest of the
 * world is not there. Pointers are checked before anything is written: what is out of bounds is EFAULT, never an exception.
 */
export function wasi(host: WasiHost): Wasi {
  const memory = () => new GuestMemory(host.memory());
  const stdio = new WasiStdio(memory, (stream, line) => host.writeLine(stream, line));
  const functions = {
    ...Object.fromEntries(onFiles.map((name) => [name, (fd: number) => notOffered(stdio, fd)])),
    ...Object.fromEntries(onDirectories.map((name) => [name, () => errno.badf])),
    ...nothingFunctions(memory),
    ...sourceFunctions(memory),
    ...stdioFunctions(stdio),
    proc_exit: (code: number) => host.exit(code),
    proc_raise: () => errno.nosys,
    sched_yield: () => errno.success,
  };
  const world = { memory, stdio, sleep: (milliseconds: number) => host.sleep(milliseconds) };
  const pollOneoff: PollOneoff = (...parameters) => faultChecked(() => poll(world, parameters));
  return { functions, pollOneoff, flush: () => stdio.flush() };
}

function notOffered(stdio: WasiStdio, fd: number): number {
  return stdio.isOpen(fd) ? errno.nosys : errno.badf;
}

/** There are no arguments and no environment. */
function nothingFunctions(memory: () => GuestMemory): Record<string, WasiFunction> {
  const sizes = (countAt: number, bytesAt: number) =>
    faultChecked(() => {
      const [count, bytes] = [memory().view(countAt, 4), memory().view(bytesAt, 4)];
      count.fill(0);
      bytes.fill(0);
      return errno.success;
    });
  return {
    args_get: () => errno.success,
    args_sizes_get: sizes,
    environ_get: () => errno.success,
    environ_sizes_get: sizes,
  };
}

/** Clocks and random numbers. */
function sourceFunctions(memory: () => GuestMemory): Record<string, WasiFunction> {
  const writeTime = (time: bigint | undefined, at: number) =>
    faultChecked(() => {
      if (time === undefined) return errno.inval;
      dataView(memory().view(at, 8)).setBigUint64(0, time, true);
      return errno.success;
    });
  return {
    clock_res_get: (id: number, at: number) => writeTime(clockOf(id)?.resolution, at),
    clock_time_get: (id: number, _precision: bigint, at: number) => writeTime(clockOf(id)?.now(), at),
    random_get: (at: number, length: number) =>
      faultChecked(() => {
        const bytes = memory().view(at, length);
        for (let start = 0; start < bytes.length; start += maxRandomBytes) {
          const part = bytes.subarray(start, start + maxRandomBytes);
          part.set(crypto.getRandomValues(new Uint8Array(part.length)));
        }
        return errno.success;
      }),
  };
}

function stdioFunctions(stdio: WasiStdio): Record<string, WasiFunction> {
  return {
    fd_close: (fd: number) => stdio.close(fd),
    fd_fdstat_get: (fd: number, at: number) => faultChecked(() => stdio.stat(fd, at)),
    fd_filestat_get: (fd: number, at: number) => faultChecked(() => stdio.fileStat(fd, at)),
    fd_read: (fd: number, buffers: number, count: number, readAt: number) =>
      faultChecked(() => stdio.read(fd, buffers, count, readAt)),
    fd_write: (fd: number, buffers: number, count: number, writtenAt: number) =>
      faultChecked(() => stdio.write(fd, buffers, count, writtenAt)),
  };
}
