// References into what we write, followed by fsspec and read by zarr-python, by xarray, and followed by zarrita.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import ReferenceStore from "@zarrita/storage/ref";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createArray, createGroup, references, ZipStore } from "../../src/index.js";
import { faultServer } from "../http/fault-server.js";
import { temporaryFolder } from "../temporary-folder.js";
import { attributes, casesFor, interopCases } from "./cases.js";
import { interpreter, Python } from "./python.js";
import { digest, testValues } from "./values.js";
import { valuesOf, writeCase } from "./write-case.js";
import { readWithZarrita } from "./zarrita.js";

const folder = temporaryFolder();
const server = faultServer();

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

  test.each([2, 3] as const)("a dataset of format %d, by xarray", async (zarrFormat) => {
    const zip = join(folder, `dataset-${zarrFormat}.zip`);
    const store = await ZipStore.open(zip, { mode: "w" });
    await createGroup(store, { zarrFormat });
    const variables = {
      t: { shape: [4], chunks: [4], dtype: "int64" },
      x: { shape: [6], chunks: [4], dtype: "float64" },
      temperature: { shape: [4, 6], chunks: [2, 4], dtype: "float32" },
    } as const;
    const dimensionsOf = (name: string) => (name === "temperature" ? ["t", "x"] : [name]);
    for (const [path, { shape, ...array }] of Object.entries(variables)) {
      const names = dimensionsOf(path);
      const named = zarrFormat === 3 ? { dimensionNames: names } : { attributes: { _ARRAY_DIMENSIONS: names } };
      const data = testValues(
        array.dtype,
        shape.reduce((a, b) => a * b, 1),
        5,
      );
      await createArray(store, { zarrFormat, path, shape, ...array, ...named, data } as never);
    }
    await store.flush();
    await writeFile(`${zip}.json`, JSON.stringify(await references(store, { inlineBytes: 20 })));
    await store.close();
    const found = await python.readDataset(`${zip}.json`);
    for (const [name, { shape, dtype }] of Object.entries(variables)) {
      const sha256 = digest(
        dtype,
        testValues(
          dtype,
          shape.reduce((a, b) => a * b, 1),
          5,
        ),
      );
      expect(found[name]).toMatchObject({ shape, sha256, dimensions: dimensionsOf(name) });
    }
  });
});

describe("interop: zarrita follows our references", () => {
  test.each(casesFor("zarrita"))("$name", async (one) => {
    const zip = join(folder, "served.zip");
    await writeCase(one, zip);
    const url = server.serve("/served.zip", await readFile(zip));
    const store = await ZipStore.open(zip);
    // Of a value within the JSON zarrita 0.7 gives all where a range is asked for, as of a shard.
    const inlineBytes = interopCases.indexOf(one) % 2 === 0 || one.shards !== undefined ? 0 : 500;
    const found = { ...(await references(store, { url, inlineBytes })) };
    await store.close();
    const answer = await readWithZarrita(ReferenceStore.fromSpec(found), { ...one, path: "a" });
    expect(answer).toEqual({ shape: one.shape, sha256: digest(one.dtype, valuesOf(one)) });
  });
});
