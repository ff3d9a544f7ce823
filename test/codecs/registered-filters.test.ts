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
    {
      title: "int4",
      configuration: {},
      representation: chunksOf("int4", [3]),
      decoded: chunkOf(Int8Array.of(-8, 7, 3)),
      encoded: Uint8Array.of(0x78, 0x03),
    },
    {
      title: "float6_e2m3fn",
      configuration: {},
      representation: chunksOf("float6_e2m3fn", [3]),
      decoded: chunkOf(Float32Array.of(-7.5, 0.125, 0.25)),
      encoded: Uint8Array.of(0x7f, 0x20, 0x00),
    },
    {
      title: "complex_float4_e2m1fn, the real part first",
      configuration: { padding_encoding: "first_byte" },
      representation: chunksOf("complex_float4_e2m1fn", [2]),
      decoded: chunkOf(Float32Array.of(0.5, 1, -6, -0), [2]),
      encoded: Uint8Array.of(0, 0x21, 0x8f),
    },
    {
      title: "the high bytes of bfloat16",
      configuration: { first_bit: 8 },
      representation: chunksOf("bfloat16", [2]),
      decoded: chunkOf(Float32Array.of(2, -2)),
      encoded: Uint8Array.of(0x40, 0xc0),
    },
    {
      title: "complex64",
      configuration: { first_bit: 16 },
      representation: chunksOf("complex64", [1]),
      decoded: chunkOf(Float32Array.of(1, -2), [1]),
      encoded: Uint8Array.of(0x80, 0x3f, 0x00, 0xc0),
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
    {
      title: "float8_e4m3fn as int4",
      configuration: { data_type: "int4" },
      representation: chunksOf("float8_e4m3fn", [3]),
      decoded: chunkOf(Float32Array.of(-8, 0, 7)),
      encoded: chunkOf(Int8Array.of(-8, 0, 7)),
    },
    {
      title: "bfloat16 as float4_e2m1fn",
      configuration: { data_type: "float4_e2m1fn" },
      representation: chunksOf("bfloat16", [3]),
      decoded: chunkOf(Float32Array.of(-6, 0.5, 1.5)),
      encoded: chunkOf(Float32Array.of(-6, 0.5, 1.5)),
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

  // What cast_value_rs 0.5.1 gives for them: values are rounded as if there were no greatest one, and then held against it.
  const max = 3.4028234663852886e38;
  it.each([
    ["nearest-even", max + 2 ** 102, max],
    ["nearest-even", max + 2 ** 103, undefined],
    ["towards-zero", max + 2 ** 103, max],
    ["towards-positive", max + 2 ** 102, undefined],
    ["towards-negative", max + 2 ** 103, max],
    ["nearest-away", max + 2 ** 102, max],
    ["towards-zero", 2 ** 128, undefined],
  ])("%s of %d, beyond the greatest float32, is %d, or out of range", (rounding, value, positive) => {
    const casting = () => cast("float64", { data_type: "float32", rounding }, Float64Array.of(value));
    if (positive === undefined) expect(casting).toThrow(code("ERR_CODEC"));
    else expect(casting()).toEqual(Float32Array.of(positive));
    const clamped = cast("float64", { data_type: "float32", rounding, out_of_range: "clamp" }, Float64Array.of(value));
    expect(clamped).toEqual(Float32Array.of(positive ?? 1 / 0));
  });

  it("types without infinities clamp to their ends, and have no value for an infinity", () => {
    const options = { data_type: "float8_e4m3fn", out_of_range: "clamp" };
    expect(cast("float64", options, Float64Array.of(1000, -1e300, Number.NaN))).toEqual(
      Float32Array.of(448, -448, Number.NaN),
    );
    expect(() => cast("float64", options, Float64Array.of(1 / 0))).toThrow(code("ERR_CODEC"));
    expect(() => cast("float64", { data_type: "float8_e4m3fn" }, Float64Array.of(465))).toThrow(code("ERR_CODEC"));
    expect(() => cast("float64", { data_type: "float4_e2m1fn" }, Float64Array.of(Number.NaN))).toThrow(
      code("ERR_CODEC"),
    );
    expect(cast("int32", { data_type: "uint2", out_of_range: "wrap" }, Int32Array.of(-1, 5))).toEqual(
      Uint8Array.of(3, 1),
    );
  });

  it("NaNs keep their bits where the type stays the same, and take those that scalar_map has", () => {
    const bits = Uint32Array.of(0x7f800001, 0x3f800000);
    const floats = new Float32Array(bits.slice().buffer);
    expect(new Uint32Array((cast("float32", { data_type: "float32" }, floats) as Float32Array).buffer)).toEqual(bits);
    const configuration = { data_type: "float32", scalar_map: { encode: [[-1, "0x7f800001"]] } } as const;
    const mapped = cast("int8", configuration, Int8Array.of(-1, 1)) as Float32Array;
    expect(new Uint32Array(mapped.buffer)).toEqual(bits);
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
