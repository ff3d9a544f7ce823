// Codecs of the zarr-extensions registry; expected values follow their specifications.
import { describe, expect, it } from "vitest";
import { castValueEntry } from "../../src/codecs/cast-value.js";
import type { ArrayToArrayCodec, CodecConfiguration } from "../../src/codecs/codec.js";
import { numcodecsPackbitsEntry } from "../../src/codecs/numcodecs-packbits.js";
import { packbitsEntry } from "../../src/codecs/packbits.js";
import { requireCodec } from "../../src/codecs/registry.js";
import { reshapeEntry } from "../../src/codecs/reshape.js";
import { scaleOffsetEntry } from "../../src/codecs/scale-offset.js";
import type { ChunkData } from "../../src/data-type/data-type.js";
import { chunksOf, testArrayCodec, testArrayToBytesCodec } from "../../src/testing/index.js";
import { chunkOf, codecOf } from "./codec-of.js";

const runner = { describe, it };
const booleans = Uint8Array.of(1, 0, 0, 1, 1, 0, 1, 0, 1, 1);
const code = (name: string) => expect.objectContaining({ code: name });

testArrayCodec(
  numcodecsPackbitsEntry,
  [
    {
      title: "ten booleans, as numcodecs packs them",
      configuration: {},
      representation: chunksOf("bool", [2, 5]),
      decoded: chunkOf(booleans, [2, 5]),
      encoded: chunkOf(Uint8Array.of(6, 0b10011010, 0b11000000)),
    },
  ],
  runner,
);

testArrayToBytesCodec(
  packbitsEntry,
  [
    {
      title: "ten booleans, the lowest bit first",
      configuration: { padding_encoding: "last_byte" },
      representation: chunksOf("bool", [2, 5]),
      decoded: chunkOf(booleans, [2, 5]),
      encoded: Uint8Array.of(0b01011001, 0b11, 6),
    },
    {
      title: "bits 1 to 3 of int16, with their sign",
      configuration: { first_bit: 1, last_bit: 3 },
      representation: chunksOf("int16", [3]),
      decoded: chunkOf(Int16Array.of(6, -2, -8)),
      encoded: Uint8Array.of(0b00111011, 0b1),
    },
  ],
  runner,
);

testArrayCodec(
  reshapeEntry,
  [
    {
      title: "joined dimensions, and what is left over",
      configuration: { shape: [[0, 1], -1] },
      representation: chunksOf("int8", [2, 1, 2, 2]),
      decoded: chunkOf(Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8), [2, 1, 2, 2]),
      encoded: chunkOf(Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8), [2, 4]),
    },
  ],
  runner,
);

describe("reshape", () => {
  it.each([
    [[7]],
    [[-1, -1]],
    [[0, 8]],
    [[[1], [0], 2]],
    [[[0, 0], 2, 2]],
    [[3, -1]],
    [[[2], [0], -1]],
    [[2, 2, [0]]],
    ["C"],
    [[[9]]],
  ])("shape %j for a chunk of [2, 2, 2] is ERR_METADATA", (shape) => {
    expect(() => codecOf(reshapeEntry, { shape } as CodecConfiguration, chunksOf("int8", [2, 2, 2]))).toThrow(
      code("ERR_METADATA"),
    );
  });
});

testArrayCodec(
  scaleOffsetEntry,
  [
    {
      title: "uint16",
      configuration: { offset: 1000, scale: 2 },
      representation: { ...chunksOf("uint16", [2]), fillValue: 1000 },
      decoded: chunkOf(Uint16Array.of(1000, 1255)),
      encoded: chunkOf(Uint16Array.of(0, 510)),
    },
    {
      title: "float32, each step rounded",
      configuration: { offset: 5, scale: 0.1 },
      representation: chunksOf("float32", [2]),
      decoded: chunkOf(Float32Array.of(15, -5)),
      encoded: chunkOf(Float32Array.of(1, -1)),
    },
  ],
  runner,
);

describe("scale_offset", () => {
  it("integers out of range, and remainders, are ERR_CODEC", () => {
    const representation = chunksOf("uint8", [1]);
    const codec = codecOf<ArrayToArrayCodec>(scaleOffsetEntry, { offset: 10, scale: 3 }, representation);
    for (const value of [9, 200]) {
      expect(() => codec.encode(chunkOf(Uint8Array.of(value)), representation)).toThrow(code("ERR_CODEC"));
    }
    expect(() => codec.decode(chunkOf(Uint8Array.of(4)), representation)).toThrow(code("ERR_CODEC"));
    expect(codec.decode(chunkOf(Uint8Array.of(6)), representation).data).toEqual(Uint8Array.of(12));
  });

  it("a scale of 0 is ERR_METADATA", () => {
    expect(() => codecOf(scaleOffsetEntry, { scale: 0 }, chunksOf("float32", [1]))).toThrow(code("ERR_METADATA"));
  });
});

