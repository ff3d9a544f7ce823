import type { Store } from "../store/store.js";
import type { TestFunctions } from "./codec-contract.js";
import { type HandsOver, using, type Values } from "./store-facts.js";
import { readFacts } from "./store-read-facts.js";
import { readOnlyFacts, writeFacts } from "./store-write-facts.js";

/** A kind of store, and what it can do. */
export interface StoreContract {
  /** Name of the kind, for the names of the tests. */
  readonly name: string;
  /** Makes an empty store that can be written to. The tests close it. */
  readonly create: () => Promise<Store>;
  /** Opens what a store has written, after it was closed, read-only; left out where nothing outlives the store. */
  readonly reopen?: (written: Store) => Promise<Store>;
  /** True if a key may be the folder of another one, as "a" of "a/b". False where folders are real. */
  readonly keysMayNest: boolean;
  /** When `getState()` gives a state of a store that has been written to: once it is flushed, at once, or never. */
  readonly handsOver: HandsOver;
}

/**
 * Defines the tests that every store passes: what {@link Store} says, on a store that is being written, and on the same
 * store closed and opened again. Defining them cannot fail.
 *
 * @example
 * ```js
 * import { describe, it } from "node:test"; // or from "vitest"
 * import { MemoryStore } from "zarrzip";
 * import { testStore } from "zarrzip/testing";
 *
 * const create = async () => new MemoryStore();
 * testStore({ name: "MemoryStore", create, keysMayNest: true, handsOver: "never" }, { describe, it });
 * ```
 */
export function testStore(contract: StoreContract, { describe, it }: TestFunctions): void {
  const { name, create, reopen, keysMayNest, handsOver } = contract;
  const written = async (values: Values) => {
    const store = await create();
    for (const [key, value] of Object.entries(values)) await store.set(key, value);
    return store;
  };
  describe(`${name}: while it is written`, () => {
    for (const { fact, check } of readFacts(keysMayNest)) it(fact, () => using(written, check));
    for (const { fact, check } of writeFacts(handsOver)) it(fact, () => using(written, check));
  });
  if (reopen === undefined) return;
  const opened = async (values: Values) => {
    const store = await written(values);
    await store.close();
    return await reopen(store);
  };
  describe(`${name}: opened again`, () => {
    for (const { fact, check } of readFacts(keysMayNest)) it(fact, () => using(opened, check));
    for (const { fact, check } of readOnlyFacts) it(fact, () => using(opened, check));
  });
}
