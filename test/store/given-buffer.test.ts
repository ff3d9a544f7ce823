// A Buffer is a Uint8Array whose slice() is a view: nothing that is given may be kept or changed by one.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createArray, openArray, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();

test("reading compressed chunks leaves the Buffer of a file as it is", async () => {
  const path = `${folder}/blosc.zip`;
  const store = await ZipStore.open(path, { mode: "w" });
  const data = Float64Array.from({ length: 80_000 }, (_, i) => Math.sin(i));
  await createArray(store, {
    shape: [80_000],
    chunks: [20_000],
    dtype: "float64",
    compressors: [{ name: "blosc" }],
    data,
  });
  await store.close();
  const file = readFileSync(path);
  const length = file.length;
  expect(length).toBeGreaterThan(2 ** 17); // less is not freed
  for (let i = 0; i < 3; i++) {
    const array = await openArray(file);
    expect((await array.get()).data).toEqual(data);
    await array.close();
    await new Promise(setImmediate); // memory is freed once the port without an end knows that it has none
    expect(file.length).toBe(length);
  }
});

test("a value that was set with what it replaces may change afterwards, when that is made again after another writer", async () => {
  const path = `${folder}/exchange.zip`;
  const before = Buffer.from("before");
  const first = await ZipStore.open(path, { mode: "w" });
  await first.set("a", before);
  await first.close();
  const [one, two] = [await ZipStore.open(path, { mode: "a" }), await ZipStore.open(path, { mode: "a" })];
  const value = Buffer.from("mine");
  await one.set("a", value, { expect: before });
  value.fill("x");
  await two.set("a", before);
  await two.close();
  await one.close();
  const store = await ZipStore.open(path);
  expect(new TextDecoder().decode(await store.get("a"))).toBe("mine");
  await store.close();
});
