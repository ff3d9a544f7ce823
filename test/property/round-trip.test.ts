// What is written is what is read, for every codec that loses nothing, and for every metadata document.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Json, stringifyJson } from "../../src/bytes/json.js";
import { parseJson } from "../../src/bytes/parse-json.js";
import { type CreateArrayOptions, createArray, MemoryStore, openArray } from "../../src/index.js";
import { parseNodeV3 } from "../../src/metadata/any-document.js";
import { createArrayMetadata } from "../../src/metadata/create-metadata.js";
import { serializeNode } from "../../src/metadata/serialize.js";
import { parseArrayV2 } from "../../src/metadata/v2.js";
import { runs } from "../long.js";

const codec = (name: string, configuration: object = {}) => ({ name, configuration }) as never;

/** Codecs on bytes, each with every choice that it has. */
const onBytes: Record<string, fc.Arbitrary<object>> = {
  gzip: fc.record({ level: fc.integer({ min: 0, max: 9 }) }),
  "numcodecs.zlib": fc.record({ level: fc.integer({ min: 0, max: 9 }) }),
  zstd: fc.record({ level: fc.integer({ min: -5, max: 19 }), checksum: fc.boolean() }),
  blosc: fc.record({
    cname: fc.constantFrom("blosclz", "lz4", "lz4hc", "zlib", "zstd"),
    clevel: fc.integer({ min: 0, max: 9 }),
    shuffle: fc.constantFrom("noshuffle", "shuffle", "bitshuffle"),
    typesize: fc.integer({ min: 1, max: 8 }),
    blocksize: fc.constantFrom(0, 256, 4096),
  }),
  crc32c: fc.constant({}),
  "numcodecs.crc32": fc.record({ location: fc.constantFrom("start", "end") }),
  "numcodecs.adler32": fc.record({ location: fc.constantFrom("start", "end") }),
  "numcodecs.fletcher32": fc.constant({}),
  "numcodecs.jenkins_lookup3": fc.record({ initval: fc.nat(2 ** 31) }),
  "numcodecs.lz4": fc.record({ acceleration: fc.integer({ min: 1, max: 9 }) }),
  "numcodecs.bz2": fc.record({ level: fc.integer({ min: 1, max: 9 }) }),
  "numcodecs.lzma": fc.constantFrom({ format: 1 }, { format: 2 }, { preset: 6 }),
  "numcodecs.shuffle": fc.record({ elementsize: fc.constantFrom(2, 4, 8) }),
  "numcodecs.base64": fc.constant({}),
};

/** Codecs on arrays that give back every integer. */
const onIntegers: Record<string, fc.Arbitrary<object>> = {
  transpose: fc.constantFrom({ order: [1, 0] }, { order: [0, 1] }),
  "numcodecs.delta": fc.constant({ dtype: "<i4", astype: "<i4" }),
  "numcodecs.astype": fc.constant({ encode_dtype: "<f8", decode_dtype: "<i4" }),
  reshape: fc.constant({ shape: [-1] }),
};

const integers = fc.record({
  rows: fc.integer({ min: 1, max: 9 }),
  columns: fc.integer({ min: 1, max: 9 }),
  /** Few values, as measurements have, or any. */
  seed: fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })), {
    minLength: 1,
    maxLength: 40,
  }),
});

async function readsBack(shape: number[], seed: number[], options: Partial<CreateArrayOptions>): Promise<void> {
  const store = new MemoryStore();
  const data = Int32Array.from({ length: shape[0] * shape[1] }, (_, i) => seed[i % seed.length]);
  const common = { shape, chunks: [4, 4], dtype: "int32", fillValue: 7 } as const;
  const written = await createArray(store, { ...common, compressors: null, ...options });
  await written.set(null, data, { writeEmptyChunks: true });
  const read = await openArray<"int32">(store);
  expect((await read.get()).data).toEqual(data);
  expect(read.codecs).toEqual(written.codecs);
}

