import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { createArray, createGroup, openArray, openGroup, ZipStore, type ZipStoreOptions } from "../../src/index.js";

/** Values of the array "a": beyond 2^53, so that a detour through doubles would show. */
export const int64Values = Array.from({ length: 24 }, (_, i) => 2n ** 60n + BigInt(i));

/** Writes a file with the group "", the array "a" of 4 x 6 int64 in four chunks, and "f", which is NaN everywhere. */
export async function writeSample(path: string, options: ZipStoreOptions = {}): Promise<ZipStore> {
  const store = await ZipStore.open(path, { mode: "w", ...options });
  await createGroup(store, { attributes: { huge: 2n ** 60n } });
  const data = BigInt64Array.from(int64Values);
  await createArray(store, { path: "a", shape: [4, 6], chunks: [2, 3], dtype: "int64", data });
  await createArray(store, { path: "f", shape: [2], dtype: "float32", fillValue: Number.NaN });
  await store.flush();
  return store;
}

/** The store, its root group and its arrays, and the state of each. */
export async function statesOf(store: ZipStore): Promise<unknown[]> {
  const nodes = [await openGroup(store), await openArray(store, { path: "a" }), await openArray(store, { path: "f" })];
  return [store.getState(), ...nodes.map((node) => node.getState())];
}

/** What is in the file and beside it: equal before and after if nothing was created, truncated or changed. */
export function fingerprint(path: string): object {
  return {
    names: readdirSync(dirname(path)).sort(),
    content: createHash("sha256").update(readFileSync(path)).digest("hex"),
  };
}
