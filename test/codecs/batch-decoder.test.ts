import zlib from "node:zlib";
import { compress } from "@cloudpss/zstd/wasm";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/bytes/json.js";
import { defaultLimits, type Limits } from "../../src/bytes/limits.js";
import type { BytesToBytesCodec, ChunkRegion, CodecMetadata, EncodedReader } from "../../src/codecs/codec.js";
import { createPipeline } from "../../src/codecs/pipeline.js";
import { loadCodecs, registerCodec } from "../../src/codecs/registry.js";
import type { ChunkData } from "../../src/data-type/data-type.js";
import { chunksOf } from "./cases.js";

await loadCodecs(
  ["zstd", "gzip", "transpose", "sharding_indexed", "vlen-utf8", "packbits", "blosc"].map((name) => ({
    name,
    configuration: {},
  })),
);

const codec = (name: string, configuration = {}): CodecMetadata => ({ name, configuration });
const little = codec("bytes", { endian: "little" });
const zstd = codec("zstd", { level: 3, checksum: false });

let batchesDecoded = 0;

/** Its values are the content, or where they begin with 255 damaged; batches have 32 bytes of 0xee between two values. */
registerCodec({
  names: ["test.batches"],
  kind: "bytes-to-bytes",
  create: (): BytesToBytesCodec => ({
    name: "test.batches",
    kind: "bytes-to-bytes",
    configuration: {},
    maxEncodedSize: (size) => size,
    encode: (bytes) => bytes,
    decode: (bytes) => bytes,
    async decodeBatch(values, size) {
      batchesDecoded++;
      if (values.some((value) => value[0] === 255)) return undefined;
      const stride = size + 32;
      const bytes = new Uint8Array(values.length * stride).fill(0xee);
      for (const [i, value] of values.entries()) bytes.set(value, i * stride);
      return { bytes, stride };
    },
  }),
});
const batches = codec("test.batches");

function pipelineOf(
  codecs: readonly CodecMetadata[],
  type: string | JsonObject,
  shape: readonly number[],
  limits: Partial<Limits> = {},
) {
  return createPipeline(codecs, chunksOf(type, shape), { limits: { ...defaultLimits, ...limits }, zarrFormat: 3 });
}

/** Large maps of these compare fast. */
const textOf = (data: ChunkData) => {
  const { buffer, byteOffset, byteLength } = data as Int32Array;
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
};
const textsOf = (chunks: readonly ChunkData[]) => new Map(chunks.map(textOf).entries());

/** What is placed, by number. */
async function decodeAll(pipeline: ReturnType<typeof pipelineOf>, values: readonly Uint8Array[], elements: number) {
  const placed = new Map<number, string>();
  const left = await pipeline.decodeMany!(values, (number, data, offset) => {
    expect(placed.has(number)).toBe(false);
    placed.set(number, textOf((data as Int32Array).slice(offset, offset + elements)));
  });
  return { placed, left: left.toSorted((a, b) => a - b) };
}

describe("pipeline: many chunks in few steps", () => {
  it("places every chunk, and leaves the steps in which one is damaged", async () => {
    const pipeline = pipelineOf([little, batches], "int32", [1024]);
    const chunks = Array.from({ length: 300 }, (_, number) =>
      Int32Array.from({ length: 1024 }, (_, i) => number * 100 + i),
    );
    const values = chunks.map(({ buffer }) => new Uint8Array(buffer));
    expect(await decodeAll(pipeline, values, 1024)).toEqual({ placed: textsOf(chunks), left: [] });

    // Steps are of 512 KiB: the second one has the chunks 128 to 255.
    values[200] = values[200]!.slice().fill(255);
    const { placed, left } = await decodeAll(pipeline, values, 1024);
    expect(left).toEqual(Array.from({ length: 128 }, (_, i) => 128 + i));
    expect(placed).toEqual(new Map([...textsOf(chunks)].filter(([number]) => !left.includes(number))));
  });

  it("turns the byte order of every element", async () => {
    const pipeline = pipelineOf([codec("bytes", { endian: "big" }), batches], "uint16", [2]);
    const values = [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(0, 9, 0, 8)];
    const expected = textsOf([Uint16Array.of(0x102, 0x304), Uint16Array.of(9, 8)]);
    expect(await decodeAll(pipeline, values, 2)).toEqual({ placed: expected, left: [] });
  });

  it("a single value is left: it is decoded as fast by itself", async () => {
    const { left } = await decodeAll(pipelineOf([little, batches], "int32", [2]), [new Uint8Array(8)], 2);
    expect(left).toEqual([0]);
  });

  it.each<[string, readonly CodecMetadata[], string | JsonObject, readonly number[], Partial<Limits>]>([
    ["nothing but elements", [little], "int32", [4], {}],
    ["a codec that takes one at a time", [little, codec("gzip", { level: 1 })], "int32", [4], {}],
    ["two codecs on bytes", [little, batches, codec("crc32c")], "int32", [4], {}],
    ["a codec on arrays", [codec("transpose", { order: [1, 0] }), little, batches], "int32", [2, 2], {}],
    ["elements of 3 bytes", [codec("bytes"), batches], "r24", [16], {}],
    ["strings", [codec("vlen-utf8"), batches], "string", [4], {}],
    [
      "strings of one length",
      [little, batches],
      { name: "fixed_length_utf32", configuration: { length_bytes: 4 } },
      [4],
      {},
    ],
    ["elements that share bytes", [codec("packbits"), batches], "bool", [16], {}],
    ["chunks that fill half a step", [little, batches], "uint8", [2 ** 18 + 1], {}],
    ["chunks of nothing", [little, batches], "int32", [0], {}],
    ["chunks above the limit", [little, batches], "int32", [4], { chunkBytes: 15 }],
  ])("%s: not offered", (_, codecs, type, shape, limits) => {
    expect(pipelineOf(codecs, type, shape, limits).decodeMany).toBeUndefined();
  });

  it("the caller's error is thrown when nothing is under way any more", async () => {
    const pipeline = pipelineOf([little, batches], "int32", [1024]);
    const values = Array.from({ length: 1000 }, () => new Uint8Array(4096));
    const reason = new Error("the caller's");
    let calls = 0;
    const many = pipeline.decodeMany!(values, () => {
      calls++;
      if (calls === 2) throw reason;
    });
    await expect(many).rejects.toBe(reason);
    const before = calls;
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toBe(before);
  });
});

