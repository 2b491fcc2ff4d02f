/** What a process may grow between two collections, in bytes: two full memories of the default size. */
const growthBytes = 64 * 1024 * 1024;

/** The least that the process had since the last collection: what that frees comes back a moment later. */
let residentBytes = process.memoryUsage.rss();

/**
 * To be called when guests are gone. V8 frees their memories in tasks of an event loop, which a guard process never
 * turns: 500 guests of 20 MB each, one after another, took 4.6 GB (and 152 MB with this). It collects garbage only when
 * the process has grown, which takes 3 to 9 ms.
 */
export function reclaimMemory(): void {
  const now = process.memoryUsage.rss();
  residentBytes = Math.min(residentBytes, now);
  if (now - residentBytes < growthBytes) return;
  globalThis.gc?.();
  residentBytes = process.memoryUsage.rss();
}
