// A folder of .npy files becomes one ZIP, an array for each file.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createArray, openGroup, ZipStore } from "zarrzip";

await mkdir("npy", { recursive: true });
await writeFile("npy/depth.npy", npyOf("<f4", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)));
await writeFile("npy/columns.npy", npyOf("<f4", [2, 3], Float32Array.of(1, 4, 2, 5, 3, 6), "True"));
await writeFile("npy/mask.npy", npyOf("|u1", [4], Uint8Array.of(1, 0, 0, 1)));

const store = await ZipStore.open("arrays.zarr.zip", { mode: "w" });
for (const name of (await readdir("npy")).filter((file) => file.endsWith(".npy")).sort()) {
  const { dtype, shape, order, bytes } = parseNpy(await readFile(`npy/${name}`));
  const array = await createArray(store, { path: name.slice(0, -4), shape, dtype, order, compressors: "zstd" });
  const data = array.dataType.fromBytes(bytes);
  // In Fortran order the first dimension's neighbours lie next to each other: the strides say so.
  const stride = order === "C" ? stridesOf([...shape].reverse()).reverse() : stridesOf(shape);
  await array.set(null, { data, shape, stride });
}
await store.close();

const root = await openGroup("arrays.zarr.zip");
console.log(await root.tree());
for (const path of ["depth", "columns"]) console.log(path, [...(await (await root.get(path)).get([1])).data]);
await root.close();

/** The parts of an .npy file: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
function parseNpy(file) {
  const wide = file[6] > 1;
  const start = wide ? 12 : 10;
  const end = start + (wide ? file.readUInt32LE(8) : file.readUInt16LE(8));
  const header = file.toString("latin1", start, end);
  const dtype = /'descr': '([^']+)'/.exec(header)[1];
  const shape = /'shape': \(([^)]*)\)/
    .exec(header)[1]
    .split(",")
    .filter((text) => text.trim() !== "")
    .map(Number);
  const order = header.includes("'fortran_order': True") ? "F" : "C";
  return { dtype, shape, order, bytes: new Uint8Array(file.subarray(end)) };
}

/** How far neighbours lie apart along each dimension, where the first dimension's lie next to each other. */
function stridesOf(shape) {
  return shape.map((_, d) => shape.slice(0, d).reduce((a, b) => a * b, 1));
}

function npyOf(descr, shape, data, isFortran = "False") {
  const text = `{'descr': '${descr}', 'fortran_order': ${isFortran}, 'shape': (${shape.join(", ")},), }`;
  const header = Buffer.from(`${text.padEnd(128 - 10 - 1)}\n`, "latin1");
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length, 0]);
  return Buffer.concat([start, header, new Uint8Array(data.buffer)]);
}
