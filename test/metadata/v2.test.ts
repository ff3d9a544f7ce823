import { describe, expect, test } from "vitest";
import { type Json, type JsonObject, stringifyJson } from "../../src/bytes/json.js";
import { defaultLimits } from "../../src/bytes/limits.js";
import { registerCodec } from "../../src/codecs/registry.js";
import type { ZarrErrorCode } from "../../src/errors.js";
import { serializeNode, withAttributes, withShape } from "../../src/metadata/serialize.js";
import { parseArrayV2, parseConsolidatedV2, parseGroupV2 } from "../../src/metadata/v2.js";
import { expectError } from "../expect-error.js";

const document: JsonObject = {
  zarr_format: 2,
  shape: [7, 6],
  chunks: [3, 4],
  dtype: "<i4",
  fill_value: 3,
  order: "C",
  filters: null,
  compressor: null,
};

const parse = (changes: Record<string, Json | undefined>, attributes?: string) =>
  parseArrayV2(stringifyJson({ ...document, ...changes } as JsonObject), attributes);

// Stand-ins that only have a kind: what stands where is decided by kinds alone.
for (const kind of ["array-to-array", "array-to-bytes", "bytes-to-bytes"] as const) {
  const create = () => {
    throw new Error("not made here");
  };
  registerCodec({ names: [`test-${kind}`], kind, create });
}

describe("an array's .zarray", () => {
  test("gives the in-memory form, with the document itself and the attributes beside it", () => {
    const { dataType, chunkKeyEncoding, ...array } = parse({}, '{"k": NaN}');
    expect([dataType.name, chunkKeyEncoding.encode([1, 2])]).toEqual(["int32", "1.2"]);
    expect(array).toEqual({
      nodeType: "array",
      zarrFormat: 2,
      shape: [7, 6],
      chunkShape: [3, 4],
      chunkGrid: [3, 4],
      fillValue: 3,
      codecs: [{ name: "bytes", configuration: { endian: "little" } }],
      attributes: { k: Number.NaN },
      dimensionNames: undefined,
      document,
    });
  });

  const arrayFilter = { id: "test-array-to-array" };
  const bytesFilter = { id: "test-bytes-to-bytes" };
  const serializer = { id: "test-array-to-bytes" };
  const zlib = { id: "zlib", level: 1 };

  test.each<[string, JsonObject, string[]]>([
    ["filters on the array stand before bytes", { filters: [arrayFilter] }, ["test-array-to-array", "bytes"]],
    [
      "filters on bytes stand behind it, before the compressor",
      { filters: [arrayFilter, bytesFilter], compressor: zlib },
      ["test-array-to-array", "bytes", "test-bytes-to-bytes", "zlib"],
    ],
    [
      "a filter that makes bytes takes its place",
      { filters: [serializer], compressor: zlib },
      ["test-array-to-bytes", "zlib"],
    ],
    ["so does such a compressor", { compressor: serializer }, ["test-array-to-bytes"]],
    ["order F stands first", { order: "F", filters: [arrayFilter] }, ["transpose", "test-array-to-array", "bytes"]],
    ["order F of one dimension means nothing", { order: "F", shape: [7], chunks: [3] }, ["bytes"]],
    ["no filters may be an empty list", { filters: [] }, ["bytes"]],
  ])("%s", (_, changes, names) => {
    expect(parse(changes).codecs.map(({ name }) => name)).toEqual(names);
  });

  test.each<[string, JsonObject, JsonObject]>([
    ["of dtype", { dtype: ">i4" }, { endian: "big" }],
    ["which types of one byte lack", { dtype: "|u1" }, {}],
    [
      "that a filter names for its result",
      { filters: [{ ...arrayFilter, dtype: "<i4", astype: ">i8" }] },
      { endian: "big" },
    ],
    ["that a filter's result lacks", { filters: [{ ...arrayFilter, dtype: "<i4", astype: "|u1" }] }, {}],
    [
      "that astype names",
      { filters: [{ ...arrayFilter, decode_dtype: "<i4", encode_dtype: ">f4" }] },
      { endian: "big" },
    ],
  ])("the byte order is the one %s", (_, changes, configuration) => {
    expect(parse(changes).codecs.find(({ name }) => name === "bytes")).toEqual({ name: "bytes", configuration });
  });

  test("a filter that takes another byte order than dtype has is refused", () => {
    const filters = [{ ...arrayFilter, dtype: "<i4", astype: "<i4" }];
    expectError(() => parse({ dtype: ">i4", filters }), "ERR_UNSUPPORTED", "little-endian", "test-array-to-array");
  });

  test.each<[string, Json | undefined, unknown]>([
    ["fill_value null is the default", null, 0],
    ["so is its absence", undefined, 0],
  ])("%s", (_, fill_value, value) => {
    expect(parse({ fill_value }).fillValue).toBe(value);
  });

  test("unknown members are ignored, and written back", () => {
    const array = withAttributes(withShape(parse({ extra: 1 }), [9, 6]), { a: 1 });
    expect(serializeNode(array).map(([key]) => key)).toEqual([".zarray", ".zattrs"]);
    const [[, zarray], [, zattrs]] = serializeNode(array);
    const again = parseArrayV2(zarray, zattrs);
    expect(again.document).toEqual({ ...document, shape: [9, 6], extra: 1 });
    expect(again.attributes).toEqual({ a: 1 });
  });

  test.each<[string, Json | undefined, ZarrErrorCode, string]>([
    ["zarr_format", 3, "ERR_METADATA", "zarr_format is 3: expected 2"],
    ["shape", undefined, "ERR_METADATA", "shape is missing"],
    ["chunks", [3], "ERR_METADATA", "2 lengths"],
    ["chunks", [3, 0], "ERR_METADATA", "chunks[1] is 0"],
    ["chunks", undefined, "ERR_METADATA", "chunks is missing"],
    ["dtype", undefined, "ERR_METADATA", "dtype is missing"],
    ["dtype", "i4", "ERR_DATA_TYPE", '"i4"'],
    ["dtype", [["a", "<q4"]], "ERR_DATA_TYPE", "<q4"],
    ["dtype", [["a"]], "ERR_METADATA", "dtype[0]"],
    ["order", "A", "ERR_METADATA", 'order is "A"'],
    ["order", undefined, "ERR_METADATA", "order is missing"],
    ["compressor", "zlib", "ERR_METADATA", 'compressor is "zlib"'],
    ["compressor", { level: 1 }, "ERR_METADATA", "compressor.id is missing"],
    ["filters", { id: "delta" }, "ERR_METADATA", "filters is an object"],
    ["filters", [null], "ERR_METADATA", "filters[0] is null"],
    ["filters", new Array(64).fill({ id: "delta" }), "ERR_LIMIT", "64"],
    ["dimension_separator", "-", "ERR_METADATA", "dimension_separator"],
    ["fill_value", "x", "ERR_METADATA", 'fill_value "x"'],
  ])("refuses %s %o with %s", (member, value, code, part) => {
    expectError(() => parse({ [member]: value }), code, part);
  });

  test.each(["[]", "3", "{", ""])("attributes %s have an error of their own", (attributes) => {
    const array = parse({}, attributes);
    expect([array.shape, array.attributes, array.attributesError?.code]).toEqual([[7, 6], {}, "ERR_METADATA"]);
    expectError(() => withAttributes(array, {}), "ERR_METADATA");
    expect(withShape(array, [9, 6]).attributesError).toBe(array.attributesError);
    expect(parseGroupV2('{"zarr_format": 2}', attributes).attributesError?.code).toBe("ERR_METADATA");
  });

  test.each<[Json | undefined, unknown]>([
    [
      ["y", "x"],
      ["y", "x"],
    ],
    [
      [null, "x"],
      [null, "x"],
    ],
    [["x"], undefined],
    [["y", 3], undefined],
    ["y x", undefined],
    [undefined, undefined],
  ])("_ARRAY_DIMENSIONS %o names the dimensions %o", (names, expected) => {
    const attributes = names === undefined ? {} : { _ARRAY_DIMENSIONS: names };
    const array = parse({}, stringifyJson(attributes));
    expect([array.dimensionNames, array.attributes]).toEqual([expected, attributes]);
    expect(withAttributes(parse({}), attributes).dimensionNames).toEqual(expected);
  });
});

