// The state of a folder's store, and of its nodes, in threads and other processes: read at once, written by both sides.
import { beforeAll, expect, test } from "vitest";
import { createArray, createGroup, DirectoryStore, openArray, openGroup } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { transports } from "./transports.js";

const folder = temporaryFolder();
const path = `${folder}/sample.zarr`;
const ways = transports.filter(([name]) => /workerData|postMessage|fork, json|spawn/.test(name));

beforeAll(async () => {
  const store = await DirectoryStore.open(path, { mode: "w-" });
  await createGroup(store, { attributes: { huge: 2n ** 60n } });
  await createArray(store, { path: "a", shape: [3], dtype: "int64", data: [1n, 2n ** 60n, -3n] });
  await store.close();
});

const statesOf = async (store: DirectoryStore) => [
  store.getState(),
  (await openGroup(store)).getState(),
  (await openArray(store, { path: "a" })).getState(),
];
const closed = (calls: number) => new Array(calls).fill("ERR_CLOSED");

test.each(ways)("%s: a read-only store stays read-only; nothing is left open", async (_, send) => {
  const store = await DirectoryStore.open(path);
  const states = await statesOf(store);
  const common = { readOnly: true, mode: "r", isSameState: true, leftOpen: 0 };
  const refused = (calls: number) => new Array(calls).fill("ERR_READ_ONLY");
  expect(await send({ states, options: { roots: [folder] } })).toMatchObject([
    { ...common, kind: "DirectoryStore", mutations: refused(3), afterClose: closed(6) },
    { ...common, kind: "ZarrGroup", values: ["a"], mutations: refused(3), afterClose: closed(4) },
    {
      ...common,
      kind: "ZarrArray",
      values: ["1", String(2n ** 60n), "-3"],
      mutations: refused(2),
      afterClose: closed(5),
    },
  ]);
  expect(await statesOf(store)).toEqual(states);
});

test.each(ways)(
  "%s: a folder that is not among the roots is refused, one that is gone is not found",
  async (_, send) => {
    const state = (await DirectoryStore.open(path)).getState();
    const [refused] = await send({ states: [state], options: { roots: [path] } });
    expect(refused).toMatchObject({ error: { code: "ERR_STATE" } });
    const [missing] = await send({ states: [{ ...state, path: `${folder}/missing.zarr` }] });
    expect(missing).toMatchObject({ error: { code: "ERR_NOT_FOUND" } });
  },
);

test("a child process writes what the parent then reads", async () => {
  const store = await DirectoryStore.open(path, { mode: "r+" });
  const array = await openArray(store, { path: "a" });
  const [, send] = transports.find(([name]) => name === "child_process.fork, json")!;
  const [report] = await send({ states: [array.getState()] });
  expect(report).toMatchObject({ readOnly: false, mode: "r+", mutations: ["no error", "no error"] });
  expect(Array.from((await array.get()).data)).toEqual([1n, 1n, 1n]);
  expect((await openArray(store, { path: "a" })).attributes).toEqual({ changed: true });
});
