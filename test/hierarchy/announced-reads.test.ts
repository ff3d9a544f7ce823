// What reads of arrays ask of a source that is far away: everything they read was announced before, nothing is read twice, and nothing
// is announced that is not read.
import { beforeAll, describe, expect, test } from "vitest";
import {
  type ByteSource,
  createArray,
  createGroup,
  exportZip,
  MemoryStore,
  openArray,
  openGroup,
  slice,
  type ZarrArray,
} from "../../src/index.js";

interface Range {
  readonly offset: number;
  readonly length: number;
}

/** Bytes that are far away: no read is at once, and each is counted. */
class FarSource implements ByteSource {
  readonly name = "far.zip";
  readonly size: number;
  reads: Range[] = [];
  announced: Range[] = [];
  givenUp = 0;
  calls = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    this.reads.push({ offset, length });
    return this.#bytes.slice(offset, offset + length);
  }

  expect(ranges: readonly Range[]): () => void {
    this.calls++;
    this.announced.push(...ranges);
    return () => {
      this.givenUp++;
    };
  }

  forget(): void {
    this.reads = [];
    this.announced = [];
    this.givenUp = 0;
    this.calls = 0;
  }
}

const shape = [64, 96];
const values = Uint16Array.from({ length: 64 * 96 }, (_, i) => (i * 7919) % 65521);

const layouts = {
  plain: { chunks: [16, 24], compressors: [] },
  compressed: { chunks: [16, 24], compressors: [{ name: "gzip", configuration: { level: 1 } }] },
  "sharded, plain": { shards: [32, 48], chunks: [8, 12], compressors: [] },
  "sharded, compressed": {
    shards: [32, 48],
    chunks: [8, 12],
    compressors: [{ name: "gzip", configuration: { level: 1 } }],
  },
  "many small": { chunks: [4, 4], compressors: [] },
} as const;

const archives = new Map<string, Uint8Array>();

beforeAll(async () => {
  for (const [name, layout] of Object.entries(layouts)) {
    const store = new MemoryStore();
    const array = await createArray(store, { shape, dtype: "uint16", ...layout });
    await array.set(null, values);
    archives.set(name, new Uint8Array(await new Response(exportZip(store)).arrayBuffer()));
  }
});

type Read = (array: ZarrArray<"uint16">) => Promise<unknown>;

const windows = Array.from({ length: 24 }, (_, i) => [
  slice((i * 5) % 60, ((i * 5) % 60) + 3),
  slice(i * 3, i * 3 + 4),
]);

const kinds: Record<string, Read> = {
  "the whole": (array) => array.get(),
  "a window": (array) => array.get([slice(5, 21), slice(30, 33)]),
  "every fifth row": (array) => array.get([slice(null, null, 5), null]),
  "many windows": (array) => array.getMany(windows as never),
  "listed columns": (array) => array.getOrthogonal([null, [1, 50, 95]]),
  points: (array) =>
    array.getCoordinates([
      [1, 20, 63],
      [2, 40, 95],
    ]),
};

function numbersOf(found: unknown): unknown {
  if (Array.isArray(found)) return found.map(numbersOf);
  const { data, shape } = found as { data: Uint16Array; shape: number[] };
  return { data: [...data], shape };
}

function isWithin(inner: Range, outer: Range): boolean {
  return inner.offset >= outer.offset && inner.offset + inner.length <= outer.offset + outer.length;
}

describe.each(Object.keys(layouts))("reads of a far array that is %s", (layout) => {
  test.each(Object.keys(kinds))("%s: announces what it reads, and reads it once", async (kind) => {
    const bytes = archives.get(layout)!;
    const source = new FarSource(bytes);
    const far = await openArray<"uint16">(source);
    const near = await openArray<"uint16">(bytes);
    const expected = numbersOf(await kinds[kind](near));
    for (const time of ["first", "second"]) {
      source.forget();
      expect(numbersOf(await kinds[kind](far)), time).toEqual(expected);
      const unannounced = source.reads.filter((read) => !source.announced.some((range) => isWithin(read, range)));
      const unread = source.announced.filter((range) => !source.reads.some((read) => isWithin(read, range)));
      const keys = source.reads.map(({ offset, length }) => `${offset} ${length}`);
      expect({
        time,
        unannounced,
        unread,
        repeated: keys.length - new Set(keys).size,
        open: source.calls - source.givenUp,
      }).toEqual({ time, unannounced: [], unread: [], repeated: 0, open: 0 });
    }
    await far.close();
    await near.close();
  });
});

test("members of a far group: announces all documents at once", async () => {
  const store = new MemoryStore();
  const root = await createGroup(store);
  for (const name of ["a", "b", "c"]) {
    await createGroup(store, { path: name });
    await createArray(store, { path: `${name}/x`, shape: [4], dtype: "int8" });
  }
  const source = new FarSource(new Uint8Array(await new Response(exportZip(store)).arrayBuffer()));
  const far = await openGroup(source);
  source.forget();
  expect(await far.tree()).toBe(await root.tree());
  const unannounced = source.reads.filter((read) => !source.announced.some((range) => isWithin(read, range)));
  expect({ reads: source.reads.length, unannounced, calls: source.calls, givenUp: source.givenUp }).toEqual({
    reads: 6,
    unannounced: [],
    calls: 1,
    givenUp: 1,
  });
});
