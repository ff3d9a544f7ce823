import { describe, expect, test } from "vitest";
import { createArray, openArray, type ZarrArray, ZipStore } from "../../dist/index.js";
import { WorkerPool } from "../../dist/pool/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { arrayFile, counting, settled } from "./files.js";

const folder = temporaryFolder();

describe.each(["thread", "process"] as const)("%s: chunks", (kind) => {
  /** 5 × 4 chunks of 120,000 bytes. */
  async function countingArray(): Promise<ZarrArray> {
    const options = { shape: [500, 1150], chunks: [100, 300], dtype: "uint32" };
    return await arrayFile(`${folder}/${kind}.zip`, options, counting(500 * 1150));
  }

  test.each([true, false])("ordered: %s: every chunk once, as getChunk gives it", async (ordered) => {
    const array = await countingArray();
    const pool = new WorkerPool({ kind, workers: 2 });
    const found: string[] = [];
    for await (const { coords, data } of pool.chunks(array, { ordered })) {
      found.push(coords.join());
      expect(data).toEqual(await array.getChunk(coords));
      expect(data.data[0]).toBe(coords[0]! * 100 * 1150 + coords[1]! * 300);
    }
    const expected = Array.from({ length: 20 }, (_, i) => `${Math.floor(i / 4)},${i % 4}`);
    expect(ordered ? found : found.sort()).toEqual(expected);
    expect((await pool.stats()).bytesDecoded).toBe(20 * 120_000);
    await Promise.all([pool.close(), array.close()]);
  });

  test("stored: only those that are stored, within the array, in C order", async () => {
    const path = `${folder}/${kind}-stored.zip`;
    const store = await ZipStore.open(path, { mode: "w" });
    const array = await createArray(store, { shape: [4, 4], chunks: [1, 2], dtype: "string", fillValue: "none" });
    await array.set([3, 0], "last");
    await array.set([1, 2], "middle");
    await store.set("c/9/0", new Uint8Array(8));
    await store.close();
    const reader = await openArray(path);
    const pool = new WorkerPool({ kind, workers: 2 });
    const found: unknown[] = [];
    for await (const { coords, data } of pool.chunks(reader, { stored: true })) found.push([coords, data.data]);
    expect(found).toEqual([
      [
        [1, 1],
        ["middle", "none"],
      ],
      [
        [3, 0],
        ["last", "none"],
      ],
    ]);
    await Promise.all([pool.close(), reader.close()]);
  });

  test.each([
    ["window", 2 ** 28, 4],
    ["memory limit", 3 * 120_000 + 1, 3],
    ["memory limit below one chunk", 1, 1],
  ])("a slow consumer is not overrun: %s", async (_, memoryLimit, atMost) => {
    const array = await countingArray();
    const pool = new WorkerPool({ kind, workers: 2, memoryLimit });
    let most = 0;
    let count = 0;
    for await (const { coords } of pool.chunks(array)) {
      // Results arrive while this waits for the workers' reports.
      for (let turn = 0; turn < 3; turn++) most = Math.max(most, (await pool.stats()).bytesInFlight);
      expect(coords).toEqual([Math.floor(count / 4), count++ % 4]);
    }
    expect([count, most]).toEqual([20, atMost * 120_000 + (atMost === 4 ? 120_000 : 0)]);
    await settled(pool);
    await Promise.all([pool.close(), array.close()]);
  });

  test("a loop that is left, or aborted, decodes nothing more, and the pool keeps working", async () => {
    const array = await countingArray();
    const pool = new WorkerPool({ kind, workers: 2 });
    for await (const { coords } of pool.chunks(array)) {
      expect(coords).toEqual([0, 0]);
      break;
    }
    const controller = new AbortController();
    const aborted = async () => {
      for await (const _ of pool.chunks(array, { signal: controller.signal })) controller.abort(new Error("enough"));
    };
    await expect(aborted()).rejects.toThrow("enough");
    let count = 0;
    for await (const _ of pool.chunks(array, { ordered: false })) count++;
    expect(count).toBe(20);
    expect((await pool.stats()).tasks.done).toBeLessThan(20 + 12);
    await settled(pool);
    await Promise.all([pool.close(), array.close()]);
  });
});

test("without workers the calling thread decodes", async () => {
  const array = await arrayFile(`${folder}/none.zip`, { shape: [3], chunks: [1], dtype: "uint32" }, [1, 2, 3]);
  const pool = new WorkerPool({ workers: 0 });
  const found: unknown[] = [];
  for await (const { coords, data } of pool.chunks(array)) found.push([coords[0], data.data[0]]);
  expect(found).toEqual([
    [0, 1],
    [1, 2],
    [2, 3],
  ]);
  await Promise.all([pool.close(), array.close()]);
});
