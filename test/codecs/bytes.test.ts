import { describe, expect, it } from "vitest";
import { bytesEntry } from "../../src/codecs/bytes.js";
import { testArrayToBytesCodec } from "../../src/testing/index.js";
import { chunksOf } from "./cases.js";
import { codecOf } from "./codec-of.js";

testArrayToBytesCodec(
  bytesEntry,
  [
    {
      title: "little-endian, from strides",
      configuration: { endian: "little" },
      representation: chunksOf("int16", [2, 3]),
      decoded: { data: Int16Array.of(1, 4, 2, 5, 3, 6), shape: [2, 3], stride: [1, 2] },
      encoded: Uint8Array.of(1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0),
    },
    {
      title: "big-endian",
      configuration: { endian: "big" },
      representation: chunksOf("float64", [1]),
      decoded: { data: Float64Array.of(1), shape: [1], stride: [1] },
      encoded: Uint8Array.of(0x3f, 0xf0, 0, 0, 0, 0, 0, 0),
    },
    {
      title: "single bytes, which have no order",
      configuration: {},
      representation: chunksOf("uint8", [3]),
      decoded: { data: Uint8Array.of(7, 8, 9), shape: [3], stride: [1] },
      encoded: Uint8Array.of(7, 8, 9),
    },
    {
      title: "its name in drafts of the specification",
      name: "endian",
      configuration: { endian: "big" },
      representation: chunksOf("uint16", [1]),
      decoded: { data: Uint16Array.of(258), shape: [1], stride: [1] },
      encoded: Uint8Array.of(1, 2),
    },
  ],
  { describe, it },
);

describe("bytes", () => {
  const create = (zarrFormat: 2 | 3) => codecOf(bytesEntry, {}, chunksOf("int32", [1]), zarrFormat);

  it("in version 3, elements of several bytes need an endian", () => {
    expect(() => create(3)).toThrow(expect.objectContaining({ code: "ERR_METADATA" }));
    expect(create(2).configuration).toBeUndefined();
  });
});
