import { isBuiltIn } from "../bytes/built-in.js";
import { bytes, ensure, equal, type Fact, fails, keysOf, zeroToNine } from "./store-facts.js";

/** Facts about reading, whatever way the values got there. */
export function readFacts(keysMayNest: boolean): Fact[] {
  const listed = { "zarr.json": bytes(1), "a/zarr.json": bytes(2), "a/c/0/0": bytes(3), "a/c/0/1": bytes(4) };
  return [
    {
      fact: "get: gives the whole value, also of no bytes and of many",
      check: async (make) => {
        const large = Uint8Array.from({ length: 3 * 2 ** 20 }, (_, i) => (i * 7) ^ (i >> 9));
        const store = await make({ small: zeroToNine, empty: bytes(), large });
        equal(await store.get("small"), [...zeroToNine]);
        equal(await store.get("empty"), []);
        const found = await store.get("large");
        ensure(found?.length === large.length && found.every((byte, i) => byte === large[i]), "3 MiB come back whole");
      },
    },
    {
      fact: "get, getRange, has: a leading slash does not matter",
      check: async (make) => {
        const store = await make({ "a/b": bytes(7, 8) });
        equal(await store.get("/a/b"), [7, 8]);
        equal(await store.getRange("/a/b", { offset: 1, length: 1 }), [8]);
        equal(await store.has("/a/b"), true);
      },
    },
    {
      fact: "get, getRange, has: a missing key is undefined and false, also where keys lie below it",
      check: async (make) => {
        const store = await make({ "a/b": bytes(1) });
        for (const key of ["x", "a", "a/b/c", "A/b", "a/b."]) {
          equal(await store.get(key), undefined);
          equal(await store.getRange(key, { offset: 0, length: 1 }), undefined);
          equal(await store.getRange(key, { suffixLength: 1 }), undefined);
          equal(await store.has(key), false);
        }
      },
    },
    {
      fact: "get: keys of every script are kept apart",
      check: async (make) => {
        const keys = ["é", "e\u0301", "日本/語", "🦓", "constructor", "__proto__/toString", "a b", "C:x", "..."];
        const store = await make(Object.fromEntries(keys.map((key, i) => [key, bytes(i)])));
        for (const [i, key] of keys.entries()) equal(await store.get(key), [i]);
        equal((await keysOf(store)).sort(), [...keys].sort());
        for (const key of ["toString", "hasOwnProperty", "__proto__"]) equal(await store.get(key), undefined);
      },
    },
    {
      fact: "getRange: gives the piece that was asked for",
      check: async (make) => {
        const store = await make({ k: zeroToNine });
        equal(await store.getRange("k", { offset: 0, length: 10 }), [...zeroToNine]);
        equal(await store.getRange("k", { offset: 3, length: 4 }), [3, 4, 5, 6]);
        equal(await store.getRange("k", { offset: 9, length: 1 }), [9]);
        equal(await store.getRange("k", { offset: 4, length: 0 }), []);
        equal(await store.getRange("k", { offset: 10, length: 0 }), []);
      },
    },
    {
      fact: "getRange: a suffix is the end of the value, and one that is too long all of it",
      check: async (make) => {
        const store = await make({ k: zeroToNine, empty: bytes() });
        equal(await store.getRange("k", { suffixLength: 3 }), [7, 8, 9]);
        equal(await store.getRange("k", { suffixLength: 0 }), []);
        equal(await store.getRange("k", { suffixLength: 11 }), [...zeroToNine]);
        equal(await store.getRange("empty", { suffixLength: 1 }), []);
      },
    },
    {
      fact: "getRange: what is not within the value fails with ERR_RANGE",
      check: async (make) => {
        const store = await make({ k: zeroToNine });
        const wrong = [
          { offset: 0, length: 11 },
          { offset: 11, length: 0 },
          { offset: -1, length: 1 },
          { offset: 0, length: -1 },
          { offset: 0.5, length: 1 },
          { offset: 0, length: Number.NaN },
          { offset: 2 ** 53, length: 1 },
          { suffixLength: -1 },
          { suffixLength: 1.5 },
          { offset: 0, length: 1, suffixLength: 1 },
        ];
        for (const range of wrong) await fails("ERR_RANGE", () => store.getRange("k", range));
      },
    },
    {
      fact: "every method: what is no key fails with ERR_KEY",
      check: async (make) => {
        const store = await make({ a: bytes(1) });
        for (const key of ["", "/", "//a", "a/", "a//b", ".", "..", "a/../b", "./a", "a\\b", "a\0b"]) {
          await fails("ERR_KEY", () => store.get(key));
          await fails("ERR_KEY", () => store.getRange(key, { offset: 0, length: 1 }));
          await fails("ERR_KEY", () => store.has(key));
        }
      },
    },
    {
      fact: "get, getRange: a value longer than maxBytes fails with ERR_LIMIT",
      check: async (make) => {
        const store = await make({ k: zeroToNine });
        equal(await store.get("k", { maxBytes: 10 }), [...zeroToNine]);
        await fails("ERR_LIMIT", () => store.get("k", { maxBytes: 9 }));
        equal(await store.getRange("k", { offset: 2, length: 2 }, { maxBytes: 10 }), [2, 3]);
        await fails("ERR_LIMIT", () => store.getRange("k", { offset: 0, length: 10 }, { maxBytes: 9 }));
      },
    },
    {
      fact: "get, getRange: an aborted signal rejects with its reason",
      check: async (make) => {
        const store = await make({ k: zeroToNine });
        const reason = new Error("no longer wanted");
        const signal = AbortSignal.abort(reason);
        for (const read of [
          () => store.get("k", { signal }),
          () => store.getRange("k", { suffixLength: 1 }, { signal }),
        ]) {
          const thrown = await read().then(
            () => undefined,
            (error: unknown) => error,
          );
          ensure(thrown === reason, "the read rejects with the signal's reason");
        }
      },
    },
    {
      fact: "get, getRange: what is returned belongs to the caller",
      check: async (make) => {
        const store = await make({ k: zeroToNine, neighbour: bytes(1, 2, 3) });
        for (const read of [() => store.get("k"), () => store.getRange("k", { offset: 2, length: 5 })]) {
          const value = await read();
          ensure(
            value !== undefined && isBuiltIn(value.buffer, "ArrayBuffer"),
            "a value has memory that can be transferred",
          );
          new Uint8Array(value.buffer).fill(0xff);
          equal(await store.get("k"), [...zeroToNine]);
          equal(await store.get("neighbour"), [1, 2, 3]);
        }
      },
    },
    {
      fact: "get: many reads at once do not disturb each other",
      check: async (make) => {
        const keys = Array.from({ length: 50 }, (_, i) => `c/${i}`);
        const store = await make(Object.fromEntries(keys.map((key, i) => [key, new Uint8Array(1000).fill(i)])));
        const values = await Promise.all(keys.map((key) => store.get(key)));
        for (const [i, value] of values.entries()) equal(value, new Array(1000).fill(i));
      },
    },
    {
      fact: "list: gives every key that starts with the prefix, once",
      check: async (make) => {
        const store = await make(listed);
        equal((await keysOf(store)).sort(), ["a/c/0/0", "a/c/0/1", "a/zarr.json", "zarr.json"]);
        equal((await keysOf(store, "a/c/")).sort(), ["a/c/0/0", "a/c/0/1"]);
        equal((await keysOf(store, "/a/c/0/1")).sort(), ["a/c/0/1"]);
        equal(await keysOf(store, "a/z"), ["a/zarr.json"]);
        equal(await keysOf(store, "b/"), []);
        equal(await keysOf(store, "../"), []);
      },
    },
    {
      fact: "listDir: gives the names directly below a folder, keys and folders alike",
      check: async (make) => {
        const store = await make(listed);
        for (const root of [undefined, "", "/"]) equal((await store.listDir(root)).sort(), ["a", "zarr.json"]);
        for (const folder of ["a", "a/", "/a", "/a/"]) equal((await store.listDir(folder)).sort(), ["c", "zarr.json"]);
        equal(await store.listDir("a/c"), ["0"]);
        equal((await store.listDir("a/c/0")).sort(), ["0", "1"]);
        equal(await store.listDir("b"), []);
        equal(await store.listDir("zarr.json"), []);
        equal(await store.listDir("a/c/0/0"), []);
      },
    },
    ...(keysMayNest
      ? [
          {
            fact: "a key may be the folder of another one",
            check: async (make: Parameters<Fact["check"]>[0]) => {
              const store = await make({ a: bytes(1), "a/b": bytes(2), ab: bytes(3) });
              equal(await store.get("a"), [1]);
              equal(await store.get("a/b"), [2]);
              equal((await store.listDir()).sort(), ["a", "ab"]);
              equal(await store.listDir("a"), ["b"]);
            },
          },
        ]
      : []),
    {
      fact: "close: every method fails with ERR_CLOSED afterwards, and closing twice is no error",
      check: async (make) => {
        const store = await make({ k: bytes(1) });
        await store.close();
        await store.close();
        const calls: (() => unknown)[] = [
          () => store.get("k"),
          () => store.getRange("k", { suffixLength: 1 }),
          () => store.has("k"),
          () => store.set("k", bytes(1)),
          () => store.delete("k"),
          () => keysOf(store),
          () => store.listDir(),
          () => store.flush(),
        ];
        for (const call of calls) await fails("ERR_CLOSED", call);
      },
    },
    {
      fact: "a store cannot be cloned by accident",
      check: async (make) => {
        const store = await make({});
        for (const message of [store, { store }, [store]]) {
          try {
            structuredClone(message);
          } catch (error) {
            ensure((error as Error).name === "DataCloneError", "cloning fails with DataCloneError");
            continue;
          }
          throw new Error("structuredClone(store) gave a dead copy");
        }
      },
    },
  ];
}
