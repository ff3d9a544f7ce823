// The random matrix both ways: zarr-python writes and we read; we write, and zarr-python and tensorstore read.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dataTypeFromName } from "../../src/data-type/registry.js";
import {
  createArray,
  type DataType,
  type Json,
  openArray,
  StructType,
  slice,
  type ZarrArray,
  ZipStore,
} from "../../src/index.js";
import { interpreter, type MatrixAnswer, Python } from "./python.js";
import {
  attributeSets,
  type Canonical,
  expectedValues,
  type RandomCase,
  randomCases,
  regionValues,
} from "./random-matrix.js";

const seed = Number(process.env.ZARRZIP_SEED ?? 20_250_117);
const cases = randomCases(300, seed);
const { executable, reason } = interpreter("ZARRZIP_PYTHON");

const isVoid = ({ dtype }: RandomCase) => typeof dtype !== "string" || dtype.startsWith("|V");

type Exclusion = readonly [error: string, applies: (one: RandomCase) => boolean];

/** What zarr-python 3.1.6 cannot do, with the beginning of what it says. Where it answers after all, the answer must be right. */
const exclusions: Readonly<Record<"writing" | "reading" | "both", readonly Exclusion[]>> = {
  writing: [
    ["IndexError: too many indices", ({ shape, shards }) => shards !== undefined && shape.length === 0],
    // Of a struct with a field of raw bytes it cannot make the default fill value.
    [
      "TypeError: a bytes-like object",
      ({ dtype, fill }) => fill === undefined && JSON.stringify(dtype).includes('"|V'),
    ],
  ],
  reading: [
    ["TypeError: Invalid fill_value", ({ zarrFormat, dtype }) => zarrFormat === 3 && dtype === "<M8"],
    ["ValueError: Converting an integer to a NumPy datetime", ({ dtype }) => dtype === "<M8"],
    // Of the registered "struct" it knows an older form, "structured", which this package reads, but does not write.
    ["ValueError: No Zarr data type found", ({ zarrFormat, dtype }) => zarrFormat === 3 && typeof dtype !== "string"],
  ],
  both: [
    ["TypeError: unhashable type", (one) => one.shards !== undefined && isVoid(one)],
    ["ValueError: Can't hash generic", ({ shards, dtype }) => shards !== undefined && /^<[mM]8$/.test(String(dtype))],
    ["KeyError: '>f", ({ filters = [] }) => filters.some(({ id }) => id === "bitround")],
    ["ValueError: cannot include dtype 'M' in a buffer", ({ dtype }) => JSON.stringify(dtype).includes("M8[")],
  ],
};

function isExcluded(way: "writing" | "reading", one: RandomCase, answer: object): boolean {
  if (!("error" in answer)) return false;
  const known = [...exclusions[way], ...exclusions.both];
  return known.some(([error, applies]) => applies(one) && String(answer.error).startsWith(error));
}

/** tensorstore knows neither the bare NaN that Python allows in attributes, nor a name that several dimensions have. */
function isKnownToTensorstore(one: RandomCase): boolean {
  const { zarrFormat, dtype, filters = [], compressors = [], dimensionNames = [], attributes } = one;
  if (typeof dtype !== "string" || !/^.[biufc]\d/.test(dtype)) return false;
  const names = [...filters, ...compressors].map(({ name, id }) => String(name ?? id));
  const known = ["zlib", "gzip", "zstd", "blosc", "bz2", ...(zarrFormat === 3 ? ["crc32c", "transpose"] : [])];
  const named = dimensionNames.filter((name) => name !== null);
  const hasNaN = attributeSets[attributes]![0].includes("NaN");
  return (
    (zarrFormat === 2 || !hasNaN) && new Set(named).size === named.length && names.every((id) => known.includes(id))
  );
}

const titled = cases.map((one, i) => {
  const { zarrFormat, dtype, shape, shards } = one;
  const name = `${i}: v${zarrFormat} ${JSON.stringify(dtype)} [${shape}]${shards === undefined ? "" : " sharded"}`;
  return [name, one, i] as const;
});

/** What a test prints of a case: enough to make it again. */
function show({ data, ...rest }: RandomCase): string {
  return `seed ${seed}: ${JSON.stringify(rest)}`;
}

function encode(dataType: DataType, data: never): Canonical {
  if (dataType.objectCodec === "vlen-utf8") return [...(data as string[])];
  if (dataType.objectCodec === "vlen-bytes") return (data as Uint8Array[]).map((value) => base64(value));
  // The data of a struct are little-endian everywhere; other types give the bytes of this machine.
  return base64(dataType instanceof StructType ? (data as Uint8Array) : dataType.toBytes(data));
}

