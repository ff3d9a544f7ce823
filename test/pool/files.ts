// Files that the tests of the pool read, written by the built package without a pool.
import { expect } from "vitest";
import { createArray, openArray, type Values, type ZarrArray, ZipStore } from "../../dist/index.js";
import { WorkerPool, type WorkerPoolOptions } from "../../dist/pool/index.js";

type Options = Omit<Parameters<typeof createArray>[1], "data">;

/** Writes an array into a new file, and opens it for reading. Closing the array closes the file. */
export async function arrayFile(path: string, options: Options, data: Values<string>): Promise<ZarrArray> {
  const store = await ZipStore.open(path, { mode: "w" });
  await createArray(store, { path: "a", ...options, data });
  await store.close();
  return await openFile(path);
}

export async function openFile(path: string): Promise<ZarrArray> {
  return await openArray(path, { path: "a" });
}

/** The numbers from 0 on, so that the value at each index of a C-order array is known. */
export function counting(elements: number): Uint32Array {
  return Uint32Array.from({ length: elements }, (_, i) => i);
}

/** A pool whose two workers are ready: until then the thread that asks begins to read by itself. */
export async function readyPool(options: WorkerPoolOptions): Promise<WorkerPool> {
  const pool = new WorkerPool({ workers: 2, ...options });
  const items = Array.from({ length: 4 }, (_, value) => ({ value }));
  for (let workers = 0; workers < 2; ) {
    for await (const { index } of pool.run(new URL("task.mjs", import.meta.url), undefined, items)) {
      expect(index).toBeLessThan(4);
    }
    workers = (await pool.stats()).workers.filter(({ memory }) => memory !== undefined).length;
  }
  return pool;
}

/** Expects the same values, bit for bit; much faster than `toEqual` where there are many. */
export function expectValues(found: unknown, want: Uint32Array): void {
  expect(found).toBeInstanceOf(Uint32Array);
  const { buffer, byteOffset, byteLength } = found as Uint32Array;
  const bytes = new Uint8Array(want.buffer, want.byteOffset, want.byteLength);
  expect(Buffer.compare(new Uint8Array(buffer, byteOffset, byteLength), bytes)).toBe(0);
}

/** Resolves when nothing is under way any more: what was aborted ends a little later. */
export async function settled(pool: WorkerPool): Promise<void> {
  while ((await pool.stats()).bytesInFlight > 0) await new Promise(setImmediate);
}
