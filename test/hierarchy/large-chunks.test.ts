import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createArray, MemoryStore, openArray } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { buildArchive, bytesOf } from "../zip/build-archive.js";

const folder = temporaryFolder();
const limit = expect.objectContaining({ code: "ERR_LIMIT" });

test("chunks of 2^40 elements: a missing one is the fill value; all else is ERR_LIMIT", async () => {
  const array = await createArray(new MemoryStore(), {
    shape: [2 ** 40],
    chunks: [2 ** 40],
    dtype: "float32",
    fillValue: 7,
  });
  expect(await array.get([5])).toBe(7);
  await expect(array.getChunk([0])).rejects.toEqual(limit);
  await expect(array.set([5], 1)).rejects.toEqual(limit);
});

test("a chunk that is too large is not read: one deflated to few bytes would take the memory that it claims", async () => {
  const document = {
    zarr_format: 3,
    node_type: "array",
    shape: [2 ** 31],
    data_type: "uint8",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [2 ** 31] } },
    chunk_key_encoding: { name: "default" },
    fill_value: 0,
    codecs: [{ name: "bytes" }],
  };
  const file = `${folder}/x.zip`;
  // Reading it would fail with ERR_CHECKSUM.
  const damaged = { name: "c/0", payload: bytesOf("data"), central: { 16: 1 }, local: { 14: 1 } };
  writeFileSync(file, buildArchive([{ name: "zarr.json", payload: bytesOf(JSON.stringify(document)) }, damaged]));
  const array = await openArray(file);
  try {
    await expect(array.get([0])).rejects.toEqual(limit);
  } finally {
    await array.close();
  }
});