function decode(dataType: DataType, canonical: Canonical) {
  if (dataType.objectCodec === "vlen-bytes") return (canonical as string[]).map((text) => Buffer.from(text, "base64"));
  if (typeof canonical !== "string") return [...canonical];
  const bytes = Uint8Array.from(Buffer.from(canonical, "base64"));
  return dataType instanceof StructType ? bytes : dataType.fromBytes(bytes);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function encodeScalar(dataType: DataType, value: unknown): Canonical {
  const data = dataType.allocate(1);
  dataType.fill(data, value, 0, dataType.width);
  return encode(dataType, data as never);
}

/** An array in the form in which Python answers. */
async function answerOf(array: ZarrArray): Promise<Omit<MatrixAnswer, "attributes">> {
  const value: unknown = await array.get();
  const { dataType } = array;
  const data =
    array.shape.length === 0 ? encodeScalar(dataType, value) : encode(dataType, (value as { data: never }).data);
  return {
    shape: [...array.shape],
    data,
    fill: encodeScalar(dataType, array.fillValue),
    dimensionNames: array.dimensionNames === undefined ? null : [...array.dimensionNames],
  };
}

async function write(store: ZipStore, one: RandomCase): Promise<void> {
  const { path, zarrFormat, shape, filters, compressors, order, dimensionNames, chunks, shards } = one;
  const dtype = one.dtype as Json as string;
  const { dataType } = dataTypeFromName(dtype);
  const array = await createArray<string>(store, {
    path,
    zarrFormat,
    dtype,
    shape,
    chunks,
    ...(shards && { shards }),
    ...(filters && { filters }),
    ...(compressors && { compressors }),
    ...(order && { order }),
    ...(dimensionNames && { dimensionNames }),
    ...(one.fill !== undefined && { fillValue: dataType.getScalar(decode(dataType, one.fill) as never, 0) }),
    attributes: attributeSets[one.attributes]![1],
    chunkKeyEncoding: { name: one.keyEncoding, separator: one.separator },
  });
  for (const region of one.regions) {
    const place = region.map(([start, end]) => slice(start, end));
    await array.set(place, {
      data: decode(dataType, regionValues(one, region)),
      shape: region.map(([start, end]) => end - start),
    });
  }
}

describe.skipIf(executable === undefined)(`interop: a random matrix of seed ${seed}${reason}`, () => {
  let folder: string;
  let python: Python;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "zarrzip-matrix-"));
    python = new Python(executable!);
  });
  afterAll(async () => {
    python.close();
    await rm(folder, { recursive: true });
  });

  describe.each([
    ["stored", false],
    ["deflated", true],
  ])("we read what zarr-python writes, %s", (_, deflate) => {
    let store: ZipStore;
    let answers: readonly (MatrixAnswer | { error: string })[];
    beforeAll(async () => {
      const file = join(folder, `python-${deflate}.zip`);
      answers = await python.writeMatrix({ file, deflate, arrays: cases });
      store = await ZipStore.open(file);
    });
    afterAll(() => store?.close());

    test.each(titled)("%s", async (_name, one, i) => {
      const theirs = answers[i]!;
      if (isExcluded("writing", one, theirs)) return;
      if ("error" in theirs) throw new Error(`zarr-python: ${theirs.error}\n${show(one)}`);
      const array = await openArray(store, { path: one.path });
      const { attributes, ...rest } = theirs;
      expect(await answerOf(array), show(one)).toEqual(rest);
      expect(array.attributes, show(one)).toEqual(attributeSets[one.attributes]![1]);
      if (one.fill !== undefined) expect(rest.fill, show(one)).toEqual(one.fill);
      expect(rest.data, show(one)).toEqual(expectedValues(one, rest.fill));
    });
  });

  describe("what we write is read by", () => {
    let ours: Omit<MatrixAnswer, "attributes">[];
    const file = () => join(folder, "ours.zip");
    beforeAll(async () => {
      const store = await ZipStore.open(file(), { mode: "w" });
      for (const one of cases) await write(store, one);
      await store.close();
      const reader = await ZipStore.open(file());
      ours = [];
      for (const { path } of cases) ours.push(await answerOf(await openArray(reader, { path })));
      await reader.close();
    });

    test("us", () => {
      cases.forEach((one, i) => {
        const { data, fill } = ours[i]!;
        expect(data, show(one)).toEqual(expectedValues(one, fill));
        if (one.fill !== undefined) expect(fill, show(one)).toEqual(one.fill);
      });
    });

    describe("zarr-python", () => {
      let answers: readonly (MatrixAnswer | { error: string })[];
      beforeAll(async () => {
        answers = await python.readMatrix({ file: file(), reader: "zarr", arrays: cases });
      });

      test.each(titled)("%s", (_name, one, i) => {
        if (isExcluded("reading", one, answers[i]!)) return;
        expect(answers[i], show(one)).toEqual({ ...ours[i]!, attributes: attributeSets[one.attributes]![0] });
      });
    });

    test("tensorstore, of numbers without the codecs of numcodecs", async () => {
      const known = cases.filter(isKnownToTensorstore);
      const answers = await python.readMatrix({ file: file(), reader: "tensorstore", arrays: known });
      expect(known.length).toBeGreaterThan(30);
      known.forEach((one, i) => {
        const { shape, data } = ours[cases.indexOf(one)]!;
        expect(answers[i], show(one)).toEqual({ shape, data });
      });
    });
  });
});
