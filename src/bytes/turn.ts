/** Longest time, in milliseconds, that work keeps other callbacks of the thread waiting. */
const turnMs = 5;

/** Lets the other callbacks of the thread run. */
export const nextTurn: () => Promise<void> =
  typeof setImmediate === "function"
    ? () => new Promise((resolve) => setImmediate(resolve))
    : () => new Promise((resolve) => setTimeout(resolve));

/** When the work since the thread's last turn began; `undefined` before there was some. */
let busySince: number | undefined;

/**
 * Tells whether the thread has worked for so long that its other callbacks come first; that of several callers counts together. It is asked
 * before each piece of work, which then begins at once: `while (isTurnDue()) await nextTurn();`, since of those that wait for a turn
 * not all may take the same.
 */
export function isTurnDue(): boolean {
  const now = performance.now();
  busySince ??= now;
  const isDue = now - busySince > turnMs;
  if (isDue || busySince === now) endWithTurn(busySince);
  return isDue;
}

/** The work that began then ends with the turn. Asked again where that is overdue: a runtime may drop the timers of a request that has ended. */
function endWithTurn(begin: number): void {
  void nextTurn().then(() => {
    if (busySince === begin) busySince = undefined;
  });
}
