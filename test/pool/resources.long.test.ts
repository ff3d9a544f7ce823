// Pools and stores that are opened and closed hold nothing afterwards. With ZARRZIP_RESOURCES=1000 it is the long form: as many
// threads and as many processes, and ten times as many stores.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../temporary-folder.js";
import { arrayFile, counting } from "./files.js";

const workers = Number(process.env.ZARRZIP_RESOURCES ?? 20);
const stores = 10 * workers;
const script = fileURLToPath(new URL("resources.mjs", import.meta.url));
const mebibyte = 2 ** 20;

interface Held {
  readonly descriptors: number;
  readonly threads: number;
  readonly handles: readonly string[];
}

interface Report {
  readonly opened: number;
  readonly before: Held;
  readonly after: Held;
  /** Resident bytes after each round. */
  readonly memory: readonly number[];
}

let reports: Record<string, Report>;

beforeAll(async () => {
  const path = `${temporaryFolder()}/a.zip`;
  await (await arrayFile(path, { shape: [1000], chunks: [250], dtype: "uint32" }, counting(1000))).close();
  const child = fork(script, [path, String(workers), String(stores)]);
  const exit = once(child, "exit");
  [reports] = await Promise.race([
    once(child, "message"),
    exit.then(([code]) => Promise.reject(new Error(`exit ${code}`))),
  ]);
  await exit;
  if (workers > 30) console.log(JSON.stringify(reports));
});

describe.each([
  ["thread", workers],
  ["process", workers],
  ["stores", stores],
])("%s", (kind, count) => {
  test(`${count} opened and closed: descriptors, threads and handles are those of before`, () => {
    const { opened, before, after } = reports[kind];
    expect(opened).toBe(count);
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
    expect(after.threads).toBeLessThanOrEqual(before.threads);
    expect(after.handles).toEqual(before.handles);
  });

  test("memory does not grow with their number", () => {
    const { memory } = reports[kind];
    const third = Math.floor(memory.length / 3);
    const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
    const growth = median(memory.slice(-third)) - median(memory.slice(0, third));
    expect(growth).toBeLessThan(32 * mebibyte);
  });
});
