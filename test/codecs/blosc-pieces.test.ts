import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../src/bytes/limits.js";
import type { BytesToBytesCodec, ChunkRegion, CodecConfiguration } from "../../src/codecs/codec.js";
import { readerOf } from "../../src/codecs/kernels/encoded-reader.js";
import { createPipeline } from "../../src/codecs/pipeline.js";
import { loadCodecs, registerCodec } from "../../src/codecs/registry.js";
import { cStrides, product } from "../../src/grid/strides.js";
import { chunksOf } from "./cases.js";
import { vector } from "./vectors.js";

await loadCodecs(["blosc", "crc32c", "transpose"].map((name) => ({ name, configuration: {} })));

const blosc = (shuffle: string, blocksize = 0, cname = "lz4"): CodecConfiguration => ({
  typesize: 4,
  cname,
  clevel: 5,
  shuffle,
  blocksize,
});

function pipelineOf(type: string, shape: readonly number[], configuration: CodecConfiguration, endian = "little") {
  const codecs = [
    { name: "bytes", configuration: { endian } },
    { name: "blosc", configuration },
  ];
  return createPipeline(codecs, chunksOf(type, shape), { limits: defaultLimits, zarrFormat: 3 });
}

/** Decodes a region into the middle of memory that is there already. */
async function decodeRegion(pipeline: ReturnType<typeof pipelineOf>, bytes: Uint8Array, region: ChunkRegion) {
  const length = product(region.count);
  const data = new Int32Array(length + 2).fill(-1);
  const target = { data, offset: 1, stride: cStrides(region.count) };
  expect(await pipeline.decodeInto(readerOf(bytes), region, target)).toBe(true);
  expect([data[0], data[length + 1]]).toEqual([-1, -1]);
  return data.subarray(1, -1);
}

let pieces = 0;

/** Its values are the content; it says that it has handed them over in pieces of one unit. */
registerCodec({
  names: ["test.pieces"],
  kind: "bytes-to-bytes",
  create: (): BytesToBytesCodec => ({
    name: "test.pieces",
    kind: "bytes-to-bytes",
    configuration: {},
    maxEncodedSize: (size) => size,
    encode: (bytes) => bytes,
    decode: (bytes) => bytes,
    decodePieces(bytes, size, unit, take) {
      for (let start = 0; start < size; start += unit, pieces++) take(bytes.subarray(start, start + unit), start);
      return true;
    },
  }),
});

const shape = [400, 3, 128];
const valueAt = (i: number, j: number, k: number) => (i * 7 + j * 1000 + k * k) | 0;
const data = Int32Array.from({ length: product(shape) }, (_, n) =>
  valueAt(Math.floor(n / 384), Math.floor(n / 128) % 3, n % 128),
);
const regions: ChunkRegion[] = [
  { start: [0, 0, 0], step: [1, 1, 1], count: shape, whole: true },
  { start: [170, 1, 5], step: [1, 1, 1], count: [9, 2, 100], whole: false },
  { start: [3, 0, 127], step: [37, 2, 1], count: [10, 2, 1], whole: false },
  { start: [399, 2, 0], step: [1, 1, 3], count: [1, 1, 40], whole: false },
  { start: [5, 0, 0], step: [1, 1, 1], count: [0, 3, 128], whole: false },
];

describe("pipeline: codecs that decode in pieces", () => {
  const little = { name: "bytes", configuration: { endian: "little" } };
  const inPieces = { name: "test.pieces", configuration: {} };
  it.each([
    ["alone around the elements", [little, inPieces], 4],
    ["with another codec around them", [little, inPieces, { name: "crc32c", configuration: {} }], 0],
    ["with a codec on arrays", [{ name: "transpose", configuration: { order: [0, 1] } }, little, inPieces], 0],
  ])("%s", async (_, codecs, expected) => {
    const pipeline = createPipeline(codecs, chunksOf("int32", [4, 2]), { limits: defaultLimits, zarrFormat: 3 });
    const chunk = { data: Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8), shape: [4, 2], stride: [2, 1] };
    const bytes = await pipeline.encode(chunk);
    pieces = 0;
    const region = { start: [1, 1], step: [2, 1], count: [2, 1], whole: false };
    expect(await decodeRegion(pipeline, bytes, region)).toEqual(Int32Array.of(4, 8));
    expect(pieces).toBe(expected);
  });
});