testArrayCodec(
  castValueEntry,
  [
    {
      title: "float64 as uint8 with NaN as 0",
      configuration: { data_type: "uint8", scalar_map: { encode: [["NaN", 0]], decode: [[0, "NaN"]] } },
      representation: { ...chunksOf("float64", [3]), fillValue: Number.NaN },
      decoded: chunkOf(Float64Array.of(Number.NaN, 1, 255)),
      encoded: chunkOf(Uint8Array.of(0, 1, 255)),
    },
  ],
  runner,
);

describe("cast_value", () => {
  const cast = (from: string, configuration: CodecConfiguration, data: ChunkData) => {
    const representation = chunksOf(from, [data.length]);
    return codecOf<ArrayToArrayCodec>(castValueEntry, configuration, representation).encode(
      chunkOf(data),
      representation,
    ).data;
  };

  it.each([
    ["nearest-even", [0, 2, 2, -2, -2, 1]],
    ["towards-zero", [0, 1, 2, -1, -2, 0]],
    ["towards-positive", [1, 2, 3, -1, -2, 1]],
    ["towards-negative", [0, 1, 2, -2, -3, 0]],
    ["nearest-away", [1, 2, 3, -2, -3, 1]],
  ])("%s rounds numbers to integers", (rounding, expected) => {
    const halves = Float64Array.of(0.5, 1.5, 2.5, -1.5, -2.5, 0.75);
    expect(cast("float64", { data_type: "int8", rounding }, halves)).toEqual(Int8Array.from(expected));
  });

  it.each([
    ["nearest-even", [2 ** 24, 2 ** 24 + 4, -(2 ** 24)]],
    ["towards-zero", [2 ** 24, 2 ** 24 + 2, -(2 ** 24)]],
    ["towards-positive", [2 ** 24 + 2, 2 ** 24 + 4, -(2 ** 24)]],
    ["towards-negative", [2 ** 24, 2 ** 24 + 2, -(2 ** 24) - 2]],
    ["nearest-away", [2 ** 24 + 2, 2 ** 24 + 4, -(2 ** 24) - 2]],
  ])("%s rounds integers to float32", (rounding, expected) => {
    const between = [2 ** 24 + 1, 2 ** 24 + 3, -(2 ** 24) - 1];
    expect(cast("int32", { data_type: "float32", rounding }, Int32Array.from(between))).toEqual(
      Float32Array.from(expected),
    );
    expect(cast("int64", { data_type: "float32", rounding }, BigInt64Array.from(between, BigInt))).toEqual(
      Float32Array.from(expected),
    );
  });

  it("out of range: an error, the nearest end, or modulo the type's size", () => {
    const values = Int32Array.of(32768, 32769, -32769);
    expect(() => cast("int32", { data_type: "int16" }, values)).toThrow(code("ERR_CODEC"));
    expect(cast("int32", { data_type: "int16", out_of_range: "clamp" }, values)).toEqual(
      Int16Array.of(32767, 32767, -32768),
    );
    expect(cast("int32", { data_type: "int16", out_of_range: "wrap" }, values)).toEqual(
      Int16Array.of(-32768, -32767, 32767),
    );
    expect(() => cast("float64", { data_type: "float32" }, Float64Array.of(1e39))).toThrow(code("ERR_CODEC"));
    expect(cast("float64", { data_type: "float32", out_of_range: "clamp" }, Float64Array.of(-1e39))).toEqual(
      Float32Array.of(-1 / 0),
    );
  });

  it("NaN, infinity and -0 stay in floating-point types, and have no value in integers", () => {
    const special = Float64Array.of(Number.NaN, 1 / 0, -0);
    expect(cast("float64", { data_type: "float32" }, special)).toEqual(Float32Array.of(Number.NaN, 1 / 0, -0));
    for (const value of [Number.NaN, 1 / 0]) {
      expect(() => cast("float64", { data_type: "int8", out_of_range: "clamp" }, Float64Array.of(value))).toThrow(
        code("ERR_CODEC"),
      );
    }
  });

  it.each<CodecConfiguration>([
    { data_type: "float32", out_of_range: "wrap" },
    { data_type: "bool" },
    { data_type: "int8", rounding: "up" },
    { data_type: "int8", scalar_map: { encode: [[1]] } },
    { data_type: "int8", scalar_map: { both: [] } },
  ])("%j is ERR_METADATA", (configuration) => {
    expect(() => codecOf(castValueEntry, configuration, chunksOf("float64", [1]))).toThrow(code("ERR_METADATA"));
  });

  it("a fill value that does not survive the way back is ERR_METADATA", () => {
    const representation = { ...chunksOf("float64", [1]), fillValue: 0.5 };
    expect(() => codecOf(castValueEntry, { data_type: "int8" }, representation)).toThrow(code("ERR_METADATA"));
  });
});

describe("codecs that are not built in", () => {
  it.each(["zfpy", "numcodecs.zfpy", "zfp", "pcodec", "pickle", "msgpack2"])("%s says why, and what to do", (name) => {
    expect(() => requireCodec(name)).toThrow(code("ERR_CODEC_UNAVAILABLE"));
    expect(() => requireCodec(name)).toThrow(/rewrite/);
  });
});