const hasNative = typeof zlib.zstdDecompressSync === "function";

describe.skipIf(!hasNative)("zstd: many frames in one step", () => {
  const chunks = Array.from({ length: 150 }, (_, n) =>
    Float64Array.from({ length: 512 }, (_, i) => ((i * n) % 97) / 8),
  );
  const frames = chunks.map(({ buffer }) => compress(new Uint8Array(buffer), 3));

  it("decodes what the reference encoder wrote", async () => {
    const pipeline = pipelineOf([little, zstd], "float64", [512]);
    expect(await decodeAll(pipeline, frames, 512)).toEqual({ placed: textsOf(chunks), left: [] });
  });

  it("leaves a step with a frame that is damaged, cut off, of another size, or has a wrong checksum", async () => {
    const pipeline = pipelineOf([little, zstd], "float64", [512]);
    const checked = zlib.zstdCompressSync(chunks[0]!, { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } });
    checked[checked.length - 1]! ^= 1;
    const damaged = frames[3]!.slice().fill(255, 10); // behind the headers of the frame and its block
    const odds = [
      damaged,
      frames[3]!.subarray(0, -1),
      compress(new Uint8Array(4095), 3),
      new Uint8Array(checked),
      new Uint8Array(),
    ];
    for (const odd of odds) {
      const { left } = await decodeAll(pipeline, frames.slice(0, 20).with(7, odd), 512);
      expect(left).toEqual(Array.from({ length: 20 }, (_, i) => i));
    }
  });
});

// RFC 8878 section 3.1.1.4: an offset beyond what the frame has decoded is an error.
it("zstd: a frame that copies from before its start gets nothing of its neighbours", async () => {
  const pipeline = pipelineOf([little, zstd], "uint8", [64]);
  const neighbour = compress(new Uint8Array(64).fill(9), 3);
  // Single segment, content size 64; a compressed block, the last one, without literals: four matches at offsets 8, 8, 4 and 1, the
  // first three of 4 bytes, then a raw block would be needed for the rest.
  const header = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 64];
  const copies = [0x4c, 0, 0, 0, 4, 0x44, 0, 1, 0xb8, 0xdd, 0xca, 0x4a];
  const rest = [((48 << 3) & 0xff) | 1, (48 << 3) >> 8, 0, ...new Uint8Array(48)];
  const reaching = Uint8Array.of(...header, ...copies, ...rest);
  await expect(pipeline.decode(reaching)).rejects.toMatchObject({ code: "ERR_CODEC" });
  const many = await pipeline.decodeMany?.([neighbour, reaching, neighbour], () => undefined);
  if (many !== undefined) expect(many).toEqual([0, 1, 2]);
});

