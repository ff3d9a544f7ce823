import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseJson } from "../../src/bytes/parse-json.js";
import {
  type Chunk,
  isZarrError,
  openArray,
  openGroup,
  type Selection,
  slice,
  type ZarrArray,
  type ZarrError,
} from "../../src/index.js";

/** Files written by zarr-python 3.1.6, or composed by the specification, with the values that it read from them. */
const golden = new URL("../fixtures/golden/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", golden), "utf8"));
const file = (name: string) => fileURLToPath(new URL(name, golden));

const onError = (error: ZarrError) => {
  throw error;
};

/** Values as the manifest has them: a digest of their bytes, or themselves. */
interface GoldenValues {
  sha256?: string;
  values?: unknown[];
  values_b64?: string[];
}

interface GoldenArray extends GoldenValues {
  id: string;
  file: string;
  path: string;
  zarr_format: 2 | 3;
  shape: number[];
  chunks: number[];
  attributes_json: string;
  dimension_names: string[] | null;
  slices: (GoldenValues & { sel: (number | [number, number, number])[]; shape: number[] })[];
}
const arrays: GoldenArray[] = manifest.arrays;

/** Arrays whose data type or codec is not supported yet, by what is missing. */
const waiting = JSON.parse(readFileSync(new URL("../fixtures/golden-waiting.json", import.meta.url), "utf8"));
const waitingIds = new Set(Object.values(waiting).flat());

/** Expects a region, or a scalar if `isScalar`, to hold the values of the manifest. */
function expectValues(
  { dataType }: ZarrArray,
  result: unknown,
  isScalar: boolean,
  expected: GoldenValues,
  name = "",
): void {
  let data: Chunk["data"];
  if (!isScalar) data = (result as Chunk).data;
  else {
    data = dataType.allocate(1);
    dataType.fill(data, dataType.checkScalar(result), 0, dataType.width);
  }
  const { sha256, values, values_b64 } = expected;
  if (values !== undefined) expect([...data], name).toEqual(values);
  if (values_b64 !== undefined) {
    expect(
      Array.from(data as Uint8Array[], (bytes) => Buffer.from(bytes).toString("base64")),
      name,
    ).toEqual(values_b64);
  }
  if (sha256 !== undefined) {
    // A struct has its bytes in the manifest's order in memory.
    const bytes = dataType.name === "struct" ? (data as Uint8Array) : dataType.toBytes(data);
    expect(createHash("sha256").update(bytes).digest("hex"), name).toBe(sha256);
  }
  expect([sha256, values, values_b64].some((known) => known !== undefined)).toBe(true);
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
      expectValues(array, await array.get(), expected.shape.length === 0, expected);
      for (const { sel, shape, ...values } of expected.slices) {
        const selection: Selection = sel.map((entry) => (typeof entry === "number" ? entry : slice(...entry)));
        const region = await array.get(selection);
        if (shape.length > 0) expect((region as Chunk).shape).toEqual(shape);
        expectValues(array, region, shape.length === 0, values, JSON.stringify(sel));
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
        const found = await group.members({ maxDepth, onError });
        return found.map((node) => [node.path.slice(prefix.length), node.metadata.nodeType]).sort();
      };
      expect(await list(0)).toEqual(members.sort());
      expect(await list(Number.POSITIVE_INFINITY)).toEqual(all_members.sort());
      await group.close();
    });
  }
});
