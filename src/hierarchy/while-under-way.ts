/**
 * Runs `work` with a signal that is aborted when `signal` is, but only while the work is under way: what it leaves behind to run
 * again later, as a transaction may, is not stopped any more.
 */
export async function whileUnderWay<T>(
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (signal === undefined) return await work(undefined);
  signal.throwIfAborted();
  const own = new AbortController();
  const abort = () => own.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await work(own.signal);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
