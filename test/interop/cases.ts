// One matrix for both directions: what we write and others read, and what zarr-python writes and we read.
import type { JsonObject } from "../../src/index.js";
import type { TestDataType } from "./values.js";

export interface InteropCase {
  readonly name: string;
  readonly zarrFormat: 2 | 3;
  readonly dtype: TestDataType;
  /** Byte order in the file; in version 2 it is part of the data type, in version 3 of the serializer. */
  readonly endian: "little" | "big";
  readonly shape: readonly number[];
  readonly chunks: readonly number[];
  readonly shards?: readonly number[];
  /** Members that `createArray` and zarr.create_array share, up to the spelling of their names. */
  readonly options: {
    readonly filters?: readonly JsonObject[];
    readonly serializer?: JsonObject;
    readonly compressors?: readonly JsonObject[];
    readonly order?: "C" | "F";
    readonly chunkKeyEncoding?: { readonly name: "default" | "v2"; readonly separator: "." | "/" };
  };
}

const numbers = [
  "bool",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float16",
  "float32",
  "float64",
  "complex64",
  "complex128",
] as const satisfies readonly TestDataType[];
const others = ["datetime64[s]", "string", "U8", "S10"] as const satisfies readonly TestDataType[];

const common = { endian: "little", shape: [7, 5], chunks: [3, 2], options: { compressors: [] } } as const;
const v3 = (name: string, options: Partial<InteropCase> = {}): InteropCase => ({
  ...common,
  dtype: "int32",
  ...options,
  name: `v3 ${name}`,
  zarrFormat: 3,
});
const v2 = (name: string, options: Partial<InteropCase> = {}): InteropCase => ({
  ...common,
  dtype: "int32",
  ...options,
  name: `v2 ${name}`,
  zarrFormat: 2,
});

/** A codec of version 3. */
const codec = (name: string, configuration?: JsonObject): JsonObject => ({
  name,
  ...(configuration && { configuration }),
});
const bigEndian = codec("bytes", { endian: "big" });
const gzip = codec("gzip", { level: 5 });
const crc32c = codec("crc32c");
const transpose = codec("transpose", { order: [1, 0] });
const blosc = (cname: string, shuffle: string) =>
  codec("blosc", { cname, clevel: 5, shuffle, typesize: 4, blocksize: 0 });

const shapes: readonly [name: string, shape: number[], chunks: number[]][] = [
  ["0-d", [], []],
  ["zero-length", [0], [3]],
  ["zero-length within", [3, 0, 2], [2, 1, 2]],
  ["one element", [1], [1]],
  ["whole chunks", [6, 4], [3, 2]],
  ["edge chunks in 3-d", [4, 3, 5], [3, 2, 4]],
  ["chunk larger than the array", [3], [10]],
];

const compressors: readonly [name: string, compressors: JsonObject[]][] = [
  ["no compressor", []],
  ["gzip", [gzip]],
  ["zstd", [codec("zstd", { level: 3, checksum: false })]],
  ["zstd with checksum", [codec("zstd", { level: 3, checksum: true })]],
  ["blosc lz4 shuffle", [blosc("lz4", "shuffle")]],
  ["blosc zstd bitshuffle", [blosc("zstd", "bitshuffle")]],
  ["blosc zlib noshuffle", [blosc("zlib", "noshuffle")]],
  ["crc32c", [crc32c]],
  ["gzip and crc32c", [gzip, crc32c]],
];

const compressorsV2: readonly [name: string, compressors: JsonObject[]][] = [
  ["no compressor", []],
  ["zlib", [{ id: "zlib", level: 1 }]],
  ["gzip", [{ id: "gzip", level: 1 }]],
  ["zstd", [{ id: "zstd", level: 1 }]],
  ["lz4", [{ id: "lz4", acceleration: 1 }]],
  ["blosc lz4", [{ id: "blosc", cname: "lz4", clevel: 5, shuffle: 1, blocksize: 0 }]],
];

