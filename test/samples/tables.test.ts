// The tables of docs/types.md and docs/errors.md are those of the package.
import { describe, expect, test } from "vitest";
import { findCodec } from "../../src/codecs/registry.js";
import { createArray, MemoryStore } from "../../src/index.js";
import { readPage } from "./programs.js";

const types = await readPage("docs/types.md");

/** The names in backticks of the table row that begins with `head`. */
function namesInRow(head: string): string[] {
  const row = types.split("\n").find((line) => line.startsWith(`| ${head} |`));
  return [...(row ?? "").split("|")[2]!.matchAll(/`([\w.-]+)`/g)].map(([, name]) => name!);
}

describe("types: what this version reads and writes", () => {
  test.each(namesInRow("Data types"))("data type %s", async (dtype) => {
    for (const zarrFormat of [2, 3] as const) {
      const array = await createArray(new MemoryStore(), { zarrFormat, shape: [2], dtype, compressors: null });
      await expect(array.get()).resolves.toMatchObject({ shape: [2] });
    }
  });

  test.each([...namesInRow("Data types with a size or unit"), "datetime64[ns]", "timedelta64[10us]"])(
    "data type %s",
    async (dtype) => {
      for (const zarrFormat of [2, 3] as const) {
        const array = await createArray(new MemoryStore(), { zarrFormat, shape: [2], dtype });
        await expect(array.get()).resolves.toMatchObject({ shape: [2] });
      }
    },
  );

  test.each(namesInRow("Data types of v3 only"))("data type %s", async (dtype) => {
    const array = await createArray(new MemoryStore(), { shape: [2], dtype });
    await expect(array.get()).resolves.toMatchObject({ shape: [2] });
  });

  test.each(namesInRow("Codecs"))("codec %s", async (name) => {
    const bytes = { name: "bytes", configuration: { endian: "little" } };
    const transpose = { name, configuration: { order: [1, 0] } };
    const codecs = name === "bytes" ? [bytes] : name === "transpose" ? [transpose, bytes] : [bytes, name];
    const data = Int32Array.of(1, 2, 3, 4, 5, 6);
    const array = await createArray(new MemoryStore(), { shape: [2, 3], dtype: "int32", codecs, data });
    await expect(array.get()).resolves.toMatchObject({ data });
  });
});

describe("types: further codecs", () => {
  test.each([
    ["Codecs on arrays", "array-to-array"],
    ["Codecs to bytes", "array-to-bytes"],
    ["Codecs on bytes", "bytes-to-bytes"],
  ])("%s are of this kind", (head, kind) => {
    const names = namesInRow(head);
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(findCodec(name)?.kind, name).toBe(kind);
  });

  test.each(namesInRow("Codecs on bytes"))("codec %s needs no configuration", async (name) => {
    const bytes = { name: "bytes", configuration: { endian: "little" } };
    const data = Int32Array.of(1, 2, 3, 4, 5, 6);
    const array = await createArray(new MemoryStore(), { shape: [6], dtype: "int32", codecs: [bytes, name], data });
    await expect(array.get()).resolves.toMatchObject({ data });
    expect(findCodec(`numcodecs.${name}`)).toBe(findCodec(name));
  });
});

test("errors: the codes are those of errors.ts, each with what to do", async () => {
  const codesIn = (text: string) => [...new Set(text.match(/\bERR_[A-Z_]+/g))].sort();
  const rows = (await readPage("docs/errors.md")).split("\n").filter((line) => line.startsWith("| `ERR_"));
  expect(rows.map((row) => row.split("|")[1]!.trim().slice(1, -1)).sort()).toEqual(
    codesIn(await readPage("src/errors.ts")),
  );
  for (const row of rows) expect(row.split(" | ").length, row).toBe(3);
});
