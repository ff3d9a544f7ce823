// Arrays behind URLs, read by a pool.
import { expect, test } from "vitest";
import { createArray, exportZip, MemoryStore, openArray } from "../../dist/index.js";
import { WorkerPool } from "../../dist/pool/index.js";
import { faultServer } from "../http/fault-server.js";

const server = faultServer();
const values = Float32Array.from({ length: 1024 * 1024 }, (_, i) => i);

test("a pool of threads reads a remote array by a few requests of each worker", async () => {
  const store = new MemoryStore();
  const shape = { shape: [1024, 1024], chunks: [64, 64], dtype: "float32", compressors: null } as const;
  await createArray(store, { ...shape, data: values });
  const bytes = new Uint8Array(await new Response(exportZip(store)).arrayBuffer());
  const array = await openArray(server.serve("/a.zip", bytes));
  const pool = new WorkerPool({ workers: 2 });
  try {
    server.log.length = 0;
    expect(((await pool.read(array)) as { data: Float32Array }).data).toEqual(values);
    // 256 chunks: each participant claims an eighth or so at once, and opens the archive by its two ends.
    expect(server.log.length).toBeLessThanOrEqual(16);
  } finally {
    await pool.close();
    await array.close();
  }
});
