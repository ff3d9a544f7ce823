// What is converted to the other Zarr format, read by zarr-python: each case of the matrix.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { convert, openArray, ZipStore } from "../../src/index.js";
import { attributes, interopCases } from "./cases.js";
import { interpreter, Python } from "./python.js";
import { digest } from "./values.js";
import { valuesOf, writeCase } from "./write-case.js";

const folder = await mkdtemp(join(tmpdir(), "zarrzip-interop-"));
afterAll(() => rm(folder, { recursive: true }));

// A checksum of format 3 has no counterpart in format 2.
const cases = interopCases.filter(({ options }) => !options.compressors?.some(({ name }) => name === "crc32c"));

const { executable, reason } = interpreter("ZARRZIP_PYTHON");
describe.skipIf(executable === undefined)(`interop: zarr-python reads what we convert${reason}`, () => {
  let python: Python;
  beforeAll(() => {
    python = new Python(executable!);
  });
  afterAll(() => python.close());

  test.each(cases)("$name", async (one) => {
    const [file, converted] = ["", "-converted"].map((end) => join(folder, `${interopCases.indexOf(one)}${end}.zip`));
    await writeCase(one, file!);
    const zarrFormat = one.zarrFormat === 2 ? 3 : 2;
    const source = await openArray(file!, { path: "a" });
    const target = await ZipStore.open(converted!, { mode: "w" });
    await convert(source, target, { path: "a", zarrFormat });
    await target.close();
    await source.close();
    const answer = await python.read({ reader: "zarr", file: converted!, path: "a", zarrFormat });
    expect(answer.shape).toEqual(one.shape);
    expect(answer.sha256).toBe(digest(one.dtype, valuesOf(one)));
    expect(answer.attributes).toEqual(attributes);
  });
});
