// Arrays in bytes and blobs, which workers get with the state.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openArray } from "../../dist/index.js";
import { WorkerPool } from "../../dist/pool/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { arrayFile, counting, expectValues } from "./files.js";

const folder = temporaryFolder();
const elements = 1000 * 1000;

test("threads read bytes, a buffer on shared memory, and a Blob", async () => {
  const path = `${folder}/a.zip`;
  const written = { shape: [1000, 1000], chunks: [100, 1000], dtype: "uint32", compressors: "gzip" } as const;
  await (await arrayFile(path, written, counting(elements))).close();
  const bytes = new Uint8Array(readFileSync(path));
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const pool = new WorkerPool({ workers: 2 });
  try {
    for (const given of [bytes, shared, new Blob([bytes])]) {
      const array = await openArray(given, { path: "a" });
      for (let i = 0; i < 2; i++)
        expectValues(((await pool.read(array)) as { data: unknown }).data, counting(elements));
      await array.close();
    }
  } finally {
    await pool.close();
  }
});

test("createWorker is for browsers: by Node ERR_UNSUPPORTED", () => {
  expect(() => new WorkerPool({ createWorker: () => undefined as never })).toThrow(
    expect.objectContaining({ code: "ERR_UNSUPPORTED", message: expect.stringContaining("workerUrl") }),
  );
});
