// What this package writes, read by others: each case of the matrix by every reader that knows its type and codecs.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attributes, casesFor, type InteropCase, interopCases } from "./cases.js";
import { type ArrayAnswer, interpreter, Python } from "./python.js";
import { digest } from "./values.js";
import { valuesOf, writeCase } from "./write-case.js";
import { EntryStore, readWithZarrita } from "./zarrita.js";

const folder = await mkdtemp(join(tmpdir(), "zarrzip-interop-"));
afterAll(() => rm(folder, { recursive: true }));

const files = new Map<InteropCase, Promise<string>>();

/** Writes the file of a case once. */
function written(one: InteropCase): Promise<string> {
  const file = files.get(one) ?? write(one);
  files.set(one, file);
  return file;
}

async function write(one: InteropCase): Promise<string> {
  const file = join(folder, `${interopCases.indexOf(one)}.zip`);
  await writeCase(one, file);
  return file;
}

function expectSame(one: InteropCase, answer: Pick<ArrayAnswer, "shape" | "sha256">): void {
  expect(answer.shape).toEqual(one.shape);
  expect(answer.sha256).toBe(digest(one.dtype, valuesOf(one)));
}

for (const [name, variable, reader] of [
  ["zarr-python 3.4.2", "ZARRZIP_PYTHON_342", "zarr"],
  ["zarr-python 3.1.6", "ZARRZIP_PYTHON", "zarr"],
  ["zarr-python 3.0.0", "ZARRZIP_PYTHON_300", "zarr"],
  ["tensorstore", "ZARRZIP_PYTHON", "tensorstore"],
] as const) {
  const { executable, reason } = interpreter(variable);
  describe.skipIf(executable === undefined)(`interop: ${name} reads what we write${reason}`, () => {
    let python: Python;
    beforeAll(() => {
      python = new Python(executable!);
    });
    afterAll(() => python.close());

    test.each(casesFor(name))("$name", async (one) => {
      const answer = await python.read({ reader, file: await written(one), path: "a", zarrFormat: one.zarrFormat });
      expectSame(one, answer);
      // tensorstore does not read the .zattrs of version 2.
      if (reader === "zarr" || one.zarrFormat === 3) expect(answer.attributes).toEqual(attributes);
    });
  });
}

const { executable, reason } = interpreter("ZARRZIP_PYTHON");
test.skipIf(executable === undefined)(
  `interop: zipfile finds every CRC right, and no name twice${reason}`,
  async () => {
    const python = new Python(executable!);
    try {
      for (const one of interopCases) {
        const names = await python.testZip(await written(one));
        expect(names, one.name).toContain(one.zarrFormat === 3 ? "a/zarr.json" : "a/.zarray");
        expect(new Set(names).size, one.name).toBe(names.length);
      }
    } finally {
      python.close();
    }
  },
);

describe("interop: zarrita reads what we write", () => {
  test.each(casesFor("zarrita"))("$name", async (one) => {
    const entries = unzipSync(await readFile(await written(one)));
    expectSame(one, await readWithZarrita(new EntryStore(entries), { ...one, path: "a" }));
  });
});

const run = promisify(execFile);
const unzipVersion = await run("unzip", ["-v"]).catch(() => undefined);

const noUnzip = unzipVersion === undefined;
test.skipIf(noUnzip)(`interop: unzip -t accepts every file${noUnzip ? " (skipped: not installed)" : ""}`, async () => {
  for (const one of interopCases) {
    const { stdout } = await run("unzip", ["-t", await written(one)]);
    expect(stdout, one.name).toMatch(/No errors detected/);
  }
});
