// A random matrix of arrays, the same for the same seed. Both sides get the values as bytes.
import type { JsonObject } from "../../src/index.js";

/** Values in C order: base64 of little-endian bytes, or texts (byte strings in base64) where lengths vary. */
export type Canonical = string | readonly string[];

export interface RandomCase {
  readonly path: string;
  readonly zarrFormat: 2 | 3;
  /** In NumPy's notation with the stored byte order, or "string", or "bytes". */
  readonly dtype: string | readonly (readonly [name: string, dtype: string])[];
  readonly shape: readonly number[];
  readonly chunks: readonly number[];
  readonly shards?: readonly number[];
  readonly indexLocation?: "start" | "end";
  readonly filters?: readonly JsonObject[];
  readonly compressors?: readonly JsonObject[];
  readonly order?: "C" | "F";
  readonly separator: "." | "/";
  readonly keyEncoding: "default" | "v2";
  readonly dimensionNames?: readonly (string | null)[];
  /** Number of a member of {@link attributeSets}. */
  readonly attributes: number;
  /** One element; the default of the writer where left out. */
  readonly fill?: Canonical;
  readonly data: Canonical;
  /** Regions that are written, with a start and an end per dimension; everything else stays as it is. */
  readonly regions: readonly (readonly (readonly [number, number])[])[];
}

/** Attributes as Python's json.dumps writes them, and as this package reads them. */
export const attributeSets: readonly (readonly [text: string, value: JsonObject])[] = [
  ["{}", {}],
  [
    '{"big": 1000000000000000000000000000001, "low": -9007199254740993}',
    { big: 10n ** 30n + 1n, low: -(2n ** 53n + 1n) },
  ],
  ['{"n": NaN, "p": Infinity, "m": [-Infinity]}', { n: Number.NaN, p: Infinity, m: [-Infinity] }],
  [
    '{"é☃𝄞": {"a": [1, null, true, {"b": []}], "": "\\u0000\\n\\"/"}}',
    { "é☃𝄞": { a: [1, null, true, { b: [] }], "": '\0\n"/' } },
  ],
];

const byteOrderless = ["|b1", "|i1", "|u1", "|S1", "|S7", "|V1", "|V5", "string", "bytes"];
const ordered = ["i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16", "U1", "U5"];
const times = ["s", "ns", "25us", "D", "Y", "M", "W", "h", "m", "ms", "10ps", "fs", "as"];
const blosc = { cname: ["blosclz", "lz4", "lz4hc", "zlib", "zstd"], shuffle: ["noshuffle", "shuffle", "bitshuffle"] };
const structs = [
  [
    ["a", "i4"],
    ["b", "S3"],
  ],
  [
    ["x", "f8"],
    ["y", "f4"],
    ["é", "b1"],
  ],
  [
    ["t", "M8[s]"],
    ["u", "U2"],
    ["c", "c8"],
    ["v", "V2"],
  ],
] as const;

