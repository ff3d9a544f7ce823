import type { StoreValues } from "./store.js";

/** Every value of a store with its name, one after the other. */
export async function* valuesOf(store: StoreValues): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  for await (const name of store.list()) {
    const bytes = await store.get(name);
    if (bytes !== undefined) yield { name, bytes };
  }
}
