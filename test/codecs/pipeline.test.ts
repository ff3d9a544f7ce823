import { describe, expect, it } from "vitest";
import { defaultLimits, type Limits } from "../../src/bytes/limits.js";
import type { CodecEntry, CodecMetadata } from "../../src/codecs/codec.js";
import { createPipeline } from "../../src/codecs/pipeline.js";
import { loadCodecs, registerCodec } from "../../src/codecs/registry.js";
import { chunksOf } from "./cases.js";

await loadCodecs(
  ["gzip", "zstd", "blosc", "transpose", "sharding_indexed"].map((name) => ({ name, configuration: {} })),
);

const codec = (name: string, configuration = {}): CodecMetadata => ({ name, configuration });
const little = codec("bytes", { endian: "little" });
const gzip = codec("gzip", { level: 1 });

/** Chunks of 3 x 4 int32, as in the golden files. */
const chunks = chunksOf("int32", [3, 4]);

function pipeline(codecs: readonly CodecMetadata[], limits: Partial<Limits> = {}, representation = chunks) {
  return createPipeline(codecs, representation, { limits: { ...defaultLimits, ...limits }, zarrFormat: 3 });
}

/** The chunk of every golden file of broken chunks, before it was broken: the bytes that zarr-python wrote, in base64. */
const golden = {
  raw: "AAAAAP///38AAACAAQAAAKj70OwFeAsyVX9umzNnckbr7bbqQqQcTDHedAlkuOYz",
  gzip: "H4sIAAAAAAAE/2NgYGD4//9/PZBqYAQSK35feMNawW0UWp832zi9yO31222vnJbI+BjeK+FM2fHMGADMMcvHMAAAAA==",
  zstd: "KLUv/SAwgQEAAAAAAP///38AAACAAQAAAKj70OwFeAsyVX9umzNnckbr7bbqQqQcTDHedAlkuOYz",
  blosc: "AgEzBDAAAAAwAAAAQAAAAAAAAAD///9/AAAAgAEAAACo+9DsBXgLMlV/bpszZ3JG6+226kKkHEwx3nQJZLjmMw==",
};
const compressors = {
  gzip,
  zstd: codec("zstd", { level: 1, checksum: false }),
  blosc: codec("blosc", { typesize: 4, cname: "lz4", clevel: 5, shuffle: "shuffle", blocksize: 0 }),
};
const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

describe("pipeline: order of codecs", () => {
  it.each([
    ["none", []],
    ["no step to bytes", [gzip]],
    ["two steps to bytes", [little, little]],
    ["a codec on bytes before it", [gzip, little]],
    ["a codec on arrays behind it", [little, codec("transpose", { order: [1, 0] })]],
  ])("%s is ERR_METADATA", (_, codecs) => {
    expect(() => pipeline(codecs)).toThrow(expect.objectContaining({ code: "ERR_METADATA" }));
  });

  it("an unknown codec is ERR_CODEC_UNAVAILABLE, and the error names it and the known ones", () => {
    for (const name of ["no.such.codec", "constructor", "__proto__"]) {
      expect(() => pipeline([little, codec(name)])).toThrow(
        expect.objectContaining({
          code: "ERR_CODEC_UNAVAILABLE",
          details: { codec: name },
          message: expect.stringContaining("gzip"),
        }),
      );
    }
  });

  it("more codecs than the limit is ERR_LIMIT", () => {
    expect(() => pipeline([little, gzip, gzip], { codecs: 2 })).toThrow(expect.objectContaining({ code: "ERR_LIMIT" }));
  });
});

describe("pipeline: chunks", () => {
  it.each(["gzip", "zstd", "blosc"] as const)("decodes what zarr-python wrote with %s", async (name) => {
    const { data, shape } = await pipeline([little, compressors[name]]).decode(bytesOf(golden[name]));
    expect(shape).toEqual([3, 4]);
    expect(chunks.dataType.toBytes(data)).toEqual(bytesOf(golden.raw));
  });

  it.each(["gzip", "zstd", "blosc"] as const)("%s: empty, cut off and prolonged chunks are errors", async (name) => {
    const whole = bytesOf(golden[name]);
    const prolonged = new Uint8Array(whole.length + 7);
    prolonged.set(whole);
    for (const bytes of [new Uint8Array(), whole.subarray(0, 10), prolonged]) {
      await expect(pipeline([little, compressors[name]]).decode(bytes)).rejects.toMatchObject({
        code: "ERR_CODEC",
        details: { codec: name },
      });
    }
  });

  it("a chunk of the wrong length is ERR_CODEC of the array-to-bytes codec", async () => {
    for (const length of [0, 47, 49]) {
      await expect(pipeline([little]).decode(new Uint8Array(length))).rejects.toMatchObject({
        code: "ERR_CODEC",
        details: { codec: "bytes" },
      });
    }
  });

  it("undoes every codec in turn", async () => {
    const all = pipeline([codec("transpose", { order: [1, 0] }), little, codec("crc32c"), gzip, compressors.zstd]);
    const chunk = { data: Int32Array.from({ length: 12 }, (_, i) => i * 1000), shape: [3, 4], stride: [4, 1] };
    const decoded = await all.decode(await all.encode(chunk));
    expect(decoded.shape).toEqual([3, 4]);
    // A transpose leaves the elements where they are: column by column.
    expect(decoded.stride).toEqual([1, 3]);
    expect([...(decoded.data as Int32Array)]).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11].map((i) => i * 1000));
  });

  it("a chunk above limits.chunkBytes is ERR_LIMIT before anything is decoded, and no obstacle until then", async () => {
    const huge = pipeline([little, gzip], {}, chunksOf("float64", [2 ** 30, 2 ** 20]));
    await expect(huge.decode(new Uint8Array())).rejects.toMatchObject({ code: "ERR_LIMIT" });
    await expect(pipeline([little], { chunkBytes: 47 }).decode(bytesOf(golden.raw))).rejects.toMatchObject({
      code: "ERR_LIMIT",
    });
    await expect(pipeline([little], { chunkBytes: 48 }).decode(bytesOf(golden.raw))).resolves.toBeDefined();
  });
});

describe("pipeline: custom codecs", () => {
  const broken: CodecEntry = {
    names: ["test.broken"],
    kind: "bytes-to-bytes",
    create: (_configuration, _context, name) => ({
      name,
      kind: "bytes-to-bytes",
      configuration: undefined,
      maxEncodedSize: (size) => size,
      encode: async () => Promise.reject(new TypeError("no encoder")),
      decode: (_bytes, maxSize) => new Uint8Array(maxSize + 1),
    }),
  };
  registerCodec(broken);

  it("more bytes than maxSize, and errors of other kinds, become ERR_CODEC that names the codec", async () => {
    const custom = pipeline([little, codec("test.broken")]);
    const error = { code: "ERR_CODEC", details: { codec: "test.broken" } };
    await expect(custom.decode(new Uint8Array(3))).rejects.toMatchObject(error);
    const chunk = { data: new Int32Array(12), shape: [3, 4], stride: [4, 1] };
    await expect(custom.encode(chunk)).rejects.toMatchObject({ ...error, cause: expect.any(TypeError) });
  });
});
