// One array in one ZIP file: create it, write parts of it, open it again and read parts of it.
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createArray, openArray, slice, ZipStore } from "zarrzip";

const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
const file = join(folder, "depth.zarr.zip");

try {
  // A new file is written beside its place. It takes its name when it is complete: at flush(), or at close().
  const store = await ZipStore.open(file, { mode: "w" });
  try {
    const depth = await createArray(store, {
      path: "depth",
      shape: [6, 8],
      chunks: [3, 4],
      dtype: "float32",
      fillValue: -1,
      dimensionNames: ["y", "x"],
      attributes: { units: "m" },
    });
    await depth.set([0, null], [0, 1, 2, 3, 4, 5, 6, 7]); // the first row
    await depth.set([slice(1, 3), slice(2, 6)], 20); // a window, filled with one number
    await store.close();
  } finally {
    await store.abort(); // after close() there is nothing to do; after an error this discards the half-written file
  }
  console.log(`wrote one file: ${(await stat(file)).isFile()}`);

  // A file name opens the file read-only, and close() releases it.
  const depth = await openArray(file, { path: "depth" });
  try {
    console.log(
      `opened ${depth.dtype} [${depth.shape}] in chunks of [${depth.chunks}], units: ${depth.attributes.units}`,
    );

    const window = await depth.get([slice(0, 3), slice(1, 5)]);
    console.log(`rows 0 to 2, columns 1 to 4: shape [${window.shape}], a ${window.data.constructor.name}`);
    for (let row = 0; row < window.shape[0]; row++) {
      console.log(`  ${[...window.data.subarray(row * 4, row * 4 + 4)].join(" ")}`);
    }

    console.log(`one element: ${await depth.get([2, 3])}`);
    const { data } = await depth.get([null, -1]); // negative indices count from the end
    console.log(`last column: ${data.join(" ")}`);

    // Chunks that hold nothing but the fill value are not stored.
    const stored = [];
    for await (const coords of depth.storedChunks()) stored.push(`[${coords}]`);
    console.log(`stored chunks: ${stored.join(" ")} of 4`);
  } finally {
    await depth.close();
  }
} finally {
  await rm(folder, { recursive: true });
}
