// Expected values are those of numcodecs 0.16.6 with NumPy 2.4.6.
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/bytes/json.js";
import { parseJson } from "../../src/bytes/parse-json.js";
import { astypeEntry } from "../../src/codecs/astype.js";
import { bitroundEntry } from "../../src/codecs/bitround.js";
import { categorizeEntry } from "../../src/codecs/categorize.js";
import type { ArrayToArrayCodec, CodecConfiguration, CodecEntry } from "../../src/codecs/codec.js";
import { deltaEntry } from "../../src/codecs/delta.js";
import { fixedscaleoffsetEntry } from "../../src/codecs/fixedscaleoffset.js";
import { quantizeEntry } from "../../src/codecs/quantize.js";
import type { ChunkData } from "../../src/data-type/data-type.js";
import { chunksOf, testArrayCodec } from "../../src/testing/index.js";
import { chunkOf, codecOf } from "./codec-of.js";

const runner = { describe, it };

/** A case without loss. */
function exact(
  title: string,
  configuration: CodecConfiguration,
  type: string | JsonObject,
  decoded: ChunkData,
  encoded: ChunkData,
) {
  const representation = chunksOf(type, [decoded.length]);
  return { title, configuration, representation, decoded: chunkOf(decoded), encoded: chunkOf(encoded) };
}

testArrayCodec(
  deltaEntry,
  [
    exact(
      "int16 wraps around",
      { dtype: "<i2" },
      "int16",
      Int16Array.of(30000, -30000, 5, 6, -7),
      Int16Array.of(30000, 5536, 30005, 1, -13),
    ),
    exact(
      "int32 wraps around before it becomes int64",
      { dtype: "<i4", astype: "<i8" },
      "int32",
      Int32Array.of(2 ** 31 - 1, -(2 ** 31), 5),
      BigInt64Array.of(2147483647n, 1n, -2147483643n),
    ),
    exact(
      "float32",
      { dtype: "<f4" },
      "float32",
      Float32Array.of(0.1, 0.2, 0.7, 1e8),
      Float32Array.of(0.1, 0.1, 0.5, 1e8),
    ),
    {
      ...exact(
        "the bytes of float64 taken for int64",
        { dtype: "<i8" },
        "float64",
        Float64Array.of(1, 2),
        BigInt64Array.of(0x3ff0000000000000n, 1n << 52n),
      ),
      zarrFormat: 2,
    },
    exact(
      "the values of int32 as float32, as zarr-python reads them in v3",
      { dtype: "<f4" },
      "int32",
      Int32Array.of(1, 3, 6, 1006),
      Float32Array.of(1, 2, 3, 1000),
    ),
  ],
  runner,
);
testArrayCodec(
  astypeEntry,
  [
    exact(
      "int32 as int16",
      { encode_dtype: "<i2", decode_dtype: "<i4" },
      "int32",
      Int32Array.of(1, -2),
      Int16Array.of(1, -2),
    ),
    exact(
      "int64 by way of float64, as zarr-python reads it in v3",
      { encode_dtype: "<i2", decode_dtype: "<f8" },
      "int64",
      BigInt64Array.of(1n, -2n, 1000n),
      Int16Array.of(1, -2, 1000),
    ),
  ],
  runner,
);
testArrayCodec(
  fixedscaleoffsetEntry,
  [
    exact(
      "float64 as uint8",
      { offset: 1000, scale: 2, dtype: "<f8", astype: "|u1" },
      "float64",
      Float64Array.of(1000, 1000.5, 1127.5),
      Uint8Array.of(0, 1, 255),
    ),
    exact(
      "an integral float computes in double precision",
      parseJson('{"offset": 0.0, "scale": 10.0, "dtype": "|i1", "astype": "<i2"}') as JsonObject,
      "int8",
      Int8Array.of(1, 50, 100, -100),
      Int16Array.of(10, 500, 1000, -1000),
    ),
    exact(
      "an offset that the type does not hold computes in a wider one, as in NumPy 1",
      { offset: -32768, scale: 1, dtype: "<u2", astype: "<i4" },
      "uint16",
      Uint16Array.of(0, 1, 1000, 65535),
      Int32Array.of(32768, 32769, 33768, 98303),
    ),
  ],
  runner,
);
testArrayCodec(
  quantizeEntry,
  [
    exact(
      "what is exact stays",
      { digits: 1, dtype: "<f4" },
      "float32",
      Float32Array.of(0.125, -0, 4),
      Float32Array.of(0.125, -0, 4),
    ),
  ],
  runner,
);
testArrayCodec(
  bitroundEntry,
  [exact("what is exact stays", { keepbits: 3 }, "float32", Float32Array.of(1.25, -12), Float32Array.of(1.25, -12))],
  runner,
);
testArrayCodec(
  categorizeEntry,
  [
    exact(
      "strings",
      { labels: ["a", "bb"], dtype: "<U2", astype: "|u1" },
      { name: "fixed_length_utf32", configuration: { length_bytes: 8 } },
      ["bb", "", "a"],
      Uint8Array.of(2, 0, 1),
    ),
  ],
  runner,
);

