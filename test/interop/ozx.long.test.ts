// Zipped OME-Zarr in every way that this package writes it, read by others.
import { execFile } from "node:child_process";
import { openAsBlob } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ZipFileStore from "@zarrita/storage/zip";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyOzx } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { interpreter, Python } from "./python.js";
import { digest, testValues } from "./values.js";
import { readWithZarrita } from "./zarrita.js";

const run = promisify(execFile);
const folder = temporaryFolder();

interface Written {
  readonly files: readonly string[];
  readonly arrays: readonly { path: string; shape: number[]; dtype: "uint8" | "uint16"; seed: number }[];
}

const script = fileURLToPath(new URL("../environments/ozx-files.mjs", import.meta.url));
const { files, arrays } = JSON.parse((await run(process.execPath, [script, folder])).stdout) as Written;

type Read = (file: string, path: string, dtype: "uint8" | "uint16") => Promise<{ shape: number[]; sha256: string }>;

async function expectValues(file: string, read: Read): Promise<void> {
  for (const { path, shape, dtype, seed } of arrays) {
    const answer = await read(join(folder, file), path, dtype);
    expect({ path, shape: answer.shape, sha256: answer.sha256 }).toEqual({
      ...{ path, shape },
      sha256: digest(dtype, testValues(dtype, shape[0]! * shape[1]!, seed)),
    });
  }
}

for (const [name, variable, reader] of [
  ["zarr-python 3.4.2", "ZARRZIP_PYTHON_342", "zarr"],
  ["zarr-python 3.1.6", "ZARRZIP_PYTHON", "zarr"],
  ["tensorstore", "ZARRZIP_PYTHON", "tensorstore"],
] as const) {
  const { executable, reason } = interpreter(variable);
  describe.skipIf(executable === undefined)(`interop: ${name} reads our .ozx${reason}`, () => {
    let python: Python;
    beforeAll(() => {
      python = new Python(executable!);
    });
    afterAll(() => python.close());

    test.each(files)("%s", async (name) => {
      await expectValues(name, (file, path) => python.read({ reader, file, path, zarrFormat: 3 }));
    });
  });
}

describe("interop: zarrita reads our .ozx from its own store", () => {
  test.each(files)("%s", async (name) => {
    await expectValues(name, async (file, path, dtype) => {
      const store = ZipFileStore.fromBlob(await openAsBlob(file));
      return await readWithZarrita(store, { path, zarrFormat: 3, dtype });
    });
  });
});

const noUnzip = (await run("unzip", ["-v"]).catch(() => undefined)) === undefined;
test.skipIf(noUnzip).each(files)(
  `interop: unzip -t accepts %s${noUnzip ? " (skipped: not installed)" : ""}`,
  async (file) => {
    expect((await run("unzip", ["-t", join(folder, file)])).stdout).toMatch(/No errors detected/);
  },
);

test("each keeps to RFC-9", async () => {
  for (const file of files) expect([file, await verifyOzx(join(folder, file))]).toEqual([file, []]);
});
