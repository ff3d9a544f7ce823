// zarrita, the Zarr library for browsers and Node, reads from our ZipStore as it is: no adapter between them.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as zarr from "zarrita";
import { createGroup, openArray, slice, ZipStore } from "zarrzip";

const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
const file = join(folder, "waves.zarr.zip");

try {
  const store = await ZipStore.open(file, { mode: "w" });
  try {
    const data = Float32Array.from({ length: 40 * 50 }, (_, i) => Math.sin(i / 50) * 100);
    const group = await createGroup(store, { attributes: { title: "Waves" } });
    await group.createArray({ path: "height", shape: [40, 50], chunks: [16, 16], dtype: "float32", data });
    await store.close();
  } finally {
    await store.abort();
  }

  const zipStore = await ZipStore.open(file);
  try {
    const group = await zarr.open(zipStore, { kind: "group" });
    console.log(`zarrita opened the group: ${group.attrs.title}`);

    const theirs = await zarr.open(group.resolve("height"), { kind: "array" });
    console.log(`zarrita opened the array: ${theirs.dtype} [${theirs.shape}] in chunks of [${theirs.chunks}]`);

    const ours = await openArray(zipStore, { path: "height" });
    console.log(`the whole array is equal: ${isEqual(await zarr.get(theirs), await ours.get())}`);

    const window = await zarr.get(theirs, [zarr.slice(10, 30, 3), null]);
    console.log(`a strided window is equal: ${isEqual(window, await ours.get([slice(10, 30, 3), null]))}`);
  } finally {
    await zipStore.close();
  }
} finally {
  await rm(folder, { recursive: true });
}

/** Whether two results have the same shape, strides and bits. */
function isEqual(a, b) {
  const bytes = ({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return `${a.shape}` === `${b.shape}` && `${a.stride}` === `${b.stride}` && bytes(a).equals(bytes(b));
}