it.skipIf(!hasNative)(
  "zstd: frames that hold less and more than they declare, but together as much, are left",
  async () => {
    const contents = Uint8Array.from({ length: 2048 }, (_, i) => i ** 2 % 251);
    const frames = [contents.subarray(0, 1000), contents.subarray(1000)].map((content) => {
      const frame = compress(content, 3);
      // Descriptor: single segment, content size of two bytes, which count from 256 on.
      expect(frame[4]).toBe(0x60);
      new DataView(frame.buffer, frame.byteOffset).setUint16(5, 1024 - 256, true);
      return frame;
    });
    const { left } = await decodeAll(pipelineOf([little, zstd], "uint8", [1024]), frames, 1024);
    expect(left).toEqual([0, 1]);
  },
);

it.skipIf(hasNative)("zstd: the WASM build takes one frame at a time", () => {
  expect(pipelineOf([little, zstd], "float64", [512]).decodeMany).toBeUndefined();
});

describe("sharding_indexed: inner chunks of a shard that has passed a checksum", () => {
  const shape = [64, 96];
  const inner = [8, 16];
  const sharding = (codecs: readonly CodecMetadata[]) => {
    const configuration = {
      chunk_shape: inner,
      codecs,
      index_codecs: [little, codec("crc32c")],
      index_location: "end",
    };
    return pipelineOf([codec("sharding_indexed", configuration)], "int32", shape);
  };
  const data = Int32Array.from({ length: 64 * 96 }, (_, i) => (i * i) % 1009);
  const read = (bytes: Uint8Array, isChecked: boolean): EncodedReader => {
    const whole: EncodedReader = async (range) => {
      expect(range).toBeUndefined();
      return bytes;
    };
    return Object.assign(whole, { isChecked });
  };
  const most: ChunkRegion = { start: [3, 1], step: [3, 2], count: [20, 47], whole: false };
  const decodeMost = async (codecs: readonly CodecMetadata[], bytes: Uint8Array, isChecked: boolean) => {
    const target = new Int32Array(20 * 47);
    await sharding(codecs).decodeInto(read(bytes, isChecked), most, { data: target, offset: 0, stride: [47, 1] });
    return target;
  };

  it.each([
    ["zstd", zstd],
    ["another codec", batches],
  ])("gives the elements of a region, with %s", async (_, compressor) => {
    const bytes = await sharding([little, compressor]).encode({ data, shape, stride: [96, 1] });
    const expected = Int32Array.from({ length: 20 * 47 }, (_, i) => {
      const at = (3 + 3 * Math.floor(i / 47)) * 96 + 1 + 2 * (i % 47);
      return (at * at) % 1009;
    });
    expect(await decodeMost([little, compressor], bytes, true)).toEqual(expected);
    expect(await decodeMost([little, compressor], bytes, false)).toEqual(expected);
  });

  it("without the checksum each is decoded by itself", async () => {
    const bytes = await sharding([little, batches]).encode({ data, shape, stride: [96, 1] });
    batchesDecoded = 0;
    await decodeMost([little, batches], bytes, false);
    expect(batchesDecoded).toBe(0);
    await decodeMost([little, batches], bytes, true);
    expect(batchesDecoded).toBe(1);
  });

  it("names an inner chunk that its codec refuses, and one that is not in the shard", async () => {
    const codecs = [little, zstd];
    const encoded = await sharding(codecs).encode({ data, shape, stride: [96, 1] });
    const index = new DataView(encoded.buffer, encoded.byteOffset + encoded.length - 4 - 48 * 16, 48 * 16);
    // Number 8 of 6 in a row is [1, 2]; the first byte of its frame.
    const damaged = encoded.slice();
    damaged[Number(index.getBigUint64(8 * 16, true))]! ^= 1;
    for (const isChecked of [true, false]) {
      await expect(decodeMost(codecs, damaged, isChecked)).rejects.toMatchObject({
        code: "ERR_CODEC",
        details: { innerChunk: [1, 2], codec: "zstd" },
      });
    }

    const configuration = { chunk_shape: inner, codecs, index_codecs: [little], index_location: "start" };
    const atStart = pipelineOf([codec("sharding_indexed", configuration)], "int32", shape);
    const shard = await atStart.encode({ data, shape, stride: [96, 1] });
    // The last inner chunk, [7, 5], is one byte longer than the shard has.
    const places = new DataView(shard.buffer, shard.byteOffset, 48 * 16);
    places.setBigUint64(47 * 16 + 8, places.getBigUint64(47 * 16 + 8, true) + 1n, true);
    const target = { data: new Int32Array(20 * 47), offset: 0, stride: [47, 1] };
    for (const isChecked of [true, false]) {
      const whole: ChunkRegion = { start: [0, 0], step: [1, 1], count: shape, whole: true };
      const into = { ...target, data: new Int32Array(64 * 96), stride: [96, 1] };
      await expect(atStart.decodeInto(read(shard, isChecked), whole, into)).rejects.toMatchObject({
        code: "ERR_CODEC",
        details: { innerChunk: [7, 5], codec: "sharding_indexed" },
      });
    }
  });
});
