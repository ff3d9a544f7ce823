// Workers that die in the middle of their work lose no result.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Chunk, createArray, openArray, ZipStore } from "../../dist/index.js";
import { WorkerPool } from "../../dist/pool/index.js";
import { runs } from "../long.js";
import { temporaryFolder } from "../temporary-folder.js";
import { arrayFile, counting, expectValues, openFile, readyPool, settled } from "./files.js";

const folder = temporaryFolder();
const module = new URL("killing-codec.mjs", import.meta.url).href;
const task = new URL("task.mjs", import.meta.url);
/** An even number. */
const kills = Number(process.env.ZARRZIP_KILLS ?? runs(4, 10));
/** Every second one may kill two workers; three would be one too many. */
const chunks = Math.max(64, kills);
const perChunk = 8192;
const elements = chunks * perChunk;
const deadly = {
  path: "a",
  shape: [elements],
  chunks: [perChunk],
  dtype: "uint32",
  codecs: [{ name: "bytes" }, { name: "example.deadly" }] as never,
};

beforeAll(async () => {
  (globalThis as { isTestOfPool?: boolean }).isTestOfPool = true;
  await import(/* @vite-ignore */ module);
});
afterAll(() => {
  delete process.env.ZARRZIP_TEST_KILLS;
});

/** Tells so many workers to die; every second chunk kills two. */
function tell(name: string, times: number): string {
  const orders = `${folder}/${name}`;
  mkdirSync(orders);
  for (let i = 0; i < times; i++) {
    const chunk = Math.floor(i / 2) * 2;
    writeFileSync(`${orders}/${chunk * perChunk}-${i % 2}`, "");
  }
  process.env.ZARRZIP_TEST_KILLS = orders; // workers that start from now on get it
  return orders;
}

describe.each(["thread", "process"] as const)("%s", (kind) => {
  test(`${kills} deaths, one half while chunks are encoded, the other while they are decoded`, async () => {
    const want = counting(elements);
    const path = `${folder}/${kind}.zip`;
    const pool = new WorkerPool({ kind, workers: 2, modules: [module] });
    const written = tell(`${kind}-encode`, kills / 2);
    const store = await ZipStore.open(path, { mode: "w" });
    await pool.write(await createArray(store, deadly), null, want);
    await store.close();
    expect(readdirSync(written)).toEqual([]);
    await pool.close();

    const reading = tell(`${kind}-decode`, kills / 2);
    const reader = await readyPool({ kind, modules: [module] });
    const array = await openArray(path, { path: "a" });
    expectValues(((await reader.read(array)) as Chunk).data, want);
    expect(readdirSync(reading)).toEqual([]);
    const least = kills / 2;
    for (const each of [pool, reader]) {
      const { tasks, started, replaced } = await each.stats();
      expect(tasks).toMatchObject({ failed: 0, retried: least });
      expect(started).toBeLessThanOrEqual(2 + least);
      expect(replaced).toBeGreaterThanOrEqual(least - 2);
    }
    await Promise.all([reader.close(), array.close()]);
  });

  test(`${kills / 2} deaths of tasks: every item has its result`, async () => {
    const orders = `${folder}/${kind}-run`;
    mkdirSync(orders);
    const items = Array.from({ length: kills }, (_, value) => {
      const files = value % 4 === 0 ? [0, 1].map((number) => `${orders}/${value}-${number}`) : [];
      for (const file of files) writeFileSync(file, "");
      return { do: "exit once", files, value, signal: kind === "process" ? "SIGKILL" : undefined };
    });
    const pool = new WorkerPool({ kind, workers: 2 });
    const found: unknown[] = [];
    for await (const { value } of pool.run(task, undefined, items, { concurrency: 4 })) found.push(value);
    expect(found).toEqual(items.map(({ value }) => value));
    expect(readdirSync(orders)).toEqual([]);
    expect((await pool.stats()).tasks.retried).toBeGreaterThanOrEqual(kills / 2);
    await pool.close();
  });

  test("a chunk that kills three workers is rejected with its place; others are read", async () => {
    const path = `${folder}/${kind}-poison.zip`;
    const array = await arrayFile(path, deadly, counting(elements));
    const orders = tell(`${kind}-poison`, 0);
    for (const number of [0, 1, 2]) writeFileSync(`${orders}/${5 * perChunk}-${number}`, "");
    const pool = await readyPool({ kind, modules: [module] });
    await expect(pool.read(array)).rejects.toMatchObject({
      code: "ERR_WORKER",
      message: expect.stringContaining("chunk [5] of the array"),
      details: { file: path, path: "a", chunk: [5], key: "a/c/5" },
    });
    expectValues(((await pool.read(array)) as Chunk).data, counting(elements));
    await settled(pool);
    await Promise.all([pool.close(), array.close()]);
  });

  test("one that dies before it is at a chunk, each time, ends the read", async () => {
    const array = await openFile(`${folder}/${kind}-poison.zip`);
    const foreign = "data:text/javascript,import process from 'node:process'; process.exit(3)";
    const state = array.getState.bind(array);
    array.getState = (options) => ({ ...state(options), modules: [foreign] });
    const pool = await readyPool({ kind, modules: [foreign] });
    await expect(pool.read(array)).rejects.toMatchObject({ code: "ERR_WORKER" });
    await Promise.all([pool.close(), array.close()]);
  });
});

test.runIf(process.platform !== "win32")(
  "processes that are killed from outside, at any moment: nothing is lost",
  async () => {
    const want = counting(elements);
    const options = { shape: [elements], chunks: [perChunk], dtype: "uint32", compressors: [{ name: "gzip" }] };
    const array = await arrayFile(`${folder}/outside.zip`, options, want);
    const pool = await readyPool({ kind: "process" });
    for (let killed = 0; killed < kills; ) {
      const reading = pool.read(array);
      const victims = (await pool.stats()).workers.flatMap(({ pid }) => pid ?? []).slice(0, 1 + (killed % 2));
      for (const pid of victims) {
        process.kill(pid, "SIGKILL");
        killed++;
      }
      const { data } = (await reading) as Chunk<Uint32Array>;
      expect(Buffer.compare(new Uint8Array(data.buffer), new Uint8Array(want.buffer))).toBe(0);
    }
    await Promise.all([pool.close(), array.close()]);
  },
);

test("memoryLimit: with room for one chunk they are decoded one after the other, with more together", async () => {
  const meeting = { ...deadly, codecs: [{ name: "bytes" }, { name: "example.meeting" }] as never };
  const array = await arrayFile(`${folder}/meeting.zip`, meeting, counting(elements));
  for (const [name, memoryLimit, together] of [
    ["one", 4 * perChunk, 1],
    ["two", 2 * 4 * perChunk, 2],
  ] as const) {
    process.env.ZARRZIP_TEST_TOGETHER = String(together);
    const orders = tell(`meeting-${name}`, 0);
    const pool = await readyPool({ modules: [module], memoryLimit });
    await pool.read(array);
    const log = readFileSync(`${orders}/log`, "utf8");
    expect(log.length).toBe(2 * chunks);
    if (together === 1) expect(log).toBe("()".repeat(chunks));
    else expect(log).toContain("((");
    expect(log).not.toContain("(((");
    await pool.close();
  }
  await array.close();
});