describe("blosc: regions of chunks that are decoded in pieces", () => {
  // Rows of 1536 bytes divide blocks of 196608, several of which are in a piece; not those of 65536.
  it.each([
    ["shuffle", 196_608, "lz4"],
    ["noshuffle", 196_608, "lz4"],
    ["bitshuffle", 98_304, "lz4"],
    ["shuffle", 65_536, "lz4"],
    ["shuffle", 614_400, "lz4"],
    ["shuffle", 196_608, "zstd"],
  ])("gives the elements of the region: %s, blocks of %i bytes, %s", async (shuffle, blocksize, cname) => {
    for (const endian of ["little", "big"]) {
      const pipeline = pipelineOf("int32", shape, blosc(shuffle, blocksize, cname), endian);
      const bytes = await pipeline.encode({ data, shape, stride: cStrides(shape) });
      for (const region of regions) {
        const { start, step, count } = region;
        const expected = Int32Array.from({ length: product(count) }, (_, n) => {
          const at = [Math.floor(n / (count[1]! * count[2]!)), Math.floor(n / count[2]!) % count[1]!, n % count[2]!];
          const [i, j, k] = at.map((index, d) => start[d]! + index * step[d]!) as [number, number, number];
          return valueAt(i, j, k);
        });
        const found = await decodeRegion(pipeline, bytes, region);
        expect(found.length === expected.length && found.every((value, n) => value === expected[n])).toBe(true);
      }
    }
  });

  it("gives the elements that numcodecs wrote", async () => {
    const pipeline = pipelineOf("int16", [300], { ...blosc("shuffle"), typesize: 2 });
    const region = { start: [1], step: [2], count: [150], whole: false };
    const target = new Int16Array(150);
    await pipeline.decodeInto(readerOf(vector("blosc-lz4-shuffle")), region, { data: target, offset: 0, stride: [1] });
    expect(target).toEqual(Int16Array.from({ length: 150 }, (_, i) => ((1 + 2 * i) * 3) % 1000));
  });

  it("damaged chunks fail as they do without pieces", async () => {
    const pipeline = pipelineOf("int32", shape, blosc("shuffle", 196_608));
    const bytes = await pipeline.encode({ data, shape, stride: cStrides(shape) });
    const whole = regions[0]!;
    const cutOff = bytes.subarray(0, -1);
    const wrongOffset = bytes.slice().fill(255, 16, 20);
    const otherSize = await pipelineOf("int32", [399, 3, 128], blosc("shuffle", 196_608)).encode({
      data: data.subarray(384),
      shape: [399, 3, 128],
      stride: [384, 128, 1],
    });
    for (const damaged of [cutOff, wrongOffset, otherSize, new Uint8Array(), bytes.slice().fill(0x5a, 40)]) {
      const expected = await pipeline.decode(damaged).catch(({ code, message }) => ({ code, message }));
      expect(expected).toMatchObject({ code: "ERR_CODEC" });
      const target = { data: new Int32Array(data.length), offset: 0, stride: cStrides(shape) };
      await expect(pipeline.decodeInto(readerOf(damaged), whole, target)).rejects.toMatchObject(expected);
    }
  });

  it("strings of one length are not views of what is decoded next", async () => {
    const json = { name: "fixed_length_utf32", configuration: { length_bytes: 8 } };
    const codecs = [
      { name: "bytes", configuration: { endian: "little" } },
      { name: "blosc", configuration: blosc("shuffle") },
    ];
    const pipeline = createPipeline(codecs, chunksOf(json, [64]), { limits: defaultLimits, zarrFormat: 3 });
    const strings = Array.from({ length: 64 }, (_, i) => `${i}`);
    const bytes = await pipeline.encode({ data: strings, shape: [64], stride: [1] });
    const target: string[] = new Array(64).fill("");
    const region = { start: [0], step: [1], count: [64], whole: true };
    await pipeline.decodeInto(readerOf(bytes), region, { data: target, offset: 0, stride: [1] });
    expect(target).toEqual(strings);
  });
});
