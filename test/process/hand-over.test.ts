// A state does on every way what the original did: to threads, processes and cluster workers, as message, as worker data
// and as JSON text.
import { mkdirSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { openArray, openGroup, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { fingerprint, int64Values, statesOf, writeSample } from "./sample-file.js";
import { transports } from "./transports.js";

const folder = `${temporaryFolder()}/files`;
const file = `${folder}/sample.zip`;
let writer: ZipStore;

beforeAll(async () => {
  mkdirSync(folder);
  writer = await writeSample(file);
  return () => writer.close();
});

const closed = (calls: number) => new Array(calls).fill("ERR_CLOSED");
const isLinux = process.platform === "linux";

/** Reports on the store, the group and the two arrays, whose mutations all fail with `code`. */
function expectedReports(readOnly: boolean, code: string) {
  const common = { readOnly, mode: readOnly ? "r" : "r+", isSameState: true, leftOpen: 0 };
  const reader = isLinux ? ["read"] : [];
  const keys = ["zarr.json", "a/zarr.json", "a/c/0/0", "a/c/0/1", "a/c/1/0", "a/c/1/1", "f/zarr.json"];
  const codes = (calls: number) => new Array(calls).fill(code);
  return [
    {
      ...common,
      kind: "ZipStore",
      values: keys.map((key) => expect.stringMatching(new RegExp(`^${key} [1-9]`))),
      openFlags: reader,
      mutations: codes(3),
      afterClose: closed(6),
    },
    {
      ...common,
      kind: "ZarrGroup",
      values: ["a", "f"],
      openFlags: reader,
      mutations: codes(3),
      afterClose: closed(4),
    },
    {
      ...common,
      kind: "ZarrArray",
      values: int64Values.map(String),
      openFlags: reader,
      mutations: codes(2),
      afterClose: closed(5),
    },
    {
      ...common,
      kind: "ZarrArray",
      values: ["NaN", "NaN"],
      openFlags: reader,
      mutations: codes(2),
      afterClose: closed(5),
    },
  ];
}

describe.each(transports)("%s", (_, send) => {
  test("a read-only store stays read-only, down to the kernel; the sender keeps working", async () => {
    const store = await ZipStore.open(file);
    const before = fingerprint(file);
    const states = await statesOf(store);
    expect(await send({ states })).toEqual(expectedReports(true, "ERR_READ_ONLY"));
    expect(fingerprint(file)).toEqual(before);
    expect(await statesOf(store)).toEqual(states);
    const array = await openArray(store, { path: "a" });
    expect(await array.get([3, 5])).toBe(int64Values[23]);
    await store.close();
  });

  test("a writer's published values are read; nothing is created, truncated or changed", async () => {
    const before = fingerprint(file);
    expect(await send({ states: await statesOf(writer) })).toEqual(expectedReports(false, "no error"));
    expect(fingerprint(file)).toEqual(before);
    expect((await openGroup(writer)).attributes).toEqual({ huge: 2n ** 60n });
  });

  test("a file that is gone is not found, and not created", async () => {
    const store = await ZipStore.open(file);
    const before = fingerprint(file);
    const missing = { ...store.getState(), path: `${folder}/missing.zip` };
    await store.close();
    const [report] = await send({ states: [missing] });
    expect(report.error).toMatchObject({ code: "ERR_NOT_FOUND", details: { file: missing.path } });
    expect(fingerprint(file)).toEqual(before);
  });
});
