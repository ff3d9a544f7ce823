import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Chunk, type CoordinateEntry, type Mask, openArray, slice, type ZarrArray } from "../../src/index.js";

/** Selections that zarr-python 3.1.6 read from its own files through `oindex`, `vindex`, masks and `blocks`. */
const golden = new URL("../fixtures/golden/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", golden), "utf8"));

type Entry = number | number[] | boolean[] | null | { slice: [number | null, number | null, number | null] };

interface Fancy {
  mode: "oindex" | "vindex" | "mask" | "blocks";
  sel: Entry[];
  shape: number[];
  sha256: string;
}

const cases: { id: string; file: string; path: string; fancy: Fancy }[] = manifest.arrays.flatMap(
  ({ id, file, path, fancy = [] }: { id: string; file: string; path: string; fancy?: Fancy[] }) =>
    fancy.map((one) => ({ id, file, path, fancy: one })),
);

async function read(array: ZarrArray, { mode, sel }: Fancy): Promise<Chunk> {
  const entries = sel.map((entry) =>
    typeof entry === "object" && entry !== null && !Array.isArray(entry) ? slice(...entry.slice) : entry,
  );
  if (mode === "vindex") return (await array.getCoordinates(entries as CoordinateEntry[])) as Chunk;
  if (mode === "mask") return await array.getMask(entries as Mask);
  if (mode === "blocks") return await array.getBlocks(entries as number[]);
  return (await array.getOrthogonal(entries)) as Chunk;
}

describe("selections that zarr-python has read", () => {
  it("are there", () => expect(cases.length).toBeGreaterThan(0));

  for (const { id, file, path, fancy } of cases) {
    it(`${id}, ${fancy.mode} ${JSON.stringify(fancy.sel)}`, async () => {
      const array = await openArray(fileURLToPath(new URL(file, golden)), { path });
      const { data, shape } = await read(array, fancy);
      await array.close();
      expect(shape).toEqual(fancy.shape);
      expect(createHash("sha256").update(array.dataType.toBytes(data)).digest("hex")).toBe(fancy.sha256);
    });
  }
});