export const interopCases: readonly InteropCase[] = [
  ...[...numbers, ...others].map((dtype) => v3(dtype, { dtype })),
  ...numbers
    .slice(3)
    .map((dtype) =>
      v3(`big-endian ${dtype}`, { dtype, endian: "big", options: { serializer: bigEndian, compressors: [] } }),
    ),
  ...shapes.map(([name, shape, chunks]) => v3(name, { shape, chunks, dtype: "int16" })),
  ...compressors.map(([name, list]) => v3(name, { options: { compressors: list } })),
  v3("default compressor", { options: {} }),
  v3("transposed", { options: { filters: [transpose], compressors: [] } }),
  v3("transposed, big-endian, gzip", {
    endian: "big",
    options: { filters: [transpose], serializer: bigEndian, compressors: [gzip] },
  }),
  v3("sharded", { shards: [6, 4] }),
  v3("sharded, big-endian and gzip within", {
    dtype: "float64",
    shards: [6, 4],
    options: { serializer: bigEndian, compressors: [gzip, crc32c] },
  }),
  v3("sharded, transposed within", { shards: [6, 6], options: { filters: [transpose], compressors: [] } }),
  v3("dots in chunk keys", { options: { chunkKeyEncoding: { name: "default", separator: "." }, compressors: [] } }),
  v3("chunk keys of version 2", { options: { chunkKeyEncoding: { name: "v2", separator: "." }, compressors: [] } }),

  ...[...numbers, ...others].map((dtype) => v2(dtype, { dtype })),
  ...[...numbers.slice(3), "datetime64[s]" as const, "U8" as const].map((dtype) =>
    v2(`big-endian ${dtype}`, { dtype, endian: "big" }),
  ),
  ...shapes.map(([name, shape, chunks]) => v2(name, { shape, chunks, dtype: "int16" })),
  ...compressorsV2.map(([name, list]) => v2(name, { options: { compressors: list } })),
  v2("default compressor", { options: {} }),
  v2("Fortran order", { options: { order: "F", compressors: [] } }),
  v2("Fortran order, big-endian, zlib", {
    endian: "big",
    options: { order: "F", compressors: [{ id: "zlib", level: 9 }] },
  }),
  v2("shuffle filter", { options: { filters: [{ id: "shuffle", elementsize: 4 }], compressors: [] } }),
  v2("delta filter", { options: { filters: [{ id: "delta", dtype: "<i4" }], compressors: [] } }),
  v2("nested chunk keys", { options: { chunkKeyEncoding: { name: "v2", separator: "/" }, compressors: [] } }),
];

const isText = ({ dtype }: InteropCase) => dtype === "string" || dtype === "U8" || dtype === "S10";
const isDate = ({ dtype }: InteropCase) => dtype === "datetime64[s]";
const isComplex = ({ dtype }: InteropCase) => dtype.startsWith("complex");
const isEmpty = ({ shape }: InteropCase) => shape.includes(0);
const usesAny = ({ options }: InteropCase, ...ids: string[]) =>
  [...(options.filters ?? []), ...(options.compressors ?? [])].some(
    (codec) => "id" in codec && ids.includes(codec.id as string),
  );

/** What a reader does not know, or gets wrong in files of every writer (each was tried on files of zarr-python 3.1.6). */
const unknownTo = {
  "zarr-python 3.4.2": () => false,
  "zarr-python 3.1.6": () => false,
  "zarr-python 3.0.0": (c: InteropCase) =>
    c.zarrFormat === 3 ? isDate(c) || (isText(c) && c.dtype !== "string") : isComplex(c) || c.options.order === "F",
  tensorstore: (c: InteropCase) => isDate(c) || isText(c) || usesAny(c, "lz4", "shuffle", "delta"),
  zarrita: (c: InteropCase) =>
    isEmpty(c) ||
    (c.dtype === "float16" && !("Float16Array" in globalThis)) ||
    isDate(c) ||
    isComplex(c) ||
    (c.zarrFormat === 3 && isText(c) && c.dtype !== "string"),
};

/** The cases that a reader knows. */
export function casesFor(reader: keyof typeof unknownTo): InteropCase[] {
  return interopCases.filter((one) => !unknownTo[reader](one));
}

/** Attributes of every array of the matrix; text beyond ASCII among them. */
export const attributes = { units: "K", título: "température ☃", nested: { list: [1, 2.5, null, true] } };

/** The type of a case as `createArray` takes it: in numpy's notation, with the byte order of the file. */
export function ourDataType({ dtype, endian }: InteropCase): string {
  const code = { bool: "b1", "datetime64[s]": "M8[s]", U8: "U8", S10: "S10", string: "" }[dtype as string];
  if (code === "") return "string";
  const [, name, bits] = /^([a-z]+)(\d+)/.exec(dtype) ?? [];
  const kind = name === "uint" ? "u" : name?.[0];
  return `${endian === "big" ? ">" : "<"}${code ?? `${kind}${Number(bits) / 8}`}`;
}
