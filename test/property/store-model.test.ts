// Any series of operations on a store gives what the same series gives on a Map.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DirectoryStore, MemoryStore, type Store, ZipStore } from "../../src/index.js";
import { keysOf } from "../../src/testing/store-facts.js";
import { runs } from "../long.js";
import { temporaryFolder } from "../temporary-folder.js";

type Model = Map<string, Uint8Array>;

const folder = temporaryFolder();
let names = 0;

/** Folders and files have different names, so that no key is the folder of another one. */
const key = fc
  .tuple(
    fc.array(fc.constantFrom("a", "b", "é"), { maxLength: 2 }),
    fc.constantFrom("zarr.json", "0", "0.1", ".zattrs"),
  )
  .map(([folders, name]) => [...folders, name].join("/"));
const value = fc.uint8Array({ maxLength: 40 });

/** One step: changes both, or compares what both say. */
type Step = (model: Model, store: Store) => Promise<void>;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(key, value).map(
      ([name, bytes]): Step =>
        async (model, store) => {
          await store.set(name, bytes);
          model.set(name, bytes);
        },
    ),
  },
  {
    weight: 2,
    arbitrary: key.map(
      (name): Step =>
        async (model, store) => {
          await store.delete(name);
          model.delete(name);
        },
    ),
  },
  key.map(
    (name): Step =>
      async (model, store) => {
        expect(await store.get(name)).toEqual(model.get(name));
        expect(await store.has(name)).toBe(model.has(name));
      },
  ),
  fc.tuple(key, fc.nat(50), fc.nat(50)).map(
    ([name, offset, length]): Step =>
      async (model, store) => {
        const bytes = model.get(name);
        const suffix = bytes === undefined ? undefined : bytes.subarray(Math.max(0, bytes.length - length));
        expect(await store.getRange(name, { suffixLength: length })).toEqual(suffix);
        const found = await store.getRange(name, { offset, length }).catch((error) => error.code);
        const isWithin = bytes === undefined || offset + length <= bytes.length;
        expect(found).toEqual(isWithin ? bytes?.subarray(offset, offset + length) : "ERR_RANGE");
      },
  ),
  fc.constantFrom("", "a", "a/", "b/a", "z", "a/z").map(
    (prefix): Step =>
      async (model, store) => {
        const keys = [...model.keys()];
        expect((await keysOf(store, prefix)).sort()).toEqual(keys.filter((name) => name.startsWith(prefix)).sort());
        const below = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
        const found = keys
          .filter((name) => name.startsWith(below))
          .map((name) => name.slice(below.length).split("/")[0]!);
        expect((await store.listDir(prefix)).sort()).toEqual([...new Set(found)].sort());
      },
  ),
);

const kinds: Record<string, { create: () => Promise<Store>; reopen?: (store: Store) => Promise<Store> }> = {
  MemoryStore: { create: async () => new MemoryStore() },
  DirectoryStore: {
    create: () => DirectoryStore.open(`${folder}/${names++}`, { mode: "w-" }),
    reopen: ({ path }) => DirectoryStore.open(path),
  },
  ZipStore: {
    create: () => ZipStore.open(`${folder}/${names++}.zip`, { mode: "w" }),
    reopen: ({ path }) => ZipStore.open(path),
  },
};

describe.each(Object.entries(kinds))("%s", (_, { create, reopen }) => {
  test("does what a Map does, also once it is opened again", async () => {
    const series = fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const model: Model = new Map();
      const store = await create();
      for (const run of steps) await run(model, store);
      if (reopen === undefined) return;
      await store.close();
      const again = await reopen(store);
      expect((await keysOf(again)).sort()).toEqual([...model.keys()].sort());
      for (const [name, bytes] of model) expect(await again.get(name)).toEqual(bytes);
      await again.close();
    });
    await fc.assert(series, { numRuns: runs(8, 40) });
  });
});