/** Marsaglia's xorshift: numbers below 2^32. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state >>> 0;
  }

  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + (this.next() % (high - low + 1));
  }

  chance(percent: number): boolean {
    return this.next() % 100 < percent;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.next() % list.length]!;
  }

  shuffled(length: number): number[] {
    const list = Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [list[i], list[j]] = [list[j]!, list[i]!];
    }
    return list;
  }
}

export function randomCases(count: number, seed: number): RandomCase[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => randomCase(random, `array-${i}`));
}

function randomCase(random: Random, path: string): RandomCase {
  const zarrFormat = random.pick([2, 3, 3] as const);
  const dtype = randomType(random, zarrFormat);
  const shape = Array.from({ length: random.integer(0, 5) }, (_, d) =>
    random.chance(7) ? 0 : random.integer(1, [40, 12, 7, 4, 3][d]!),
  );
  const chunks = shape.map((length) => random.integer(1, length + 1));
  const shards = chunks.map((length) => length * random.integer(1, 3));
  const filters = randomFilters(random, zarrFormat, dtype, shape.length);
  const isLossless = filters.every(({ id, name }) => id === undefined && name === "transpose");
  const keyEncoding = zarrFormat === 2 || random.chance(25) ? "v2" : "default";
  return {
    path,
    zarrFormat,
    dtype,
    shape,
    chunks,
    ...(zarrFormat === 3 && random.chance(35) && { shards, indexLocation: random.pick(["start", "end"] as const) }),
    ...(filters.length > 0 && { filters }),
    ...(random.chance(85) && { compressors: randomCompressors(random, zarrFormat, dtype) }),
    ...(zarrFormat === 2 && random.chance(30) && { order: "F" as const }),
    separator: random.pick([".", "/"] as const),
    keyEncoding,
    ...(zarrFormat === 3 &&
      random.chance(30) && { dimensionNames: shape.map((_, d) => random.pick([null, "x", `é${d}`])) }),
    attributes: random.integer(0, attributeSets.length - 1),
    ...(random.chance(75) && { fill: randomValues(random, dtype, 1, isLossless) }),
    data: randomValues(random, dtype, product(shape), isLossless),
    regions: random.chance(50)
      ? [shape.map((length) => [0, length] as const)]
      : Array.from({ length: random.integer(0, 3) }, () => shape.map((length) => randomRange(random, length))),
  };
}

function randomRange(random: Random, length: number): readonly [number, number] {
  const start = random.integer(0, length);
  return [start, random.integer(start, length)];
}

function randomType(random: Random, zarrFormat: 2 | 3): RandomCase["dtype"] {
  const order = random.pick(["<", ">"]);
  const kind = random.integer(0, 9);
  if (kind < 3) return random.pick(byteOrderless);
  if (kind === 3) {
    const name = random.pick(["M8", "m8"]);
    // NumPy does not swap the bytes of times without a unit when it converts between byte orders.
    return random.chance(10) ? `<${name}` : `${order}${name}[${random.pick(times)}]`;
  }
  if (kind === 4) {
    // In version 3 zarr-python stores every struct little-endian, whatever byte order the codec names.
    const fieldOrder = zarrFormat === 3 ? "<" : order;
    return random.pick(structs).map(([name, code]) => [name, (/^[bSV]/.test(code) ? "|" : fieldOrder) + code] as const);
  }
  return `${order}${random.pick(ordered)}`;
}

/** Filters that give back what they took: integers, and multiples of 1/8, are exact in all of them. */
function randomFilters(random: Random, zarrFormat: 2 | 3, dtype: RandomCase["dtype"], rank: number): JsonObject[] {
  const filters: JsonObject[] = [];
  // Of a transposed chunk zarr-python hands texts, and what numcodecs filters, over in the order of its memory, which is another.
  const isText = dtype === "string" || dtype === "bytes";
  if (zarrFormat === 3 && random.chance(20) && !isText) {
    filters.push({ name: "transpose", configuration: { order: random.shuffled(rank) } });
  }
  if (typeof dtype !== "string") return filters;
  if (dtype === "string" || dtype === "bytes") {
    return zarrFormat === 2 ? [{ id: dtype === "string" ? "vlen-utf8" : "vlen-bytes" }] : filters;
  }
  // In version 3 zarr-python's filters get the elements in the machine's byte order, but name that of the data type.
  const isSwapped = dtype.startsWith(">") && zarrFormat === 3;
  if (isSwapped || filters.length > 0 || !random.chance(40)) return filters;
  const codec = (id: string, configuration: JsonObject = {}) =>
    filters.push(zarrFormat === 2 ? { id, ...configuration } : { name: `numcodecs.${id}`, configuration });
  const order = dtype[0]!;
  if (dtype === "|b1") codec("packbits");
  else if (/^.[iu][248]$/.test(dtype)) {
    const which = random.integer(0, 2);
    if (which === 0) codec("delta", { dtype });
    else if (which === 1) codec("fixedscaleoffset", { offset: 0, scale: 1, dtype, astype: dtype });
    else codec("astype", { encode_dtype: dtype.replace(/\d$/, "8"), decode_dtype: dtype });
  } else if (/^.f[48]$/.test(dtype)) {
    const which = random.integer(0, 4);
    if (which === 0) codec("delta", { dtype });
    else if (which === 1) codec("fixedscaleoffset", { offset: 0, scale: 8, dtype, astype: `${order}i4` });
    else if (which === 2) codec("quantize", { digits: 3, dtype });
    else if (which === 3) codec("bitround", { keepbits: 20 });
    else codec("astype", { encode_dtype: `${order}f8`, decode_dtype: dtype });
  }
  return filters;
}

