import { expect, it } from "vitest";
import { MemoryStore, openArray } from "../../src/index.js";

/** What zarr-python 3.1.6 writes for `create_array(shape=(0,), chunks=(0,))`, as far as it matters. */
const documents = {
  "v3/zarr.json": {
    zarr_format: 3,
    node_type: "array",
    shape: [0],
    data_type: "float32",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [0] } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: 0.0,
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
  },
  "v2/.zarray": {
    zarr_format: 2,
    shape: [0],
    chunks: [0],
    dtype: "<f4",
    fill_value: 0.0,
    order: "C",
    filters: null,
    compressor: null,
  },
};

it.each(["v3", "v2"])("%s: chunks of no length in a dimension of no length are read", async (path) => {
  const values = new Map(
    Object.entries(documents).map(([key, document]) => [key, new TextEncoder().encode(JSON.stringify(document))]),
  );
  const array = await openArray(new MemoryStore({ values }), { path });
  expect(array.shape).toEqual([0]);
  expect((await array.get()).data).toEqual(new Float32Array());
});
