// A caller's signal may live as long as its program: no call leaves anything with it.

import { getEventListeners } from "node:events";
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { createArray, openArray, ZipStore } from "../../dist/index.js";
import { WorkerPool } from "../../dist/pool/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();

/** What hangs on a signal: its listeners, and the members of lists that the runtime keeps with it. */
function attached(signal: AbortSignal): number {
  const lists = Object.getOwnPropertySymbols(signal).map(
    (symbol) => (signal as never)[symbol] as { size?: number } | undefined,
  );
  const sizes = lists.map((list) => list?.size ?? 0);
  return getEventListeners(signal, "abort").length + sizes.reduce((sum, size) => sum + size, 0);
}

test("attached() finds listeners, and the signals that depend on one", () => {
  const { signal } = new AbortController();
  const before = attached(signal);
  signal.addEventListener("abort", () => undefined);
  const either = AbortSignal.any([signal, new AbortController().signal]);
  expect(attached(signal)).toBeGreaterThan(before + 1);
  expect(either.aborted).toBe(false);
});

test("nothing is left with a signal by any call that takes one, whether it succeeds or fails", async () => {
  const { signal } = new AbortController();
  const before = attached(signal);
  const path = `${folder}/a.zip`;
  const count = 600_000;
  const data = new Float64Array(count).fill(7);
  const writer = await ZipStore.open(path, { mode: "a" });
  const array = await createArray(writer, { path: "a", shape: [count], chunks: [100_000], dtype: "float64", data });
  await writer.flush({ signal });
  await array.set(null, 3, { signal });
  await writer.flush({ signal });
  await array.append([1, 2], { flush: true, signal });
  await writer.transaction(async (values) => await values.set("k", new Uint8Array(1)), { signal });
  await writer.close();
  const reader = await openArray(path, { path: "a" });
  await reader.get(null, { signal });
  await reader.getMany([null], { signal });
  await reader.getChunk([0], { signal });
  await expect(reader.get([count + 9], { signal })).rejects.toThrow();
  for (const kind of ["thread", "process"] as const) {
    const pool = new WorkerPool({ kind, workers: 1 });
    await pool.read(reader, null, { signal });
    for await (const { coords } of pool.chunks(reader, { signal })) if (coords[0] === 3) break;
    const task = new URL("../pool/task.mjs", import.meta.url);
    for await (const { index } of pool.run(task, undefined, [1], { signal })) expect(index).toBe(0);
    const failing = pool.run(task, undefined, [{ do: "throw" }], { signal });
    await expect(failing.next()).rejects.toMatchObject({ code: "ERR_TASK" });
    await pool.close();
  }
  await reader.close();
  expect(readdirSync(folder)).toEqual(["a.zip"]);
  expect(attached(signal)).toBe(before);
});