function randomCompressors(random: Random, zarrFormat: 2 | 3, dtype: RandomCase["dtype"]): JsonObject[] {
  const fixedSize = typeof dtype === "string" ? Number(/^.[a-zA-Z](\d+)/.exec(dtype)?.[1] ?? 1) : 1;
  if (zarrFormat === 2)
    return random.chance(20) ? [] : [randomNumcodec(random, fixedSize, (id, rest) => ({ id, ...rest }))];
  return Array.from({ length: random.integer(0, 3) }, (_, i) => {
    const which = random.integer(0, 5);
    if (which === 0) return { name: "gzip", configuration: { level: random.integer(0, 9) } };
    if (which === 1) {
      return { name: "zstd", configuration: { level: random.integer(-5, 19), checksum: random.chance(50) } };
    }
    if (which === 2) return { name: "crc32c" };
    if (which === 3) {
      const [cname, shuffle] = [random.pick(blosc.cname), random.pick(blosc.shuffle)];
      const sizes = { typesize: random.pick([1, 2, 3, 4, 8, 16]), blocksize: random.pick([0, 0, 256]) };
      return { name: "blosc", configuration: { cname, clevel: random.integer(0, 9), shuffle, ...sizes } };
    }
    return randomNumcodec(random, i === 0 ? fixedSize : 1, (id, configuration) => ({
      name: `numcodecs.${id}`,
      configuration,
    }));
  });
}

/** @param itemSize - what the number of bytes is a multiple of, as the shuffle needs it */
function randomNumcodec(
  random: Random,
  itemSize: number,
  codec: (id: string, rest: JsonObject) => JsonObject,
): JsonObject {
  const ids = ["zlib", "gzip", "zstd", "blosc", "lz4", "bz2", "lzma", "shuffle"] as const;
  const id = random.pick([...ids, "crc32", "crc32c", "adler32", "fletcher32", "jenkins_lookup3"] as const);
  if (id === "zlib" || id === "gzip") return codec(id, { level: random.integer(0, 9) });
  if (id === "zstd") return codec(id, { level: random.integer(-3, 12) });
  if (id === "lz4") return codec(id, { acceleration: random.integer(1, 5) });
  if (id === "bz2") return codec(id, { level: random.integer(1, 9) });
  if (id === "lzma")
    return codec(id, { format: random.pick([1, 2]), check: -1, preset: random.integer(0, 3), filters: null });
  if (id === "shuffle") return codec(id, { elementsize: itemSize });
  if (id === "blosc") {
    const cname = random.pick(blosc.cname);
    return codec(id, { cname, clevel: random.integer(0, 9), shuffle: random.integer(-1, 2), blocksize: 0 });
  }
  return codec(id, {});
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, length) => total * length, 1);
}

/** @param anyValue - false: only what every filter keeps exactly */
function randomValues(random: Random, dtype: RandomCase["dtype"], count: number, anyValue: boolean): Canonical {
  if (dtype === "string") return Array.from({ length: count }, () => randomText(random, 9));
  if (dtype === "bytes") {
    return Array.from({ length: count }, () =>
      Buffer.from(Array.from({ length: random.integer(0, 6) }, () => random.integer(0, 255))).toString("base64"),
    );
  }
  const codes = typeof dtype === "string" ? [dtype] : dtype.map(([, code]) => code);
  const elements = Array.from({ length: count }, () => codes.map((code) => randomElement(random, code, anyValue)));
  return Buffer.concat(elements.flat()).toString("base64");
}

function randomText(random: Random, length: number): string {
  return Array.from({ length: random.integer(0, length) }, () => random.pick(["a", "é", "☃", "𝄞", " "])).join("");
}

