// A file in which zarr-python has written values anew has every entry of them twice. What `repack` makes of it is read by others.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repack } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { attributes } from "./cases.js";
import { interpreter, Python } from "./python.js";
import { digest, testValues } from "./values.js";

const run = promisify(execFile);
const folder = temporaryFolder();
const { executable, reason } = interpreter("ZARRZIP_PYTHON");
const noGdal = (await run("gdal_translate", ["--version"]).catch(() => undefined)) === undefined;

const array = {
  ...{
    name: "duplicates",
    path: "a",
    shape: [7, 5],
    chunks: [3, 2],
    attributes,
    options: { compressors: [] },
    seed: 1,
  },
  dtype: "int32",
  endian: "little",
} as const;
const newSeed = 2;
const newDigest = digest(array.dtype, testValues(array.dtype, 35, newSeed));

describe.skipIf(executable === undefined)(`interop: duplicates of zarr-python, repacked${reason}`, () => {
  let python: Python;
  beforeAll(async () => {
    python = new Python(executable!);
    for (const zarrFormat of [2, 3] as const) {
      const file = fileOf(zarrFormat);
      await python.write({ file, arrays: [{ ...array, zarrFormat }] });
      await python.writeAgain({ file, path: "a", zarrFormat, seed: newSeed });
      await expect(python.read({ reader: "tensorstore", file, path: "a", zarrFormat })).rejects.toThrow();
      await repack(file);
    }
  });
  afterAll(() => python.close());

  const fileOf = (zarrFormat: 2 | 3) => join(folder, `${zarrFormat}.zip`);

  test.each([2, 3] as const)(
    "format %d, by zarr-python and tensorstore, which refused it before",
    async (zarrFormat) => {
      const names = await python.testZip(fileOf(zarrFormat));
      expect(new Set(names).size).toBe(names.length);
      for (const reader of ["zarr", "tensorstore"] as const) {
        const answer = await python.read({ reader, file: fileOf(zarrFormat), path: "a", zarrFormat });
        expect(answer).toMatchObject({ shape: [7, 5], sha256: newDigest });
      }
    },
  );

  test.skipIf(noGdal)(`format 2, by GDAL${noGdal ? " (skipped: not installed)" : ""}`, async () => {
    const output = join(folder, "gdal.bin");
    await run("gdal_translate", ["-q", "-of", "ENVI", `ZARR:"/vsizip/${fileOf(2)}":/a`, output]);
    const found = await readFile(output);
    expect(digest(array.dtype, new Int32Array(new Uint8Array(found).buffer))).toBe(newDigest);
  });
});
