// A case of the matrix as this package writes it.
import { createArray, ZipStore } from "../../src/index.js";
import { attributes, type InteropCase, ourDataType } from "./cases.js";
import { testValues } from "./values.js";

/** Writes the array of a case to `a` of a new file. */
export async function writeCase(one: InteropCase, file: string): Promise<void> {
  const store = await ZipStore.open(file, { mode: "w" });
  try {
    const { zarrFormat, shape, chunks, shards, options } = one;
    const sharding = shards === undefined ? {} : { shards };
    const place = { path: "a", zarrFormat, shape, chunks, dtype: ourDataType(one), ...sharding, ...options };
    await createArray(store, { ...place, attributes, data: valuesOf(one) });
  } finally {
    await store.close();
  }
}

/** The values of that array. */
export function valuesOf({ dtype, shape }: InteropCase) {
  return testValues(
    dtype,
    shape.reduce((product, length) => product * length, 1),
    11,
  );
}
