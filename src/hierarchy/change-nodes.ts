import type { Store, StoreValues } from "../store/store.js";
import { transact } from "../store/transaction.js";

/**
 * Creates or deletes nodes as one step: what `work` finds free is so still when its changes are made. Within a thread one
 * such step runs at a time, since each may touch nodes above and below its own.
 */
export async function changeNodes<T>(store: Store, work: (values: StoreValues) => Promise<T>): Promise<T> {
  const { value } = await transact(store, "hierarchy", work);
  return value;
}
