// usage: zarrita.mjs CELL FILE. ZIP files are read through the store of @zarrita/storage, which zarrita brings.
import { openAsBlob } from "node:fs";
import ZipFileStore from "@zarrita/storage/zip";
import * as zarr from "zarrita";
import { windowsOf } from "../rows.mjs";
import { measureMemory, measureTime } from "./measure.mjs";

const [cell, file] = process.argv.slice(2);

async function open() {
  return zarr.open.v3(ZipFileStore.fromBlob(await openAsBlob(file)), { kind: "array" });
}

const works = {
  open: async () => {
    const array = await open();
    return [(await zarr.get(array, array.chunks.map((length) => zarr.slice(length)))).data];
  },
  read: async () => [(await zarr.get(await open())).data],
  windows: async () => {
    const array = await open();
    const regions = [];
    for (const window of windowsOf(array.shape)) {
      const selection = window.map(([start, stop]) => zarr.slice(start, stop));
      regions.push((await zarr.get(array, selection)).data);
    }
    return regions;
  },
};

await (cell === "memory" ? measureMemory(works.read) : measureTime(works[cell]));
