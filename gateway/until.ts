/** What `work` comes to, unless `signal` aborts first; then its reason. The work itself goes on for others. */
export async function until<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Where nobody waits for it any more, its failure is nobody's either: unheard it would end the process.
  work.catch(() => undefined);
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
