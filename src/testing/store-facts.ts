import { isBytes } from "../bytes/built-in.js";
import { isZarrError, type ZarrErrorCode } from "../errors.js";
import type { Store } from "../store/store.js";

/** The values that a store is to hold, by key. */
export type Values = Readonly<Record<string, Uint8Array>>;

/** Makes a store that holds these values. */
export type MakeStore = (values: Values) => Promise<Store>;

/** When the state of a store with writes can be taken. */
export type HandsOver = "after flush" | "at once" | "never";

/** One thing that is true of every store, and the check that it is. */
export interface Fact {
  readonly fact: string;
  readonly check: (make: MakeStore) => Promise<void>;
}

/** Runs a check, and closes every store that it made. */
export async function using(make: MakeStore, check: Fact["check"]): Promise<void> {
  const stores: Store[] = [];
  try {
    await check(async (values) => {
      const store = await make(values);
      stores.push(store);
      return store;
    });
  } finally {
    for (const store of stores) await store.close();
  }
}

/** A value of these bytes. */
export const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

export const zeroToNine: Uint8Array = bytes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);

/** The keys that `list` gives, in the store's order. */
export async function keysOf(store: Store, prefix?: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
}

/** @throws Error - the condition does not hold */
export function ensure(condition: boolean, expected: string): asserts condition {
  if (!condition) throw new Error(`expected that ${expected}`);
}

/** Compares by the JSON of both; a typed array counts as its list of numbers. */
export function equal(found: unknown, expected: unknown): void {
  const text = (value: unknown) => JSON.stringify(isBytes(value) ? [...value] : value);
  if (text(found) === text(expected)) return;
  throw new Error(`found ${text(found)?.slice(0, 200)}, expected ${text(expected)?.slice(0, 200)}`);
}

/** Checks that a call fails, and with which code. */
export async function fails(code: ZarrErrorCode, call: () => unknown): Promise<void> {
  let found: unknown = "no error";
  try {
    await call();
  } catch (error) {
    if (isZarrError(error, code)) return;
    found = isZarrError(error) ? error.code : error;
  }
  throw new Error(`expected ${code}, found ${String(found)}`, { cause: found });
}
