import { openSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createArray, createGroup, MemoryStore, type References, references, ZipStore } from "../../src/index.js";
import { expectRejection } from "../expect-error.js";
import { temporaryFolder } from "../temporary-folder.js";
import { buildArchive, extra } from "../zip/build-archive.js";

const folder = temporaryFolder();
const path = join(folder, "a.zip");
const data = Uint8Array.from({ length: 1500 }, (_, i) => i * 7);

/** A file with a replaced value, a small chunk and a large one. */
async function written(): Promise<ZipStore> {
  const store = await ZipStore.open(path, { mode: "w" });
  await createGroup(store, { attributes: { title: "é" } });
  const array = await createArray(store, {
    path: "a",
    shape: [1500],
    chunks: [1000],
    dtype: "uint8",
    compressors: null,
  });
  await array.set(null, 1);
  await store.flush();
  await array.set(null, data);
  await createArray(store, {
    path: "b",
    shape: [300],
    chunks: [300],
    dtype: "uint8",
    compressors: null,
    data: data.slice(0, 300),
  });
  await store.close();
  return await ZipStore.open(path);
}

/** The bytes that a reference is about. */
function bytesOf(reference: References["refs"][string]): Buffer {
  if (typeof reference === "string") {
    return reference.startsWith("base64:") ? Buffer.from(reference.slice(7), "base64") : Buffer.from(reference);
  }
  const [file, offset, length] = reference;
  const bytes = Buffer.alloc(length);
  readSync(openSync(file, "r"), bytes, 0, length, offset);
  return bytes;
}

describe("references", () => {
  test("each is the value of its key", async () => {
    const store = await written();
    const { version, refs } = await references(store);
    expect(version).toBe(1);
    expect(Object.keys(refs).sort()).toEqual(["a/c/0", "a/c/1", "a/zarr.json", "b/c/0", "b/zarr.json", "zarr.json"]);
    for (const [key, reference] of Object.entries(refs)) {
      expect(bytesOf(reference).equals((await store.get(key))!), key).toBe(true);
    }
    expect(refs["a/c/0"]).toEqual([path, expect.any(Number), 1000]);
    expect(refs["zarr.json"]).toContain('"title": "é"');
    expect(refs["b/c/0"]).toMatch(/^base64:/);
    const others = (await references(store, { url: "s3://b/a.zip", inlineBytes: 0 })).refs;
    expect(others["b/c/0"]).toEqual(["s3://b/a.zip", expect.any(Number), 300]);
    await store.close();
  });

  test("values that the ZIP compresses are refused, unless they are small", async () => {
    const store = await ZipStore.open(join(folder, "deflated.zip"), { mode: "w", compression: "deflate" });
    await store.set(
      "zarr.json",
      new TextEncoder().encode(`{"zarr_format": 3, "node_type": "group"}${" ".repeat(999)}`),
    );
    await store.set("small", new Uint8Array(400));
    await store.flush();
    expect(bytesOf((await references(store)).refs.small!)).toEqual(Buffer.alloc(400));
    await store.set("large", new Uint8Array(501));
    await store.flush();
    await expectRejection(references(store), "ERR_UNSUPPORTED", '"large"', "zarrzip pack");
    await store.close();
  });

  test("a file of another writer: extra fields, and bytes before the archive", async () => {
    const text = (value: string) => new TextEncoder().encode(value);
    const entries = [
      { name: "zarr.json", payload: text('{"zarr_format": 3, "node_type": "group"}') },
      { name: "folder/", payload: new Uint8Array() },
      { name: "x", payload: text("payload"), localExtra: extra(0x5455, new Uint8Array(9)) },
    ];
    const file = join(folder, "other.zip");
    writeFileSync(file, buildArchive(entries, { prefix: new Uint8Array(77) }));
    const store = await ZipStore.open(file);
    const { refs } = await references(store, { inlineBytes: 0 });
    expect(Object.keys(refs)).toEqual(["zarr.json", "x"]);
    expect(bytesOf(refs.x!).toString()).toBe("payload");
    await store.close();
  });

  test("a new file that has not been written yet is refused", async () => {
    const store = await ZipStore.open(join(folder, "new.zip"), { mode: "w" });
    await createGroup(store);
    await expectRejection(references(store), "ERR_DIRTY");
    await store.abort();
  });

  test("anything but a ZipStore is refused", async () => {
    await expectRejection(references(new MemoryStore() as never), "ERR_ARGUMENT", "expected a ZipStore");
  });
});
