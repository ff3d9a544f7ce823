import { describe, expect, test } from "vitest";
import { type Json, type JsonObject, stringifyJson } from "../../src/bytes/json.js";
import { defaultLimits } from "../../src/bytes/limits.js";
import type { ZarrErrorCode } from "../../src/errors.js";
import { parseNodeV3 } from "../../src/metadata/any-document.js";
import type { ArrayMetadata } from "../../src/metadata/node-metadata.js";
import { serializeNode, withAttributes, withShape } from "../../src/metadata/serialize.js";
import { expectError } from "../expect-error.js";

const document: JsonObject = {
  zarr_format: 3,
  node_type: "array",
  shape: [7, 6],
  data_type: "int32",
  chunk_grid: { name: "regular", configuration: { chunk_shape: [3, 4] } },
  chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
  fill_value: 0,
  codecs: [{ name: "bytes", configuration: { endian: "little" } }],
};

/** Parses the document above with some members replaced; `undefined` leaves one out. */
function parse(changes: Record<string, Json | undefined>, limits = defaultLimits): ArrayMetadata {
  return parseNodeV3(stringifyJson({ ...document, ...changes } as JsonObject), limits) as ArrayMetadata;
}

describe("an array's zarr.json", () => {
  test("gives the in-memory form, with the document itself", () => {
    const { dataType, chunkKeyEncoding, ...array } = parse({});
    expect(dataType.name).toBe("int32");
    expect(chunkKeyEncoding.encode([1, 2])).toBe("c/1/2");
    expect(array).toEqual({
      nodeType: "array",
      zarrFormat: 3,
      shape: [7, 6],
      chunkShape: [3, 4],
      chunkGrid: [3, 4],
      fillValue: 0,
      codecs: [{ name: "bytes", configuration: { endian: "little" } }],
      attributes: {},
      dimensionNames: undefined,
      document,
    });
  });

  test.each<[string, Record<string, Json>]>([
    ["a bare data type in an object", { data_type: { name: "int32" } }],
    ["a bare codec name", { codecs: ["bytes"] }],
    ["a codec without configuration", { codecs: [{ name: "bytes" }] }],
    ["no storage transformers", { storage_transformers: [] }],
    ["dimensions that all lack a name", { dimension_names: [null, null] }],
    ["dimension_names null", { dimension_names: null }],
    ["attributes null", { attributes: null }],
    ["an unknown member that may be ignored", { foo: { must_understand: false } }],
  ])("takes %s", (_, changes) => {
    expect(parse(changes).shape).toEqual([7, 6]);
  });

  test.each<[string, Json | undefined, string[]]>([
    ["int32", undefined, ["bytes"]],
    ["uint8", ["gzip"], ["bytes", "gzip"]],
    ["int8", [{ name: "transpose", configuration: { order: [1, 0] } }, "zstd"], ["transpose", "bytes", "zstd"]],
    ["uint8", ["no.such.codec"], ["no.such.codec"]],
    // The order of the bytes is not clear: the array is refused when it is opened.
    ["int32", ["gzip"], ["gzip"]],
  ])("GDAL's %s with codecs %j has %j", (data_type, codecs, names) => {
    expect(parse({ data_type, codecs }).codecs.map(({ name }) => name)).toEqual(names);
  });

  test("keeps members that it ignores when it is written, with a new shape and new attributes", () => {
    const array = parse({ foo: { must_understand: false, big: 2n ** 70n } });
    const changed = withAttributes(withShape(array, [8, 6]), { a: Number.NaN });
    const [[key, text]] = serializeNode(changed);
    expect(key).toBe("zarr.json");
    expect(parseNodeV3(text).document).toEqual({
      ...document,
      shape: [8, 6],
      attributes: { a: Number.NaN },
      foo: { must_understand: false, big: 2n ** 70n },
    });
    expect(array.shape).toEqual([7, 6]);
  });

  test("an unknown codec that may be ignored is left out, a known one stays", () => {
    const codecs = [
      { name: "bytes", configuration: { endian: "little" }, must_understand: false },
      { name: "no.such.codec", must_understand: false },
    ];
    expect(parse({ codecs }).codecs.map(({ name }) => name)).toEqual(["bytes"]);
  });

  test.each<[string, Json | undefined, ZarrErrorCode, string]>([
    ["zarr_format", 2, "ERR_METADATA", "zarr_format is 2: expected 3"],
    ["zarr_format", undefined, "ERR_METADATA", "zarr_format is missing"],
    ["zarr_format", 4, "ERR_UNSUPPORTED", "zarr_format is 4, which is not supported"],
    ["node_type", "dataset", "ERR_METADATA", 'node_type is "dataset"'],
    ["node_type", undefined, "ERR_METADATA", "node_type is missing"],
    ["shape", [7, 6.5], "ERR_METADATA", "shape[1] is 6.5"],
    ["shape", [7, "6"], "ERR_METADATA", 'shape[1] is "6"'],
    ["shape", [7, true], "ERR_METADATA", "shape[1] is true"],
    ["shape", 7, "ERR_METADATA", "shape is 7"],
    ["shape", [7, -(2n ** 70n)], "ERR_METADATA", "shape[1] is -1180591620717411303424"],
    ["shape", [7, 2n ** 53n], "ERR_LIMIT", "shape[1] is 9007199254740992"],
    ["shape", [7, 1e300], "ERR_LIMIT", "shape[1]"],
    ["shape", new Array(65).fill(1), "ERR_LIMIT", "65"],
    ["chunk_grid", undefined, "ERR_METADATA", "chunk_grid is missing"],
    ["chunk_grid", "regular", "ERR_METADATA", "chunk_shape is missing"],
    ["chunk_grid", { name: "hexagonal" }, "ERR_UNSUPPORTED", 'chunk_grid is "hexagonal"'],
    ["chunk_grid", { name: "regular", configuration: { chunk_shape: [3] } }, "ERR_METADATA", "2 lengths"],
    ["chunk_grid", { name: "regular", configuration: { chunk_shape: [3, 0] } }, "ERR_METADATA", "chunk_shape[1] is 0"],
    ["chunk_grid", { name: "regular", configuration: [3, 4] }, "ERR_METADATA", "chunk_grid.configuration is a list"],
    ["chunk_key_encoding", undefined, "ERR_METADATA", "chunk_key_encoding is missing"],
    ["chunk_key_encoding", "fortran", "ERR_UNSUPPORTED", '"fortran"'],
    ["chunk_key_encoding", { name: "v2", configuration: { separator: "-" } }, "ERR_METADATA", 'separator is "-"'],
    ["data_type", undefined, "ERR_METADATA", "data_type is missing"],
    ["data_type", "int33", "ERR_DATA_TYPE", '"int33"'],
    ["fill_value", undefined, "ERR_METADATA", "fill_value is missing"],
    ["codecs", null, "ERR_METADATA", "codecs is null"],
    ["codecs", { name: "bytes" }, "ERR_METADATA", "codecs is an object"],
    ["codecs", [3], "ERR_METADATA", "codecs[0] is 3"],
    ["codecs", [{ id: "bytes" }], "ERR_METADATA", "codecs[0].name is missing"],
    ["codecs", [{ name: "bytes", must_understand: 0 }], "ERR_METADATA", "codecs[0].must_understand is 0"],
    ["codecs", new Array(65).fill("bytes"), "ERR_LIMIT", "65"],
    ["dimension_names", "xy", "ERR_METADATA", 'dimension_names is "xy"'],
    ["storage_transformers", {}, "ERR_METADATA", "storage_transformers is an object"],
    ["storage_transformers", [{ name: "x" }], "ERR_UNSUPPORTED", 'storage_transformers[0] is "x"'],
    ["foo", 1, "ERR_UNSUPPORTED", 'unknown member "foo"'],
    ["foo", { must_understand: true }, "ERR_UNSUPPORTED", 'unknown member "foo"'],
    ["foo", { must_understand: 0 }, "ERR_UNSUPPORTED", 'unknown member "foo"'],
    ["toString", {}, "ERR_UNSUPPORTED", 'unknown member "toString"'],
  ])("refuses %s %o with %s", (member, value, code, part) => {
    expectError(() => parse({ [member]: value }), code, part);
  });

  test("limits of the caller hold", () => {
    expectError(() => parse({}, { ...defaultLimits, metadataBytes: 100 }), "ERR_LIMIT", "100");
    expectError(() => parse({}, { ...defaultLimits, jsonDepth: 2 }), "ERR_LIMIT", "2");
    expectError(() => parse({}, { ...defaultLimits, rank: 1 }), "ERR_LIMIT", "shape has 2");
  });
});

