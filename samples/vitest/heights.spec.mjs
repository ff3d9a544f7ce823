// Tests that share one file. Each runs in a worker of Vitest, opens the file by the state that it is given, and closes it.
import { isMainThread } from "node:worker_threads";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { restore } from "zarrzip";

let heights;

beforeAll(async () => {
  heights = await restore(inject("heights"));
});
afterAll(() => heights.close());

test("this is a worker of the pool that was asked for", () => {
  const { pool, pid } = inject("runner");
  expect(isMainThread).toBe(pool === "forks");
  expect(process.pid === pid).toBe(pool === "threads");
});

test("values are those that the runner wrote", async () => {
  const { data } = await heights.get();
  expect([...data]).toEqual(Array.from({ length: 12 }, (_, i) => i * 10));
});

test("a test cannot change what the others read", async () => {
  await expect(heights.set(null, 0)).rejects.toMatchObject({ code: "ERR_READ_ONLY" });
});