describe("a group's .zgroup and .zmetadata", () => {
  test("a group has the attributes beside it", () => {
    const group = { nodeType: "group", zarrFormat: 2, consolidated: undefined, document: { zarr_format: 2 } };
    expect(parseGroupV2('{"zarr_format": 2}')).toEqual({ ...group, attributes: {} });
    expect(parseGroupV2('{"zarr_format": 2}', '{"a": 1}')).toEqual({ ...group, attributes: { a: 1 } });
    expectError(() => parseGroupV2("{}"), "ERR_METADATA", "zarr_format is missing");
  });

  test(".zmetadata gives nodes by path, the group itself by the empty one", () => {
    const metadata = {
      ".zgroup": { zarr_format: 2 },
      ".zattrs": { root: true },
      "a/b/.zarray": document,
      "a/b/.zattrs": { x: 1 },
      "bad/.zgroup": { zarr_format: 1 },
      "list/.zarray": [],
    };
    const nodes = parseConsolidatedV2(stringifyJson({ zarr_consolidated_format: 1, metadata }));
    expect([...nodes.paths()]).toEqual(["", "a/b", "bad", "list"]);
    expect(nodes.get("")?.attributes).toEqual({ root: true });
    expect(nodes.get("a/b")).toMatchObject({ nodeType: "array", attributes: { x: 1 } });
    expectError(() => nodes.get("bad"), "ERR_METADATA", "zarr_format is 1", 'path "bad"');
    expectError(() => nodes.get("list"), "ERR_METADATA", "list/.zarray is a list", 'path "list"');
  });

  test.each(["[]", "{}", '{"zarr_consolidated_format": 2, "metadata": {}}', '{"zarr_consolidated_format": 1}'])(
    "refuses .zmetadata %s",
    (text) => {
      expectError(() => parseConsolidatedV2(text, defaultLimits), "ERR_METADATA");
    },
  );
});
