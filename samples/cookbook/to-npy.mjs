// An array becomes an .npy file, which numpy.load() reads: part by part, so that it may be larger than memory.
import { open, readFile } from "node:fs/promises";
import { createArray, openArray, slice, ZipStore } from "zarrzip";

const store = await ZipStore.open("depth.zarr.zip", { mode: "w" });
const data = Float32Array.from({ length: 6 * 4 }, (_, i) => i);
await createArray(store, { path: "depth", shape: [6, 4], chunks: [2, 4], dtype: "float32", data });
await store.close();

const depth = await openArray("depth.zarr.zip", { path: "depth" });
const file = await open("depth.npy", "w");
const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${depth.shape.join(", ")},), }`;
const header = Buffer.from(`${text.padEnd(128 - 10 - 1)}\n`, "latin1");
await file.write(Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length, 0]));
await file.write(header);
const rows = depth.chunks[0];
for (let start = 0; start < depth.shape[0]; start += rows) {
  const part = await depth.get([slice(start, start + rows)]);
  await file.write(depth.dataType.toBytes(part.data)); // little-endian on every machine that Node runs on
}
await file.close();
await depth.close();

const written = await readFile("depth.npy");
console.log(written.toString("latin1", 10, 66));
console.log(written.length - 128, written.readFloatLE(128 + 4 * 23));
