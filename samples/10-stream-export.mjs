// A store as a stream, for outputs that cannot seek: a pipe, an HTTP response. Here a child process exports a store to its
// standard output, and the parent writes what comes out of the pipe to a file and reads it with the same library.
// This file is both the parent and the child.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createGroup, openGroup, ZipStore } from "zarrzip";

if (process.argv[2] === "export") await exportTo(process.argv[3], process.stdout);
else await main();

async function main() {
  const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
  const [original, copy] = ["original.zarr.zip", "copy.zarr.zip"].map((name) => join(folder, name));
  try {
    await createSeries(original);
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), "export", original], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    await pipeline(child.stdout, createWriteStream(copy));
    console.log(`exported through a pipe, exit code ${(await ended)[0]}`);

    const [before, after] = [await openGroup(original), await openGroup(copy)];
    try {
      console.log(await after.tree());
      for (const array of await before.members()) {
        const [{ data: expected }, { data: found }] = [await array.get(), await (await after.get(array.path)).get()];
        console.log(
          `${array.path}: ${Buffer.compare(bytesOf(expected), bytesOf(found)) === 0 ? "equal" : "DIFFERENT"}`,
        );
      }
    } finally {
      await before.close();
      await after.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs in the child. Memory stays bounded by one entry: the next is read when the last has been taken. */
async function exportTo(file, output) {
  const store = await ZipStore.open(file);
  try {
    await pipeline(store.export(), output);
  } finally {
    await store.close();
  }
}

async function createSeries(file) {
  const store = await ZipStore.open(file, { mode: "w" });
  try {
    const group = await createGroup(store);
    const time = Int32Array.from({ length: 5000 }, (_, i) => i * 60);
    await group.createArray({ path: "time", shape: [5000], chunks: [1000], dtype: "int32", data: time });
    const level = Float64Array.from(time, (seconds) => Math.cos(seconds / 44_712));
    await group.createArray({ path: "level", shape: [5000], chunks: [1000], dtype: "float64", data: level });
    await store.close();
  } finally {
    await store.abort();
  }
}

function bytesOf({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength);
}
