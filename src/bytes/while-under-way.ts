/**
 * Runs `work` with a signal that is aborted when one of `signals` is, but only while the work is under way. What it leaves behind to
 * run again later, as a transaction may, is not stopped any more; and nothing is left with a signal that lives for long, as
 * `AbortSignal.any` leaves it on Node 20.
 */
export async function whileUnderWay<T>(
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  const given = signals.filter((signal) => signal !== undefined);
  if (given.length === 0) return await work(undefined);
  for (const signal of given) signal.throwIfAborted();
  const own = new AbortController();
  const aborts = given.map((signal) => () => own.abort(signal.reason));
  for (const [i, signal] of given.entries()) signal.addEventListener("abort", aborts[i], { once: true });
  try {
    return await work(own.signal);
  } finally {
    for (const [i, signal] of given.entries()) signal.removeEventListener("abort", aborts[i]);
  }
}
