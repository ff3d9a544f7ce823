// Arrays that are appended to and resized here and by zarr-python, in the same steps, are equal, and zarr-python reads ours.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createArray, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { type ChangeStep, interpreter, Python } from "./python.js";
import { type TestDataType, testValues } from "./values.js";

const folder = temporaryFolder();
const { executable, reason } = interpreter("ZARRZIP_PYTHON");

const steps: readonly ChangeStep[] = [
  { append: [2, 3], axis: 0, seed: 2 },
  { append: [6, 4], axis: 1, seed: 3 },
  { append: [5, 7], axis: 0, seed: 4 },
  // To whole chunks: of others zarr-python keeps what lies beyond the end.
  { resize: [6, 4] },
  { resize: [9, 5] },
  { append: [1, 5], axis: 0, seed: 5 },
];

const arrays = [
  { name: "v3", dtype: "float32", zarrFormat: 3, chunks: [3, 2] },
  { name: "v3, texts", dtype: "string", zarrFormat: 3, chunks: [3, 2] },
  { name: "v3, shards", dtype: "int64", zarrFormat: 3, chunks: [3, 2], shards: [6, 4] },
  { name: "v2", dtype: "int16", zarrFormat: 2, chunks: [2, 4] },
] as const;

describe.skipIf(executable === undefined)(`interop: append and resize${reason}`, () => {
  let python: Python;
  beforeAll(() => {
    python = new Python(executable!);
  });
  afterAll(() => python.close());

  test.each(arrays)("$name: the same steps give the same array", async ({ name, ...spec }) => {
    const dtype: TestDataType = spec.dtype;
    const array = {
      ...spec,
      name,
      path: "a",
      shape: [4, 3],
      seed: 1,
      options: {},
      endian: "little",
      attributes: { n: 1 },
    } as const;
    const file = join(folder, `${name}.zip`);
    const store = await ZipStore.open(file, { mode: "w" });
    const { path, shape, attributes } = array;
    const ours = await createArray(store, { ...spec, path, shape, attributes, data: testValues(dtype, 12, 1) });
    for (const step of steps) {
      if ("resize" in step) {
        await ours.resize(step.resize);
      } else {
        const { append, axis, seed } = step;
        const data = testValues(dtype, append[0]! * append[1]!, seed);
        await ours.append({ data, shape: append }, { axis });
      }
    }
    await store.close();
    const read = await python.read({ reader: "zarr", file, path, zarrFormat: spec.zarrFormat });
    expect(read.shape).toEqual([10, 5]);
    expect(read).toEqual(await python.change({ array, steps }));
  });
});
