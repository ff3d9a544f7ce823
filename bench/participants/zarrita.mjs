// usage: zarrita.mjs CELL FILE. ZIP files are read through the store of @zarrita/storage, which zarrita brings. It is given a
// descriptor of the file: with a Blob it would open the file for every chunk, and fail where there are many.
import { open as openFile } from "node:fs/promises";
import ZipFileStore from "@zarrita/storage/zip";
import * as zarr from "zarrita";
import { windowsOf } from "../rows.mjs";
import { measureMemory, measureTime } from "./measure.mjs";

const [cell, file] = process.argv.slice(2);

/** Opens the file, hands the array over, and closes it. */
async function opened(use) {
  const handle = await openFile(file);
  try {
    const reader = {
      getLength: async () => (await handle.stat()).size,
      read: async (offset, length) => (await handle.read(new Uint8Array(length), 0, length, offset)).buffer,
    };
    return await use(await zarr.open.v3(new ZipFileStore(reader), { kind: "array" }));
  } finally {
    await handle.close();
  }
}

const works = {
  open: () =>
    opened(async (array) => {
      const first = array.chunks.map((length) => zarr.slice(length));
      return [(await zarr.get(array, first)).data];
    }),
  read: () => opened(async (array) => [(await zarr.get(array)).data]),
  windows: () =>
    opened(async (array) => {
      const regions = [];
      for (const window of windowsOf(array.shape)) {
        const selection = window.map(([start, stop]) => zarr.slice(start, stop));
        regions.push((await zarr.get(array, selection)).data);
      }
      return regions;
    }),
};

await (cell === "memory" ? measureMemory(works.read) : measureTime(works[cell]));
