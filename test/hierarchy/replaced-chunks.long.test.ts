// A chunk that is replaced while it is read: all that one call takes of it belongs to one value.
import { describe, expect, test } from "vitest";
import {
  type CreateArrayOptions,
  createArray,
  DirectoryStore,
  MemoryStore,
  openArray,
  type Store,
  slice,
  type ZarrArray,
  ZipStore,
} from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
let names = 0;

/** Where a test writes and reads. */
interface Scene {
  readonly writer: ZarrArray<"uint8">;
  readonly reader: ZarrArray<"uint8">;
  /** Makes what was written visible to the reader. */
  readonly commit: () => Promise<void>;
  readonly close: () => Promise<void>;
}

type Options = Omit<CreateArrayOptions<"uint8">, "dtype">;

const inStore = (open: () => Promise<Store>) => async (options: Options) => {
  const store = await open();
  const array = await createArray(store, { ...options, dtype: "uint8" });
  return { writer: array, reader: array, commit: async () => undefined, close: () => store.close() };
};

/** What every store has to have; nothing more. */
class PlainStore implements Store {
  readonly #memory = new MemoryStore();
  readonly readOnly = false;
  readonly path = "(plain)";
  readonly limits = this.#memory.limits;
  get: Store["get"] = (...args) => this.#memory.get(...args);
  getRange: Store["getRange"] = (...args) => this.#memory.getRange(...args);
  has: Store["has"] = (key) => this.#memory.has(key);
  set: Store["set"] = (...args) => this.#memory.set(...args);
  delete: Store["delete"] = (key) => this.#memory.delete(key);
  list: Store["list"] = (prefix) => this.#memory.list(prefix);
  listDir: Store["listDir"] = (prefix) => this.#memory.listDir(prefix);
  flush: Store["flush"] = () => this.#memory.flush();
  close: Store["close"] = () => this.#memory.close();
  getState: Store["getState"] = () => this.#memory.getState();
}

const scenes: Record<string, (options: Options) => Promise<Scene>> = {
  MemoryStore: inStore(async () => new MemoryStore()),
  "a store without withValue": inStore(async () => new PlainStore()),
  DirectoryStore: inStore(() => DirectoryStore.open(`${folder}/${names++}`, { mode: "w" })),
  "ZipStore, a new file": inStore(() => ZipStore.open(`${folder}/${names++}.zip`, { mode: "w" })),
  "ZipStore that follows another one": async (options) => {
    const file = `${folder}/${names++}.zip`;
    const store = await ZipStore.open(file, { mode: "w", durability: "process" });
    const writer = await createArray(store, { ...options, dtype: "uint8" });
    await store.flush();
    const following = await ZipStore.open(file, { view: "follow" });
    const reader = (await openArray(following)) as ZarrArray<"uint8">;
    const close = async () => {
      await following.close();
      await store.close();
    };
    return { writer, reader, commit: () => store.flush(), close };
  },
};

/** Every value that a reader may see, as text. */
type Allowed = ReadonlySet<string>;

/** Writes one whole array after the other while readers read; every call must give what one of them holds. */
async function readBeside(
  { writer, reader, commit, close }: Scene,
  versions: readonly Uint8Array[],
  read: (array: ZarrArray<"uint8">) => Promise<ArrayLike<number>>,
  allowed: Allowed,
) {
  const found = new Set<string>();
  let isWriting = true;
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const writing = (async () => {
    for (let i = 0; i < 60; i++) {
      await writer.set(null, versions[i % versions.length]!);
      await commit();
      await turn();
    }
  })().finally(() => {
    isWriting = false;
  });
  const reading = Array.from({ length: 4 }, async () => {
    while (isWriting) {
      found.add(Array.from(await read(reader)).join());
      await turn();
    }
  });
  await Promise.all([writing, ...reading]);
  await close();
  expect([...found].filter((values) => !allowed.has(values))).toEqual([]);
}

/** 64 elements, of which those of the first 16 come and go, so that all behind them move in the shard. */
const versions = [1, 2].map((version) =>
  Uint8Array.from({ length: 64 }, (_, i) => (i < 16 ? (version - 1) * 9 : 10 * version + (i >> 4))),
);

const shards = { shape: [64], chunks: [16], shards: [64], compressors: null, data: versions[0]! } as const;

const selections: [string, (array: ZarrArray<"uint8">) => Promise<ArrayLike<number>>, (v: Uint8Array) => number[]][] = [
  ["a slice of one inner chunk", async (a) => (await a.get([slice(20, 24)])).data, (v) => [...v.subarray(20, 24)]],
  [
    "a list over inner chunks",
    async (a) => (await a.getOrthogonal([[17, 40, 63, 5]])).data,
    (v) => [17, 40, 63, 5].map((i) => v[i]!),
  ],
  [
    "coordinates over inner chunks",
    async (a) => (await a.getCoordinates([[63, 17, 40]])).data,
    (v) => [63, 17, 40].map((i) => v[i]!),
  ],
  [
    "several selections",
    async (a) => (await a.getMany([[slice(60, 62)], [slice(18, 20)]])).flatMap(({ data }) => [...data]),
    (v) => [60, 61, 18, 19].map((i) => v[i]!),
  ],
];

describe.each(Object.entries(scenes))("%s", (_, scene) => {
  test.each(selections)("a shard: %s is of one value", async (_, read, pick) => {
    const allowed = new Set(versions.map((version) => pick(version).join()));
    await readBeside(await scene(shards), versions, read, allowed);
  });

  test("a shard of shards: two inner chunks are of one value", async () => {
    const inner = {
      name: "sharding_indexed",
      configuration: {
        chunk_shape: [16],
        codecs: [{ name: "bytes" }],
        index_codecs: [{ name: "bytes", configuration: { endian: "little" } }],
      },
    };
    const codecs = [
      { name: "sharding_indexed", configuration: { ...inner.configuration, chunk_shape: [32], codecs: [inner] } },
    ];
    const options = { shape: [64], chunks: [64], codecs, data: versions[0]! };
    const allowed = new Set(versions.map((version) => [version[20], version[63]].join()));
    const read = async (a: ZarrArray<"uint8">) => (await a.getOrthogonal([[20, 63, 20]])).data.slice(0, 2);
    await readBeside(await scene(options as never), versions, read, allowed);
  });

  test("a plain chunk: windows of it that are read one by one are of one value", async () => {
    const options = { shape: [64], chunks: [64], compressors: null, data: versions[0]! };
    const allowed = new Set(versions.map((version) => [version[60], version[2], version[30]].join()));
    const read = async (a: ZarrArray<"uint8">) =>
      (await a.getMany([[slice(60, 61)], [slice(2, 3)], [slice(30, 31)]])).map(({ data }) => data[0]!);
    await readBeside(await scene(options), versions, read, allowed);
  });
});
