import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseJson } from "../../src/bytes/json.js";
import {
  type Chunk,
  isZarrError,
  openArray,
  openGroup,
  type Selection,
  slice,
  type ZarrArray,
} from "../../src/index.js";

/** Files written by zarr-python 3.1.6, or composed by the specification, with the values that it read from them. */
const golden = new URL("../fixtures/golden/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", golden), "utf8"));
const file = (name: string) => fileURLToPath(new URL(name, golden));

interface GoldenArray {
  id: string;
  file: string;
  path: string;
  zarr_format: 2 | 3;
  shape: number[];
  chunks: number[];
  attributes_json: string;
  dimension_names: string[] | null;
  sha256?: string;
  slices: { sel: (number | [number, number, number])[]; shape: number[]; sha256?: string }[];
}
const arrays: GoldenArray[] = manifest.arrays;

/** Arrays whose data type or codec is not supported yet, by what is missing. */
const waiting = JSON.parse(readFileSync(new URL("../fixtures/golden-waiting.json", import.meta.url), "utf8"));
const waitingIds = new Set(Object.values(waiting).flat());

/** SHA-256 of the little-endian bytes, whether `get` gave a region or a scalar. */
function digest(array: ZarrArray, result: unknown): string {
  const { dataType } = array;
  let data: Chunk["data"];
  if (typeof result === "object" && result !== null && "data" in result) data = (result as Chunk).data;
  else {
    data = dataType.allocate(1);
    dataType.fill(data, result, 0, dataType.width);
  }
  return createHash("sha256").update(dataType.toBytes(data)).digest("hex");
}

describe("arrays written by zarr-python", () => {
  for (const expected of arrays.filter(({ id }) => !waitingIds.has(id))) {
    it(`${expected.id} reads equal, whole and in slices`, async () => {
      const { path, zarr_format: zarrFormat } = expected;
      const array = await openArray(file(expected.file), { path, zarrFormat });
      expect(array.shape).toEqual(expected.shape);
      expect(array.chunks).toEqual(expected.chunks);
      expect(array.attributes).toEqual(parseJson(expected.attributes_json));
      expect(array.dimensionNames ?? null).toEqual(expected.dimension_names);
      expect(digest(array, await array.get())).toBe(expected.sha256);
      for (const { sel, shape, sha256 } of expected.slices) {
        const selection: Selection = sel.map((entry) => (typeof entry === "number" ? entry : slice(...entry)));
        const region = await array.get(selection);
        if (shape.length > 0) expect((region as Chunk).shape).toEqual(shape);
        expect(digest(array, region), JSON.stringify(sel)).toBe(sha256);
      }
      await array.close();
    });
  }

  it(`${waitingIds.size} wait for a data type or codec, each reported as missing by its name`, async () => {
    for (const [missing, ids] of Object.entries<string[]>(waiting)) {
      for (const { id, file: name, path } of arrays.filter((array) => ids.includes(array.id))) {
        const error = await openArray(file(name), { path }).then(
          () => expect.fail(`${id} opens: it waits no longer`),
          (reason) => reason,
        );
        expect(
          isZarrError(error) && `${error.code} ${error.details.codec ?? JSON.stringify(error.details.dataType)}`,
          id,
        ).toBe(missing);
      }
    }
  });
});

describe("groups written by zarr-python", () => {
  for (const {
    id,
    file: name,
    path,
    zarr_format: zarrFormat,
    attributes_json,
    members,
    all_members,
  } of manifest.groups) {
    it(`${id} lists its members`, async () => {
      const group = await openGroup(file(name), { path, zarrFormat });
      expect(group.attributes).toEqual(parseJson(attributes_json));
      const list = async (maxDepth: number) => {
        const prefix = path === "" ? "" : `${path}/`;
        const found = await group.members({ maxDepth });
        return found.map((node) => [node.path.slice(prefix.length), node.metadata.nodeType]).sort();
      };
      expect(await list(0)).toEqual(members.sort());
      expect(await list(Number.POSITIVE_INFINITY)).toEqual(all_members.sort());
      await group.close();
    });
  }
});
