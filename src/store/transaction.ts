import type { OptionKinds } from "../bytes/check-options.js";
import { withKey } from "./key-mutex.js";
import type { Outcome, Store, StoreValues, TransactionOptions, TransactionWork } from "./store.js";

export const transactionOptions: OptionKinds<TransactionOptions> = {
  heldBytes: "size",
  commit: "boolean",
  ahead: "boolean",
  signal: "signal",
};

type Transact = NonNullable<Store["transaction"]>;

/** The transactions for work of this package, which is known not to call the store. */
const transactionsOf = new WeakMap<object, Transact>();

/** Lets {@link transact} run work by `transaction` in place of the store's method. */
export function setOwnTransaction(store: object, transaction: Transact): void {
  transactionsOf.set(store, transaction);
}

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
  options?: TransactionOptions,
): Promise<Outcome<T>> {
  return await withKey(store, key, async () => {
    const own = transactionsOf.get(store);
    if (own !== undefined) return await own(work, options);
    if (store.transaction !== undefined) return await store.transaction(work, options);
    return { value: await work(store) };
  });
}
