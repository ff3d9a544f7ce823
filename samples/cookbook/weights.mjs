// Weights of a model: many named arrays, written in one commit, and read back into memory that is there already.
import { createHierarchy, openGroup, ZipStore } from "zarrzip";

const weights = {
  "encoder/0/weight": { shape: [64, 32], data: Float32Array.from({ length: 64 * 32 }, (_, i) => i / 2048) },
  "encoder/0/bias": { shape: [64], data: new Float32Array(64).fill(0.5) },
  "head/weight": { shape: [10, 64], data: new Float32Array(10 * 64).fill(0.25) },
};

const store = await ZipStore.open("model.zarr.zip", { mode: "w" });
const nodes = Object.entries(weights).map(([path, { shape }]) => [path, { shape, chunks: shape, dtype: "float32" }]);
await createHierarchy(store, { "": { attributes: { step: 1200 } }, ...Object.fromEntries(nodes) });
const written = await openGroup(store);
for (const [path, { data }] of Object.entries(weights)) await (await written.get(path)).set(null, data);
await store.close(); // all of them, or none

const model = await openGroup("model.zarr.zip");
const arrays = (await model.members({ maxDepth: Number.POSITIVE_INFINITY })).filter((node) => node.shape !== undefined);
for (const array of arrays) {
  const out = new Float32Array(array.size);
  await array.get(null, { out });
  console.log(
    array.path,
    array.shape,
    out.every((value, i) => value === weights[array.path].data[i]),
  );
}
console.log("step", model.attributes.step);
await model.close();
