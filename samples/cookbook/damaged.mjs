// A file whose end is lost, as after a download that broke off: what is whole is saved into a new file.
import { readFile, rm, writeFile } from "node:fs/promises";
import { createArray, isZarrError, openArray, recover, ZipStore } from "zarrzip";

const store = await ZipStore.open("rows.zarr.zip", { mode: "w" });
const data = Int32Array.from({ length: 1000 }, (_, i) => i);
await createArray(store, { path: "rows", shape: [1000], chunks: [100], dtype: "int32", compressors: null, data });
await store.close();
const whole = await readFile("rows.zarr.zip");
await writeFile("damaged.zarr.zip", whole.subarray(0, Math.floor(whole.length * 0.6)));

try {
  await openArray("damaged.zarr.zip", { path: "rows" });
} catch (error) {
  if (!isZarrError(error, "ERR_ZIP_TAIL")) throw error;
  await rm("saved.zarr.zip", { force: true });
  const { torn } = await recover("damaged.zarr.zip", "saved.zarr.zip");
  console.log(
    "not whole:",
    torn.map(({ key }) => key),
  );
}

const rows = await openArray("saved.zarr.zip", { path: "rows" });
const chunks = [];
for await (const [chunk] of rows.storedChunks()) chunks.push(chunk);
console.log(
  "chunks that are there:",
  chunks.sort((a, b) => a - b),
  "row 250:",
  await rows.get([250]),
);
await rows.close();
