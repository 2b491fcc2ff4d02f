/** What `work` comes to, or a rejection with the signal's reason when that is first. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
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
