// What workers count of parts is what one thread counts of them.
import { describe, expect, test } from "vitest";
import { slice, summarize } from "../../dist/index.js";
import { WorkerPool } from "../../dist/pool/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { arrayFile, readyPool } from "./files.js";

const folder = temporaryFolder();

describe.each(["thread", "process"] as const)("%s", (kind) => {
  test("parts of 16 MiB are counted by workers, and merged in their order", async () => {
    const length = 5_000_000;
    const data = Float64Array.from({ length }, (_, i) => (i % 1000 === 0 ? Number.NaN : Math.sin(i) * i));
    const layout = { shape: [length], chunks: [1_000_000], dtype: "float64", compressors: null } as const;
    const array = await arrayFile(`${folder}/${kind}.zip`, layout, data);
    const pool = await readyPool({ kind });
    try {
      const before = (await pool.stats()).tasks.done;
      const options = { bins: 10, selection: [slice(7, null)] };
      expect(await pool.summarize(array, options)).toEqual(await summarize(array, options));
      expect((await pool.stats()).tasks.done - before).toBe(2 * 3);
      expect(await pool.summarize(array, { selection: [slice(9)] })).toMatchObject({ count: 9, nanCount: 1 });
      const reason = new Error("enough");
      await expect(pool.summarize(array, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    } finally {
      await pool.close();
      await array.close();
    }
  });
});

test("a pool without workers leaves it to the calling thread", async () => {
  const layout = { shape: [3], dtype: "int64" } as const;
  const array = await arrayFile(`${folder}/small.zip`, layout, BigInt64Array.of(1n, 2n, 2n ** 62n));
  const pool = new WorkerPool({ workers: 0 });
  expect(await pool.summarize(array)).toMatchObject({ min: 1n, max: 2n ** 62n });
  await pool.close();
  await array.close();
});
