import { describe, expect, it } from "vitest";
import type { CodecConfiguration } from "../../src/codecs/codec.js";
import { transposeEntry } from "../../src/codecs/transpose.js";
import { testArrayCodec } from "../../src/testing/index.js";
import { chunksOf } from "./cases.js";
import { codecOf } from "./codec-of.js";

const representation = chunksOf("int16", [2, 3]);
const matrix = { data: Int16Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3], stride: [3, 1] };
const transposed = { data: Int16Array.of(1, 4, 2, 5, 3, 6), shape: [3, 2], stride: [2, 1] };

// numpy: np.arange(24).reshape(2, 3, 4).transpose(1, 2, 0)
const cube = { data: Int16Array.from({ length: 24 }, (_, i) => i), shape: [2, 3, 4], stride: [12, 4, 1] };
const turned = {
  data: Int16Array.of(0, 12, 1, 13, 2, 14, 3, 15, 4, 16, 5, 17, 6, 18, 7, 19, 8, 20, 9, 21, 10, 22, 11, 23),
  shape: [3, 4, 2],
  stride: [8, 2, 1],
};

testArrayCodec(
  transposeEntry,
  [
    { title: "1, 0", configuration: { order: [1, 0] }, representation, decoded: matrix, encoded: transposed },
    { title: "F", configuration: { order: "F" }, representation, decoded: matrix, encoded: transposed },
    { title: "C", configuration: { order: "C" }, representation, decoded: matrix, encoded: matrix },
    {
      title: "1, 2, 0",
      configuration: { order: [1, 2, 0] },
      representation: chunksOf("int16", [2, 3, 4]),
      decoded: cube,
      encoded: turned,
    },
  ],
  { describe, it },
);

describe("transpose: order", () => {
  const create = (configuration: CodecConfiguration) => codecOf(transposeEntry, configuration, representation);

  it.each([[[0, 0]], [[0]], [[0, 1, 2]], [[1, -1]], [[0.5, 1]], ["K"], [null]])("%j is ERR_METADATA", (order) => {
    expect(() => create({ order })).toThrow(expect.objectContaining({ code: "ERR_METADATA" }));
  });

  it("moves no element", () => {
    const codec = create({ order: [1, 0] });
    if (codec.kind !== "array-to-array") throw new Error(codec.kind);
    expect(codec.encode(matrix, representation).data).toBe(matrix.data);
  });
});