type Lossy = [CodecEntry, CodecConfiguration, string | JsonObject, ChunkData, ChunkData];

describe("filters of numcodecs: what they lose", () => {
  it.each<Lossy>([
    [
      astypeEntry,
      { encode_dtype: "|i1", decode_dtype: "<f4" },
      "float32",
      Float32Array.of(1.9, -1.9, 300, -129, Number.NaN, 1 / 0),
      Int8Array.of(1, -1, 44, 127, 0, 0),
    ],
    [
      astypeEntry,
      { encode_dtype: "<f4", decode_dtype: "<i8" },
      "int64",
      BigInt64Array.of(9007199254740993n, 9007199791611905n, -3n),
      Float32Array.of(9007199254740992, 9007200328482816, -3),
    ],
    [
      fixedscaleoffsetEntry,
      { offset: 1000, scale: 10, dtype: "<f8", astype: "|u1" },
      "float64",
      Float64Array.of(1000.05, 1000.15, 1000.25, 1025.54),
      Uint8Array.of(0, 1, 2, 255),
    ],
    [
      fixedscaleoffsetEntry,
      { offset: 273.15, scale: 100, dtype: "<f4", astype: "<i2" },
      "float32",
      Float32Array.of(273.155, 280.004, -20),
      Int16Array.of(1, 685, -29315),
    ],
    [
      fixedscaleoffsetEntry,
      { offset: 100, scale: 3, dtype: "|u1", astype: "|u1" },
      "uint8",
      Uint8Array.of(0, 100, 200, 255),
      Uint8Array.of(212, 0, 44, 209),
    ],
    [
      quantizeEntry,
      { digits: 1, dtype: "<f4" },
      "float32",
      Float32Array.of(0.1, 1.26, -0.03, 12345.678),
      Float32Array.of(0.125, 1.25, -0, 12345.6875),
    ],
    [
      quantizeEntry,
      { digits: 2, dtype: "<f8", astype: "<f4" },
      "float64",
      Float64Array.of(0.123456, -1.005),
      Float32Array.of(0.125, -1.0078125),
    ],
    [
      bitroundEntry,
      { keepbits: 3 },
      "float32",
      Float32Array.of(0.1, 1.2, 12.3, -123.4, 1 / 0),
      Float32Array.of(0.1015625, 1.25, 12, -120, 1 / 0),
    ],
    [
      bitroundEntry,
      { keepbits: 8 },
      "float64",
      Float64Array.of(0.1, 1.2, 12.3, -123.4),
      Float64Array.of(0.10009765625, 1.19921875, 12.3125, -123.5),
    ],
    // The table of the bitround specification's sample.
    [
      bitroundEntry,
      { keepbits: 3 },
      "uint8",
      Uint8Array.of(0, 1, 10, 11, 100, 123, 200, 208, 209, 255),
      Uint8Array.of(0, 1, 10, 12, 96, 128, 192, 192, 224, 224),
    ],
    [
      fixedscaleoffsetEntry,
      { offset: 0, scale: 10, dtype: "|i1", astype: "<i2" },
      "int8",
      Int8Array.of(1, 50, 100, -100),
      Int16Array.of(10, -12, -24, 24),
    ],
    [bitroundEntry, { keepbits: 3 }, "bfloat16", Float32Array.of(1.296875, -2.703125), Float32Array.of(1.25, -2.75)],
    [bitroundEntry, { keepbits: 2 }, "complex64", Float32Array.of(1.3, -2.7), Float32Array.of(1.25, -2.5)],
    [
      bitroundEntry,
      { keepbits: 3 },
      { name: "numpy.datetime64", configuration: { unit: "s", scale_factor: 1 } },
      BigInt64Array.of(1000n, 7n, -(2n ** 63n)),
      BigInt64Array.of(1024n, 7n, -(2n ** 63n)),
    ],
    [categorizeEntry, { labels: ["a"] }, "string", ["b", "a"], Uint8Array.of(0, 1)],
  ])("$0.names.0 %j of %s", (entry, configuration, type, decoded, encoded) => {
    const { dataType } = chunksOf(type, []);
    const shape = [decoded.length / dataType.width];
    const representation = chunksOf(type, shape);
    const codec = codecOf<ArrayToArrayCodec>(entry, configuration, representation);
    expect(codec.encode(chunkOf(decoded, shape), representation).data).toEqual(encoded);
  });

  it("bitround: 0 bits are numcodecs' alone to write, and can be read", () => {
    const representation = chunksOf("float32", [2]);
    const configuration = { keepbits: 0 };
    const refused = expect.objectContaining({ code: "ERR_METADATA" });
    expect(() => codecOf(bitroundEntry, configuration, representation)).toThrow(refused);
    const codec = codecOf<ArrayToArrayCodec>(bitroundEntry, configuration, representation, 2);
    expect(codec.encode(chunkOf(Float32Array.of(1.25, -3)), representation).data).toEqual(Float32Array.of(1, -2));
  });

  it.each([
    [astypeEntry, { encode_dtype: "<f4", decode_dtype: "<f4" }],
    [quantizeEntry, { digits: 1, dtype: "<f4" }],
  ])("$0.names.0: values that it does not convert keep the bits of NaNs", (entry, configuration) => {
    const representation = chunksOf("float32", [2]);
    const codec = codecOf<ArrayToArrayCodec>(entry, configuration, representation);
    const bits = Uint32Array.of(0x7f800001, 0xffc00003);
    const { data } = codec.decode(chunkOf(new Float32Array(bits.slice().buffer)), representation);
    expect(new Uint32Array((data as Float32Array).buffer)).toEqual(bits);
  });

  it("fixedscaleoffset: decoding divides and adds in double precision", () => {
    const representation = chunksOf("uint8", [4]);
    const codec = codecOf<ArrayToArrayCodec>(fixedscaleoffsetEntry, { offset: 100, scale: 3 }, representation);
    const decoded = codec.decode(chunkOf(Uint8Array.of(212, 0, 44, 209)), representation);
    expect(decoded.data).toEqual(Uint8Array.of(170, 100, 114, 169));
  });

  it("the fill value is converted as the elements are", () => {
    const representation = { ...chunksOf("float64", [2]), fillValue: 1001 };
    const configuration = { offset: 1000, scale: 10, astype: "|u1" };
    const { fillValue, dataType } = codecOf<ArrayToArrayCodec>(
      fixedscaleoffsetEntry,
      configuration,
      representation,
    ).encodedRepresentation(representation);
    expect([fillValue, dataType.name]).toEqual([10, "uint8"]);
  });

  it.each<[CodecEntry, CodecConfiguration, string]>([
    [deltaEntry, { dtype: "<i4" }, "int16"],
    [deltaEntry, { dtype: "|b1" }, "bool"],
    [quantizeEntry, { digits: 1 }, "int32"],
    [quantizeEntry, {}, "float32"],
    [bitroundEntry, { keepbits: 24 }, "float32"],
    [bitroundEntry, { keepbits: 1 }, "bool"],
    [fixedscaleoffsetEntry, { scale: 1 }, "float32"],
    [categorizeEntry, { labels: [1] }, "string"],
    [categorizeEntry, { labels: ["a"] }, "int32"],
  ])("$0.names.0 %j of %s is ERR_METADATA", (entry, configuration, type) => {
    expect(() => codecOf(entry, configuration, chunksOf(type, [2]))).toThrow(
      expect.objectContaining({ code: "ERR_METADATA" }),
    );
  });
});
