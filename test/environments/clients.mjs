// Gives a store of an OME-Zarr file to libraries that read from zarrita's stores, and compares what they read with what was written.
import assert from "node:assert/strict";
import { fromNgffZarr } from "@fideus-labs/ngff-zarr";
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
console.log("zarrita, ngff-zarr and ome-zarr.js read an .ozx from a ZipStore");
