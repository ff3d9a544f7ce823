// Files for pools, as each codec stores the same values, and the same ones with one byte of each array changed.
import { readFileSync, writeFileSync } from "node:fs";
import { createArray, ZipStore } from "zarrzip";

const codecs = {
  none: { compressors: null },
  zstd: { compressors: "zstd" },
  gzip: { compressors: "gzip" },
  blosc: { compressors: [{ name: "blosc" }] },
  sharded: { compressors: "zstd", chunks: [125, 250], shards: [500, 500] },
};

/** @param side - elements along each of two dimensions */
export async function writePoolFile(path, side = 1000, chunks = [250, 500]) {
  const store = await ZipStore.open(path, { mode: "w" });
  const data = Uint16Array.from(
    { length: side * side },
    (_, i) => 1000 * Math.sin(i / 99) + (Math.imul(i, 2654435761) >>> 29) + 1000,
  );
  for (const [name, options] of Object.entries(codecs)) {
    const array = { path: name, shape: [side, side], chunks, dtype: "uint16", ...options };
    await createArray(store, { ...array, data });
  }
  await store.close();
}

/** The same file, in which one byte of the values of each array is another one. */
export async function writeCorrupt(path, target) {
  const store = await ZipStore.open(path);
  const bytes = readFileSync(path);
  for (const { name, offset, compressedSize } of await store.entries()) {
    if (name.endsWith("/c/1/1")) bytes[offset + 200 + Math.floor(compressedSize / 2)] ^= 1;
  }
  await store.close();
  writeFileSync(target, bytes);
}
