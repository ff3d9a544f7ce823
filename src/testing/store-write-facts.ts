import { bytes, equal, type Fact, fails, type HandsOver, keysOf, zeroToNine } from "./store-facts.js";

/** Facts about a store that is being written. */
export function writeFacts(handsOver: HandsOver): Fact[] {
  return [
    {
      fact: "readOnly is false",
      check: async (make) => equal((await make({})).readOnly, false),
    },
    {
      fact: "set: replaces the value, also by a shorter one",
      check: async (make) => {
        const store = await make({ k: zeroToNine });
        await store.set("/k", bytes(5));
        equal(await store.get("k"), [5]);
        equal(await keysOf(store), ["k"]);
      },
    },
    {
      fact: "withValue: a value stays what it was while others replace or delete it",
      check: async (make) => {
        const store = await make({ k: zeroToNine });
        const ends = await store.withValue?.("k", async (read) => {
          const [start] = (await read({ offset: 0, length: 1 })) ?? [];
          await store.set("k", bytes(5));
          await store.flush();
          const end = await read({ suffixLength: 2 });
          await store.delete("k");
          await store.flush();
          equal(await read(undefined), [...zeroToNine]);
          await fails("ERR_RANGE", () => read({ offset: 10, length: 1 }));
          await fails("ERR_LIMIT", () => read(undefined, { maxBytes: 9 }));
          return [start, ...(end ?? [])];
        });
        if (store.withValue !== undefined) equal(ends, [0, 8, 9]);
        await store.withValue?.("k", async (read) => {
          await store.set("k", bytes(5));
          equal(await read(undefined), undefined);
          equal(await read({ offset: 0, length: 1 }), undefined);
        });
      },
    },
    {
      fact: "set: takes the bytes of a view, not those of its buffer",
      check: async (make) => {
        const store = await make({});
        await store.set("view", zeroToNine.subarray(2, 5));
        await store.set("buffer", Buffer.from([1, 2, 3]).subarray(1));
        const shared = new Uint8Array(new SharedArrayBuffer(4), 1, 2);
        shared.set([8, 9]);
        await store.set("shared", shared);
        equal(await store.get("view"), [2, 3, 4]);
        equal(await store.get("buffer"), [2, 3]);
        equal(await store.get("shared"), [8, 9]);
      },
    },
    {
      fact: "set: the value may be changed afterwards, and is not changed by the store",
      check: async (make) => {
        const store = await make({});
        for (const value of [bytes(1, 2, 3), Buffer.from([1, 2, 3]), new Uint8Array(2 ** 21).fill(1)]) {
          const before = [...value.subarray(0, 3)];
          await store.set("k", value);
          equal(value.subarray(0, 3), before);
          value.fill(9);
          equal((await store.get("k"))?.subarray(0, 3), before);
        }
      },
    },
    {
      fact: "set: anything but a Uint8Array fails with ERR_ARGUMENT",
      check: async (make) => {
        const store = await make({});
        const values: unknown[] = [
          "text",
          new Float32Array(2),
          new ArrayBuffer(2),
          new DataView(new ArrayBuffer(1)),
          [1],
          null,
        ];
        for (const value of values) await fails("ERR_ARGUMENT", () => store.set("k", value as Uint8Array));
        equal(await store.has("k"), false);
      },
    },
    {
      fact: "set, delete: what is no key fails with ERR_KEY, and the store goes on",
      check: async (make) => {
        const store = await make({});
        for (const key of ["", "a//b", "../a", "a/.", "a\\b"]) {
          await fails("ERR_KEY", () => store.set(key, bytes(1)));
          await fails("ERR_KEY", () => store.delete(key));
        }
        await store.set("a", bytes(1));
        equal(await keysOf(store), ["a"]);
      },
    },
    {
      fact: "delete: removes a key; a missing one is no error",
      check: async (make) => {
        const store = await make({ "a/0": bytes(1), "a/1": bytes(2) });
        await store.delete("/a/0");
        await store.delete("a/0");
        await store.delete("missing");
        equal(await store.get("a/0"), undefined);
        equal(await store.has("a/0"), false);
        equal(await keysOf(store), ["a/1"]);
        await store.set("a/0", bytes(3));
        equal(await store.get("a/0"), [3]);
      },
    },
    {
      fact: "set: many writes at once all arrive",
      check: async (make) => {
        const store = await make({});
        const keys = Array.from({ length: 50 }, (_, i) => `c/${i}`);
        await Promise.all(keys.map((key, i) => store.set(key, new Uint8Array(100).fill(i))));
        for (const [i, key] of keys.entries()) equal(await store.get(key), new Array(100).fill(i));
      },
    },
    {
      fact: "set: of two writes to one key the later call wins",
      check: async (make) => {
        const store = await make({});
        await Promise.all([store.set("k", new Uint8Array(2 ** 21)), store.set("k", bytes(2)), store.delete("x")]);
        equal(await store.get("k"), [2]);
      },
    },
    {
      fact: "list: keys may be replaced and removed while they are listed",
      check: async (make) => {
        const store = await make({ a: bytes(1), b: bytes(2), c: bytes(3) });
        const seen: string[] = [];
        for await (const key of store.list()) {
          seen.push(key);
          if (key === "b") await store.delete(key);
          else await store.set(key, bytes(9));
        }
        equal(seen.sort(), ["a", "b", "c"]);
        equal((await keysOf(store)).sort(), ["a", "c"]);
      },
    },
    {
      fact: "flush: leaves everything readable",
      check: async (make) => {
        const store = await make({ k: zeroToNine });
        await store.flush();
        await store.flush();
        equal(await store.get("k"), [...zeroToNine]);
        equal(await keysOf(store), ["k"]);
      },
    },
    {
      fact: {
        "after flush": "getState: refuses with ERR_DIRTY before flush, then gives JSON that survives JSON",
        "at once": "getState: gives JSON that survives JSON",
        never: "getState: fails with ERR_UNSUPPORTED",
      }[handsOver],
      check: async (make) => {
        const store = await make({ k: bytes(1) });
        if (handsOver === "never") return await fails("ERR_UNSUPPORTED", () => store.getState());
        if (handsOver === "after flush") {
          await fails("ERR_DIRTY", () => store.getState());
          await store.flush();
        }
        const state = store.getState();
        equal(JSON.parse(JSON.stringify(state)), state);
        equal(state.readOnly, false);
        equal(await store.get("k"), [1]);
      },
    },
  ];
}

/** Facts about a store that was opened read-only. */
export const readOnlyFacts: readonly Fact[] = [
  {
    fact: "readOnly is true, and set and delete fail with ERR_READ_ONLY",
    check: async (make) => {
      const store = await make({ k: bytes(1) });
      equal(store.readOnly, true);
      await fails("ERR_READ_ONLY", () => store.set("k", bytes(2)));
      await fails("ERR_READ_ONLY", () => store.set("new", bytes(2)));
      await fails("ERR_READ_ONLY", () => store.delete("k"));
      await fails("ERR_READ_ONLY", () => store.delete("missing"));
      await store.flush();
      equal(await store.get("k"), [1]);
      equal(await keysOf(store), ["k"]);
    },
  },
];
