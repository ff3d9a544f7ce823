// Test data for Vitest's workers: the file is written once, before the run, and its state goes to every worker with `provide`.
// Tests get it with `inject`, whether they run in threads or in processes. The tests are those of vitest/ beside this file.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startVitest } from "vitest/node";
import { createArray, openArray, ZipStore } from "zarrzip";

const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
try {
  const file = join(folder, "heights.zarr.zip");
  const store = await ZipStore.open(file, { mode: "w" });
  try {
    const data = Array.from({ length: 12 }, (_, i) => i * 10);
    await createArray(store, { path: "heights", shape: [4, 3], chunks: [2, 3], dtype: "int32", data });
    await store.close();
  } finally {
    await store.abort();
  }
  const heights = await openArray(file, { path: "heights" });
  try {
    for (const pool of ["threads", "forks"]) await run(pool, heights);
  } finally {
    await heights.close();
  }
} finally {
  await rm(folder, { recursive: true });
}

async function run(pool, heights) {
  const vitest = await startVitest("test", [], {
    root: fileURLToPath(new URL("vitest", import.meta.url)),
    config: false,
    include: ["*.spec.mjs"],
    watch: false,
    pool,
    reporters: [{}], // one that says nothing
    provide: { heights: heights.getState(), runner: { pool, pid: process.pid } },
  });
  const modules = vitest.state.getTestModules();
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  for (const test of tests) {
    const { errors = [] } = test.result();
    for (const { message } of errors) console.log(`${pool}: ${test.fullName}: ${message}`);
  }
  const passed = tests.filter((test) => test.ok() && test.result().state === "passed").length;
  console.log(`${pool}: ${passed} of ${tests.length} tests passed, in ${modules.length} files`);
  try {
    vitest.provide("heights", heights); // the instance, not its state
  } catch (error) {
    console.log(`${pool}: the instance itself is refused: ${error.cause?.name}`);
  }
  await vitest.close();
}
