// usage: clients.mjs FOLDER, with what ozx-files.mjs has written there, as JSON, on standard input. Gives a store of an OME-Zarr file to
// libraries that read from zarrita's stores, and compares what they read with what was written; and has them read each of the files there by themselves.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromNgffZarr, readOzxJsonFirst, readOzxVersion } from "@fideus-labs/ngff-zarr";
import ZipFileStore from "@zarrita/storage/zip";
import { getMultiscaleWithArray } from "ome-zarr.js";
import * as zarrita from "zarrita";
import { createArray, createGroup, exportZip, MemoryStore, ZipStore } from "zarrzip";

const memory = new MemoryStore();
const axes = ["y", "x"].map((name) => ({ name, type: "space" }));
const scaled = (level) => [{ type: "scale", scale: [2 ** level, 2 ** level] }];
const datasets = [0, 1].map((level) => ({ path: `${level}`, coordinateTransformations: scaled(level) }));
const channels = [{ color: "FFFFFF", window: { start: 0, end: 255, min: 0, max: 255 }, active: true }];
const ome = { version: "0.5", multiscales: [{ name: "image", axes, datasets }], omero: { channels } };
await createGroup(memory, { attributes: { ome } });
for (const level of [0, 1]) {
  const side = 64 >> level;
  const data = Uint16Array.from({ length: side * side }, (_, i) => i + level);
  const options = { chunks: [32, 32], dtype: "uint16", dimensionNames: ["y", "x"], compressors: "gzip" };
  await createArray(memory, { path: `${level}`, shape: [side, side], ...options, data });
}
const ozx = await new Response(exportZip(memory, { profile: "rfc9" })).blob();

const store = await ZipStore.open(new File([ozx], "image.ozx"));
const array = await zarrita.open(zarrita.root(store).resolve("0"), { kind: "array" });
assert.equal((await zarrita.get(array)).data.at(-1), 4095);
const { images } = await fromNgffZarr(store);
assert.deepEqual(images[1].data.shape, [32, 32]);
assert.equal((await images[1].data.getChunk([0, 0])).data.at(-1), 1024);
const { arr, shapes } = await getMultiscaleWithArray(store, 0);
assert.deepEqual(shapes, [
  [64, 64],
  [32, 32],
]);
assert.equal((await arr.getChunk([1, 1])).data.at(-1), 4095);
await store.close();

const { files, arrays } = JSON.parse(readFileSync(0, "utf8"));
for (const file of files) {
  const bytes = readFileSync(join(process.argv[2], file));
  assert.deepEqual([readOzxVersion(bytes), readOzxJsonFirst(bytes)], ["0.5", true], file);
  const own = ZipFileStore.fromBlob(new Blob([bytes]));
  const levels = { ngff: (await fromNgffZarr(own)).images.map(({ data }) => data), ome: [] };
  for (const level of [0, 1]) levels.ome.push((await getMultiscaleWithArray(own, level)).arr);
  for (const [library, read] of Object.entries(levels)) {
    for (const [level, array] of read.entries()) {
      const { shape, seed } = arrays.find(({ path }) => path === `${level}`);
      assert.deepEqual(array.shape, shape, `${file} by ${library}`);
      await assertChunks(array, shape, seed, `${file} by ${library}, level ${level}`);
    }
  }
}
console.log(`zarrita, ngff-zarr and ome-zarr.js read an .ozx from a ZipStore, and by themselves ${files.join(", ")}`);

/** Compares chunk by chunk: each library has its own zarrita, and none reads another's arrays as a whole. */
async function assertChunks(array, [height, width], seed, message) {
  const [rows, columns] = array.chunks;
  for (let y = 0; y < height; y += rows) {
    for (let x = 0; x < width; x += columns) {
      const { data, stride } = await array.getChunk([y / rows, x / columns]);
      for (let i = 0; i < Math.min(rows, height - y) * Math.min(columns, width - x); i++) {
        const [row, column] = [Math.floor(i / Math.min(columns, width - x)), i % Math.min(columns, width - x)];
        const expected = ((Math.imul((y + row) * width + x + column, 0x9e3779b1) + seed) >>> 0) >>> 16;
        assert.equal(data[row * stride[0] + column * stride[1]], expected, message);
      }
    }
  }
}
