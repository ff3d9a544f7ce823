// References into what we write, followed by fsspec and read by zarr-python: each case of the matrix.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { references, ZipStore } from "../../src/index.js";
import { attributes, interopCases } from "./cases.js";
import { interpreter, Python } from "./python.js";
import { digest } from "./values.js";
import { valuesOf, writeCase } from "./write-case.js";

const folder = await mkdtemp(join(tmpdir(), "zarrzip-interop-"));
afterAll(() => rm(folder, { recursive: true }));

const { executable, reason } = interpreter("ZARRZIP_PYTHON");
describe.skipIf(executable === undefined)(`interop: fsspec follows our references${reason}`, () => {
  let python: Python;
  beforeAll(() => {
    python = new Python(executable!);
  });
  afterAll(() => python.close());

  test.each(interopCases)("$name", async (one) => {
    const zip = join(folder, `${interopCases.indexOf(one)}.zip`);
    await writeCase(one, zip);
    const store = await ZipStore.open(zip);
    const file = `${zip}.json`;
    // All chunks by ranges, or, every other time, all within the JSON.
    const inlineBytes = interopCases.indexOf(one) % 2 === 0 ? 0 : 500;
    await writeFile(file, JSON.stringify(await references(store, { inlineBytes })));
    await store.close();
    const answer = await python.read({ reader: "fsspec", file, path: "a", zarrFormat: one.zarrFormat });
    expect(answer.shape).toEqual(one.shape);
    expect(answer.sha256).toBe(digest(one.dtype, valuesOf(one)));
    expect(answer.attributes).toEqual(attributes);
  });
});
