import { AsyncLocalStorage } from "node:async_hooks";
import { ZarrError } from "../../errors.js";

/** The work of a transaction that a caller has given, for as long as it runs. */
interface GivenWork {
  readonly store: object;
  isRunning: boolean;
}

const current = new AsyncLocalStorage<GivenWork>();

/** Runs a caller's work for a transaction of `store`, which must not call the store meanwhile. */
export async function runGiven<T>(store: object, work: () => Promise<T>): Promise<T> {
  const given: GivenWork = { store, isRunning: true };
  try {
    return await current.run(given, work);
  } finally {
    given.isRunning = false;
  }
}

/** @throws ZarrError `ERR_ARGUMENT` - a transaction calls its own store, and each would wait for the other */
export function checkIsNotWithin(store: object, path: string): void {
  const given = current.getStore();
  if (given?.store !== store || !given.isRunning) return;
  const message = `the work of a transaction changes ${path} by the store, which waits until that work has ended: use the values that the work is given`;
  throw new ZarrError("ERR_ARGUMENT", message, { file: path });
}
