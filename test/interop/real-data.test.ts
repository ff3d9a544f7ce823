import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openArray } from "../../src/index.js";

/** Folder of zips that others wrote, with `expected.jsonl`: the values that zarr-python 3.1.6 read from them. */
const folder = process.env.ZARRZIP_REAL_DATA;

interface Expected {
  src: string;
  path: string;
  zarr_format: 2 | 3;
  shape: number[];
  digest: string;
}

describe.skipIf(folder === undefined)("real files (skipped where ZARRZIP_REAL_DATA names no folder)", () => {
  const lines = folder === undefined ? [] : readFileSync(join(folder, "expected.jsonl"), "utf8").trim().split("\n");
  const expected: Expected[] = lines.map((line) => JSON.parse(line));

  it("are all there", () => {
    expect(expected.length).toBeGreaterThan(0);
  });

  for (const { src, path, zarr_format, shape, digest } of expected) {
    it(`${src}: ${path} reads as zarr-python reads it`, async () => {
      const array = await openArray(join(folder as string, src), { path, zarrFormat: zarr_format });
      expect(array.shape).toEqual(shape);
      const { data } = await array.get();
      const bytes = array.dataType.toBytes(data as Float32Array);
      expect(`le:${createHash("sha256").update(bytes).digest("hex")}`).toBe(digest);
      await array.close();
    });
  }

  it("whose nodes are below one parent folder open without a path", async () => {
    const array = await openArray(join(folder as string, "bcsd_v3.zarr.zip"), { path: "bcsd_v3.zarr/pr" });
    expect(array.shape).toEqual([12, 33, 81]);
    await array.close();
  });
});
