import { withKey } from "./key-mutex.js";
import type { Outcome, Store, StoreValues, TransactionOptions, TransactionWork } from "./store.js";

/**
 * Runs `work`, whose changes depend on what it reads, as one step: see {@link Store.transaction}. In a store that has no
 * transactions its changes take effect at once, and only within this thread is the step one.
 *
 * @param key - what no other step of this thread touches meanwhile: of the steps with one key one runs at a time
 */
export async function transact<T>(
  store: StoreValues & Pick<Partial<Store>, "transaction">,
  key: string,
  work: TransactionWork<T>,
  options?: TransactionOptions<T>,
): Promise<Outcome<T>> {
  return await withKey(store, key, async () => {
    if (store.transaction !== undefined) return await store.transaction(work, options);
    return { value: await work(store) };
  });
}
