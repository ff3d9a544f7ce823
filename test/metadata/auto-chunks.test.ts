import { expect, test } from "vitest";
import { autoChunks } from "../../src/metadata/auto-chunks.js";

/** h5py's guess for an empty dimension is 1,024, too. */
test.each<[readonly number[], number, readonly number[]]>([
  [[0], 8, [1024]],
  [[0, 3], 4, [1024, 3]],
  [[0, 64, 64], 4, [32, 64, 64]],
  [[0, 1000, 1000], 4, [1, 1000, 1000]],
  [[0, 0], 1, [512, 512]],
])(
  "a growing array of shape %j, %i bytes an element, gets chunks of a sensible length: %j",
  (shape, itemSize, chunks) => {
    expect(autoChunks(shape, itemSize)).toEqual(chunks);
  },
);
