// What a guard may import (the guard ABI, "Module"): the names and signatures of every host function.

const i32s = (count: number): string => `(${Array(count).fill('i32').join(', ')})`;

/** Of `env`. */
const environment: Record<string, string> = {
  call_backend: `${i32s(6)} -> i32`,
  backend_error: `${i32s(2)} -> i32`,
  host_log: `${i32s(3)} -> ()`,
  abort: `${i32s(4)} -> ()`,
};

/** Of `wasi_snapshot_preview1`: all of it, as WASI's own witx files have it. */
const wasi: Record<string, string> = {
  args_get: `${i32s(2)} -> i32`,
  args_sizes_get: `${i32s(2)} -> i32`,
  clock_res_get: `${i32s(2)} -> i32`,
  clock_time_get: '(i32, i64, i32) -> i32',
  environ_get: `${i32s(2)} -> i32`,
  environ_sizes_get: `${i32s(2)} -> i32`,
  fd_advise: '(i32, i64, i64, i32) -> i32',
  fd_allocate: '(i32, i64, i64) -> i32',
  fd_close: `${i32s(1)} -> i32`,
  fd_datasync: `${i32s(1)} -> i32`,
  fd_fdstat_get: `${i32s(2)} -> i32`,
  fd_fdstat_set_flags: `${i32s(2)} -> i32`,
  fd_fdstat_set_rights: '(i32, i64, i64) -> i32',
  fd_filestat_get: `${i32s(2)} -> i32`,
  fd_filestat_set_size: '(i32, i64) -> i32',
  fd_filestat_set_times: '(i32, i64, i64, i32) -> i32',
  fd_pread: '(i32, i32, i32, i64, i32) -> i32',
  fd_prestat_dir_name: `${i32s(3)} -> i32`,
  fd_prestat_get: `${i32s(2)} -> i32`,
  fd_pwrite: '(i32, i32, i32, i64, i32) -> i32',
  fd_read: `${i32s(4)} -> i32`,
  fd_readdir: '(i32, i32, i32, i64, i32) -> i32',
  fd_renumber: `${i32s(2)} -> i32`,
  fd_seek: '(i32, i64, i32, i32) -> i32',
  fd_sync: `${i32s(1)} -> i32`,
  fd_tell: `${i32s(2)} -> i32`,
  fd_write: `${i32s(4)} -> i32`,
  path_create_directory: `${i32s(3)} -> i32`,
  path_filestat_get: `${i32s(5)} -> i32`,
  path_filestat_set_times: '(i32, i32, i32, i32, i64, i64, i32) -> i32',
  path_link: `${i32s(7)} -> i32`,
  path_open: '(i32, i32, i32, i32, i32, i64, i64, i32, i32) -> i32',
  path_readlink: `${i32s(6)} -> i32`,
  path_remove_directory: `${i32s(3)} -> i32`,
  path_rename: `${i32s(6)} -> i32`,
  path_symlink: `${i32s(5)} -> i32`,
  path_unlink_file: `${i32s(3)} -> i32`,
  poll_oneoff: `${i32s(4)} -> i32`,
  proc_exit: `${i32s(1)} -> ()`,
  proc_raise: `${i32s(1)} -> i32`,
  random_get: `${i32s(2)} -> i32`,
  sched_yield: '() -> i32',
  sock_accept: `${i32s(3)} -> i32`,
  sock_recv: `${i32s(6)} -> i32`,
  sock_send: `${i32s(5)} -> i32`,
  sock_shutdown: `${i32s(2)} -> i32`,
};

/** The signature of each host function, by its module and by its name. */
export const allowedImports: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ['env', new Map(Object.entries(environment))],
  ['wasi_snapshot_preview1', new Map(Object.entries(wasi))],
]);
