// usage: ozx-files.mjs FOLDER. Writes one image as zipped OME-Zarr in every way that there is, by the built library and program. Prints as JSON
// the names of the files and the arrays that each of them has: element i is the upper bits of i * 0x9e3779b1 + seed.
import { spawnSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createArray, createGroup, DirectoryStore, exportZip } from "zarrzip";

const program = fileURLToPath(new URL("../../dist/cli/index.js", import.meta.url));
process.chdir(process.argv[2]);

const arrays = [
  { path: "0", shape: [64, 48], dtype: "uint16", seed: 1 },
  { path: "1", shape: [32, 24], dtype: "uint16", seed: 2 },
  { path: "labels/cells/0", shape: [64, 48], dtype: "uint8", seed: 3 },
];
const axes = ["y", "x"].map((name) => ({ name, type: "space" }));
const datasets = (count) =>
  Array.from({ length: count }, (_, level) => {
    const coordinateTransformations = [{ type: "scale", scale: [2 ** level, 2 ** level] }];
    return { path: `${level}`, coordinateTransformations };
  });

/** Attributes of the groups, as OME-Zarr 0.4 has them, or 0.5. */
function groups(version) {
  const own = version === "0.4" ? { version } : {};
  const found = {
    "": { multiscales: [{ ...own, name: "image", axes, datasets: datasets(2) }] },
    labels: { labels: ["cells"] },
    "labels/cells": { multiscales: [{ ...own, name: "cells", axes, datasets: datasets(1) }], "image-label": own },
  };
  const attributes = (ome) => (version === "0.4" ? ome : { ome: { version, ...ome } });
  return Object.entries(found).map(([path, ome]) => ({ path, attributes: attributes(ome) }));
}

async function writeImage(folder, version, layout) {
  const store = await DirectoryStore.open(folder, { mode: "w" });
  const zarrFormat = version === "0.4" ? 2 : 3;
  for (const group of groups(version)) await createGroup(store, { zarrFormat, ...group });
  for (const { seed, ...array } of arrays) {
    const bits = array.dtype === "uint8" ? 8 : 16;
    const length = array.shape[0] * array.shape[1];
    const data = Array.from({ length }, (_, i) => ((Math.imul(i, 0x9e3779b1) + seed) >>> 0) >>> (32 - bits));
    await createArray(store, { zarrFormat, ...array, ...layout, data });
  }
  await store.close();
}

function run(...words) {
  const { status, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: "utf8" });
  if (status !== 0) throw new Error(`zarrzip ${words.join(" ")} ended with ${status}: ${stderr}`);
}

await writeImage("image.zarr", "0.5", { chunks: [16, 16], shards: [32, 32], dimensionNames: ["y", "x"] });
await writeImage("old.zarr", "0.4", { chunks: [16, 16], compressors: "blosc" });

run("pack", "--rfc9", "image.zarr", "-o", "packed.ozx");

copyFileSync("packed.ozx", "appended.ozx");
run("cp", "image.zarr:0", "appended.ozx:0", "--overwrite");
run("pack", "--rfc9", "appended.ozx", "-o", "packed-again.ozx");

copyFileSync("appended.ozx", "repacked.ozx");
run("repack", "repacked.ozx");

run("pack", "image.zarr", "-o", "made.ozx");
run("repack", "--rfc9", "made.ozx");

run("convert", "--rfc9", "image.zarr", "converted.ozx", "--chunks", "8,8", "--shards", "64,64", "--codec", "gzip:5");

run("convert", "--rfc9", "old.zarr", "converted-from-0.4.ozx", "--shards", "32,32");

const store = await DirectoryStore.open("image.zarr");
writeFileSync("exported.ozx", new Uint8Array(await new Response(exportZip(store, { profile: "rfc9" })).arrayBuffer()));
await store.close();

const made = ["packed", "packed-again", "repacked", "made", "converted", "converted-from-0.4", "exported"];
const files = made.map((name) => `${name}.ozx`);
console.log(JSON.stringify({ files, arrays }));
