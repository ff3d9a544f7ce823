// Windows of chunks that are not compressed: only what they span is read, of a chunk that was checked before.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  createArray,
  DirectoryStore,
  MemoryStore,
  openArray,
  type Selection,
  type Store,
  slice,
  ZipStore,
} from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
let names = 0;

const shape = [30, 40, 5] as const;
const chunks = [10, 20, 5] as const;

/** 1000 i + 10 j + k at [i, j, k]. */
const valueAt = (i: number, j: number, k: number) => 1000 * i + 10 * j + k;
const values = Int32Array.from({ length: 30 * 40 * 5 }, (_, n) =>
  valueAt(Math.floor(n / 200), Math.floor(n / 5) % 40, n % 5),
);

const stores: Record<string, () => Promise<Store>> = {
  MemoryStore: async () => new MemoryStore(),
  DirectoryStore: () => DirectoryStore.open(`${folder}/${names++}`, { mode: "w" }),
  ZipStore: () => ZipStore.open(`${folder}/${names++}.zip`, { mode: "w" }),
};

const windows: [string, Selection, readonly number[][]][] = [
  [
    "within a chunk",
    [slice(2, 4), slice(3, 5), null],
    [
      [2, 3],
      [3, 4],
      [0, 1, 2, 3, 4],
    ],
  ],
  [
    "over four chunks",
    [slice(9, 11), slice(19, 21), slice(1, 3)],
    [
      [9, 10],
      [19, 20],
      [1, 2],
    ],
  ],
  [
    "with steps",
    [slice(1, 8, 3), slice(2, 19, 8), slice(0, 5, 4)],
    [
      [1, 4, 7],
      [2, 10, 18],
      [0, 4],
    ],
  ],
  ["one element, the last one", [29, 39, 4], [[29], [39], [4]]],
  ["two rows far apart", [slice(0, 10, 9), slice(0, 1), slice(0, 1)], [[0, 9], [0], [0]]],
];

const codecs = [
  ["little", [{ name: "bytes", configuration: { endian: "little" } }]],
  ["big", [{ name: "bytes", configuration: { endian: "big" } }]],
] as const;

describe.each(Object.entries(stores))("windows of what is stored as it is, in %s", (_, open) => {
  test.each(codecs)("have their values (%s-endian), and the fill value where no chunk is", async (_endian, list) => {
    const store = await open();
    const array = await createArray(store, {
      shape,
      chunks,
      dtype: "int32",
      codecs: list,
      fillValue: -7,
      data: values,
    });
    await store.flush();
    await store.delete(array.chunkKey([2, 0, 0]));
    for (const [name, selection, [rows, columns, places]] of windows) {
      const { data } = (await array.get(selection)) as { data?: Int32Array };
      const expected = rows!.flatMap((i) => columns!.flatMap((j) => places!.map((k) => valueAt(i, j, k))));
      expect(data === undefined ? [await array.get(selection)] : [...data], name).toEqual(expected);
    }
    const missing = await array.get([slice(20, 22), slice(0, 2), slice(0, 1)]);
    expect([...missing.data]).toEqual([-7, -7, -7, -7]);
    await store.close();
  });

  test("a stored chunk of another size is an error, also where the window has just that size", async () => {
    const store = await open();
    const array = await createArray(store, { shape, chunks, dtype: "int32", compressors: null, data: values });
    const key = array.chunkKey([0, 0, 0]);
    const window = [slice(0, 1), slice(0, 2), slice(0, 5)]; // 40 bytes in a row
    for (const size of [0, 40, 3999, 4001, 8000]) {
      await store.set(key, new Uint8Array(size));
      await expect(array.get(window), `${size} bytes`).rejects.toMatchObject({
        code: "ERR_CODEC",
        message: expect.stringContaining(`takes 4000 bytes, found ${size}`),
        details: { codec: "bytes", key },
      });
    }
    await store.close();
  });
});

describe("windows of chunks in a ZIP", () => {
  const create = async () => {
    const path = `${folder}/${names++}.zip`;
    const store = await ZipStore.open(path, { mode: "w" });
    await createArray(store, { shape, chunks, dtype: "int32", compressors: null, data: values });
    await store.close();
    return path;
  };

  test("the first reads and checks the chunk, the others what they span", async () => {
    const array = await openArray(await create());
    const reads: object[] = [];
    const listener = (read: unknown) => reads.push(read as object);
    subscribe("zarrzip:read", listener);
    try {
      for (const row of [1, 2, 3]) await array.get([slice(row, row + 2), slice(0, 1), slice(0, 5)]);
      await array.get([slice(0, 9), slice(0, 1), slice(0, 5)]); // more than half of the chunk
    } finally {
      unsubscribe("zarrzip:read", listener);
    }
    // Two rows of 20 × 5 elements apart: 105 elements of 4 bytes.
    const bytes = [420, 420, 420, 4000];
    expect(reads).toEqual(bytes.map((bytes) => expect.objectContaining({ key: "c/0/0/0", bytes, verified: true })));
    const { store } = array;
    const { reads: counted } = await (store as ZipStore).stats();
    expect([counted.unverified, counted.unverifiedBytes]).toEqual([0, 0]);
    await array.close();
  });

  test("a byte that is wrong anywhere in the chunk is found by the first window", async () => {
    const path = await create();
    const bytes = readFileSync(path);
    const start = bytes.indexOf(Buffer.from(values.buffer, 0, 40));
    expect(start).toBeGreaterThan(0);
    bytes[start + 3999]! ^= 1; // the last byte of the first chunk
    writeFileSync(path, bytes);
    const array = await openArray(path);
    const window = [slice(0, 1), slice(0, 2), slice(0, 5)];
    for (let i = 0; i < 2; i++) {
      await expect(array.get(window)).rejects.toMatchObject({ code: "ERR_CHECKSUM", details: { key: "c/0/0/0" } });
    }
    await array.close();
  });
});
