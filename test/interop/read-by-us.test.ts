// What zarr-python writes, read by this package: the whole matrix in one file of each kind.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openArray, openGroup, ZipStore } from "../../src/index.js";
import { attributes, interopCases } from "./cases.js";
import { interpreter, Python } from "./python.js";
import { collect, digest, testValues } from "./values.js";

const versions = [2, 3].map((zarrFormat) => interopCases.filter((one) => one.zarrFormat === zarrFormat));

/**
 * What zarr-python 3.0.0 writes so that it can be told: in version 3 it lacks some types (a byte string becomes one of varying
 * length); in version 2 it writes chunks of `order: "F"` in C order, which 3.1.6 reads as transposed, too.
 */
const sound300 = versions.map((cases) =>
  cases.filter(({ zarrFormat, dtype, options }) =>
    zarrFormat === 2 ? options.order !== "F" : !["U8", "S10", "datetime64[s]"].includes(dtype),
  ),
);

for (const [name, variable, deflate, matrices] of [
  ["a deflated ZIP of zarr-python 3.4.2", "ZARRZIP_PYTHON_342", true, versions],
  ["a ZIP of zarr-python 3.1.6", "ZARRZIP_PYTHON", false, versions],
  ["a deflated ZIP of zarr-python 3.1.6", "ZARRZIP_PYTHON", true, versions],
  ["a deflated ZIP of zarr-python 3.0.0", "ZARRZIP_PYTHON_300", true, sound300],
] as const) {
  const { executable, reason } = interpreter(variable);

  describe.skipIf(executable === undefined).each(matrices)(`interop: we read ${name}${reason}`, (...cases) => {
    const pathOf = (one: (typeof cases)[number]) => `array-${cases.indexOf(one)}`;
    let folder: string;
    let store: ZipStore;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "zarrzip-interop-"));
      const file = join(folder, "written.zip");
      const python = new Python(executable!);
      try {
        const arrays = cases.map((one, seed) => ({ ...one, path: pathOf(one), seed, attributes }));
        await python.write({ file, deflate, arrays });
      } finally {
        python.close();
      }
      store = await ZipStore.open(file);
    });
    afterAll(async () => {
      await store?.close();
      await rm(folder, { recursive: true });
    });

    test.each(cases)("$name", async (one) => {
      const { dtype, shape, zarrFormat } = one;
      const array = await openArray(store, { path: pathOf(one) });
      expect(array.zarrFormat).toBe(zarrFormat);
      expect(array.shape).toEqual(shape);
      expect(array.attributes).toEqual(attributes);
      const count = shape.reduce((product, length) => product * length, 1);
      const read: unknown = await array.get();
      const data = shape.length === 0 ? collect(dtype, [read as number]) : (read as { data: ArrayLike<unknown> }).data;
      // Those that zarr-python 3.0.0 writes have any length.
      const isList = dtype === "S10" && Array.isArray(data);
      const values = isList ? Buffer.concat(data.map((bytes) => Buffer.concat([bytes], 10))) : data;
      expect(digest(dtype, values)).toBe(digest(dtype, testValues(dtype, count, cases.indexOf(one))));
    });

    test("the group lists every array", async () => {
      const members = await (await openGroup(store)).members();
      expect(members.map(({ path }) => path).sort()).toEqual(cases.map(pathOf).sort());
    });
  });
}