function randomElement(random: Random, dtype: string, anyValue: boolean): Buffer {
  const [, kind, digits] = /^.([a-zA-Z])(\d+)/.exec(dtype)!;
  const size = Number(digits);
  switch (kind) {
    case "b":
      return Buffer.from([random.integer(0, 1)]);
    case "i":
    case "u":
      return randomInteger(random, kind, size, anyValue);
    case "f":
      return randomFloat(random, size, anyValue);
    case "c":
      return Buffer.concat([0, 1].map(() => randomFloat(random, size / 2, anyValue)));
    case "M":
    case "m": {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(random.chance(15) ? -(2n ** 63n) : BigInt(random.next()) - 2n ** 31n);
      return bytes;
    }
    case "U": {
      const bytes = Buffer.alloc(size * 4);
      [...randomText(random, size)].forEach((character, i) => {
        bytes.writeUInt32LE(character.codePointAt(0)!, i * 4);
      });
      return bytes;
    }
    default:
      return Buffer.from(Array.from({ length: size }, () => random.integer(0, 255)));
  }
}

function randomInteger(random: Random, kind: "i" | "u", size: number, anyValue: boolean): Buffer {
  const bytes = Buffer.alloc(size);
  const isExtreme = anyValue && random.chance(20);
  if (isExtreme) bytes.fill(random.pick([0x00, 0xff]));
  else for (let i = 0; i < (anyValue ? size : 1); i++) bytes[i] = random.integer(0, 127);
  if (isExtreme && kind === "i") bytes[size - 1]! ^= 0x80;
  return bytes;
}

function randomFloat(random: Random, size: number, anyValue: boolean): Buffer {
  const specials = [Number.NaN, Infinity, -Infinity, -0, 0];
  const value = anyValue && random.chance(25) ? random.pick(specials) : random.integer(-1024, 1023) / 8;
  const bytes = Buffer.alloc(size);
  if (size === 8) bytes.writeDoubleLE(anyValue && random.chance(30) ? value / 3 : value);
  else if (size === 4) bytes.writeFloatLE(anyValue && random.chance(30) ? value * 1e20 : value);
  else bytes.writeUInt16LE(float16Bits(value));
  return bytes;
}

/** Multiples of 1/8 below 2^8 are exact in float16. */
function float16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = Object.is(value, -0) || value < 0 ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude === Infinity) return sign | 0x7c00;
  if (magnitude === 0) return sign;
  const exponent = Math.floor(Math.log2(magnitude));
  return sign | ((exponent + 15) << 10) | Math.round((magnitude / 2 ** exponent - 1) * 1024);
}

/** What the array holds when the regions of a case are written. */
export function expectedValues({ data, shape, regions }: RandomCase, fill: Canonical): Canonical {
  const isWritten = indices(shape).map((index) =>
    regions.some((region) => region.every(([start, end], d) => index[d]! >= start && index[d]! < end)),
  );
  return select(data, fill, isWritten);
}

function select(data: Canonical, fill: Canonical, isWritten: readonly boolean[]): Canonical {
  if (typeof data === "string") {
    const [bytes, filling] = [Buffer.from(data, "base64"), Buffer.from(fill as string, "base64")];
    const size = filling.length;
    isWritten.forEach((written, i) => {
      if (!written) bytes.set(filling, i * size);
    });
    return bytes.toString("base64");
  }
  return isWritten.map((written, i) => (written ? data[i]! : fill[0]!));
}

/** The elements of one region, in C order. */
export function regionValues({ data, shape }: RandomCase, region: RandomCase["regions"][number]): Canonical {
  const inside = indices(shape).flatMap((index, i) =>
    region.every(([start, end], d) => index[d]! >= start && index[d]! < end) ? [i] : [],
  );
  if (typeof data !== "string") return inside.map((i) => data[i]!);
  const bytes = Buffer.from(data, "base64");
  const size = bytes.length / Math.max(1, product(shape));
  return Buffer.concat(inside.map((i) => bytes.subarray(i * size, (i + 1) * size))).toString("base64");
}

function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, length) => all.flatMap((index) => Array.from({ length }, (_, i) => [...index, i])),
    [[]],
  );
}