describe("every codec that loses nothing gives back what it was given", () => {
  for (const [name, configurations] of Object.entries(onBytes)) {
    it(name, async () => {
      await fc.assert(
        fc.asyncProperty(integers, configurations, async ({ rows, columns, seed }, configuration) => {
          await readsBack([rows, columns], seed, { compressors: [codec(name, configuration)] });
        }),
        { numRuns: runs(8, 40) },
      );
    });
  }

  for (const [name, configurations] of Object.entries(onIntegers)) {
    it(name, async () => {
      await fc.assert(
        fc.asyncProperty(integers, configurations, async ({ rows, columns, seed }, configuration) => {
          await readsBack([rows, columns], seed, { filters: [codec(name, configuration)] });
        }),
        { numRuns: runs(8, 40) },
      );
    });
  }

  it("any of them in a row, also within shards", async () => {
    const some = (codecs: Record<string, fc.Arbitrary<object>>, most: number) => {
      const one = fc.oneof(
        ...Object.entries(codecs).map(([name, configurations]) => configurations.map((c) => codec(name, c))),
      );
      return fc.array(one, { maxLength: most });
    };
    const { transpose } = onIntegers;
    // Shuffling wants whole elements, which other codecs do not give.
    const { "numcodecs.shuffle": _, ...others } = onBytes;
    await fc.assert(
      fc.asyncProperty(
        integers,
        some({ transpose }, 2),
        some(others, 3),
        fc.boolean(),
        async ({ rows, columns, seed }, filters, compressors, sharded) => {
          await readsBack([rows, columns], seed, { filters, compressors, ...(sharded ? { shards: [8, 8] } : {}) });
        },
      ),
      { numRuns: runs(30, 150) },
    );
  });

  it("vlen-utf8 and vlen-bytes, on any text and bytes", async () => {
    const text = fc.string({ unit: "binary", maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 12 }), async (texts) => {
        const store = new MemoryStore();
        await createArray(store, { path: "text", shape: [texts.length], chunks: [5], dtype: "string", data: texts });
        const bytes = texts.map((one) => new TextEncoder().encode(one));
        await createArray(store, { path: "bytes", shape: [texts.length], chunks: [5], dtype: "bytes", data: bytes });
        expect((await (await openArray(store, { path: "text" })).get()).data).toEqual(texts);
        expect((await (await openArray(store, { path: "bytes" })).get()).data).toEqual(bytes);
      }),
      { numRuns: runs(12, 60) },
    );
  });
});

describe("metadata", () => {
  /** Any JSON, with integers beyond 2^53, NaN and infinities; numbers as JSON keeps them, so no floats that are integers. */
  const json: fc.Arbitrary<Json> = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(null, true, false, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0),
      fc.integer(),
      fc.double().filter((x) => !Number.isInteger(x)),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 70n }),
      fc.string({ unit: "binary" }),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: "binary" }), tie("value"), { maxKeys: 4 }),
    ),
  })).value as fc.Arbitrary<Json>;

  it("any JSON is read as it was written", () => {
    fc.assert(
      fc.property(json, fc.constantFrom(0, 2), (value, indent) => {
        expect(parseJson(stringifyJson(value, { indent }))).toEqual(value);
      }),
      { numRuns: runs(100, 500) },
    );
  });

  it("an array's documents are read as what they were made of, and written as they were", async () => {
    const lengths = fc.array(fc.tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 1, max: 20 })), {
      maxLength: 4,
    });
    const attributes = fc.dictionary(fc.string(), json, { maxKeys: 3 });
    const dtype = fc.constantFrom(
      "bool",
      "int8",
      "uint64",
      "float16",
      "complex128",
      "datetime64[ns]",
      "U4",
      "S3",
      "V2",
    );
    const options = fc.record({ lengths, attributes, dtype, zarrFormat: fc.constantFrom(2, 3), named: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(options, async ({ lengths, attributes, dtype, zarrFormat, named }) => {
        const made = await createArrayMetadata({
          zarrFormat: zarrFormat as 2 | 3,
          shape: lengths.map(([length]) => length),
          chunks: lengths.map(([, chunk]) => chunk),
          dtype,
          attributes: attributes as never,
          ...(named && zarrFormat === 3 ? { dimensionNames: lengths.map((_, d) => `d${d}`) } : {}),
        });
        const documents = Object.fromEntries(serializeNode(made));
        const read =
          zarrFormat === 3
            ? parseNodeV3(documents["zarr.json"])
            : parseArrayV2(documents[".zarray"], documents[".zattrs"]);
        expect(Object.fromEntries(serializeNode(read))).toEqual(documents);
        const comparable = ({ dataType, chunkKeyEncoding, ...rest }: typeof made) => ({
          ...rest,
          dataType: dataType.toJson(),
          chunkKeyEncoding: chunkKeyEncoding.toJson(),
        });
        expect(comparable(read as typeof made)).toEqual(comparable(made));
      }),
      { numRuns: runs(40, 200) },
    );
  });
});