describe("a group's zarr.json", () => {
  const group = { zarr_format: 3, node_type: "group" };
  const parseGroup = (members: JsonObject) => parseNodeV3(stringifyJson({ ...group, ...members }));

  test("may have nothing but its type", () => {
    const expected = { nodeType: "group", zarrFormat: 3, attributes: {}, consolidated: undefined, document: group };
    expect(parseGroup({})).toEqual(expected);
  });

  test("gives the nodes of inline consolidated metadata, each parsed when asked for", () => {
    const metadata = { a: group, "a/b": document, bad: { ...document, shape: [-1, 1] }, list: [] };
    const node = parseGroup({ consolidated_metadata: { kind: "inline", must_understand: false, metadata } });
    if (node.nodeType !== "group") throw new Error("no group");
    expect([...node.consolidated!.paths()]).toEqual(["a", "a/b", "bad", "list"]);
    expect(node.consolidated!.get("a")?.nodeType).toBe("group");
    expect(node.consolidated!.get("a/b")).toBe(node.consolidated!.get("a/b"));
    expect(node.consolidated!.get("c")).toBeUndefined();
    expectError(() => node.consolidated!.get("bad"), "ERR_METADATA", "shape[0] is -1", 'path "bad"');
    expectError(() => node.consolidated!.get("list"), "ERR_METADATA", "list is a list");
  });

  test.each<[string, Json]>([
    ["null", null],
    ["of another kind that may be ignored", { kind: "elsewhere", must_understand: false }],
  ])("consolidated metadata %s counts as absent", (_, consolidated_metadata) => {
    expect(parseGroup({ consolidated_metadata })).toMatchObject({ consolidated: undefined });
  });

  test.each<[JsonObject, string, ZarrErrorCode?]>([
    [{ consolidated_metadata: [] }, "consolidated_metadata is a list"],
    [{ consolidated_metadata: { kind: "elsewhere" } }, 'consolidated_metadata.kind is "elsewhere"'],
    [{ consolidated_metadata: { kind: "inline" } }, "consolidated_metadata.metadata is missing"],
    [{ shape: [1] }, 'unknown member "shape"', "ERR_UNSUPPORTED"],
  ])("refuses %o", (members, part, code = "ERR_METADATA") => {
    expectError(() => parseGroup(members), code, part);
  });
});
