import { describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/bytes/limits.js";
import { parseJson } from "../../src/bytes/parse-json.js";
import { createPipeline } from "../../src/codecs/pipeline.js";
import { loadCodecs } from "../../src/codecs/registry.js";
import { isZarrError, type ZarrErrorCode } from "../../src/errors.js";
import { createArrayMetadata } from "../../src/metadata/create-metadata.js";
import type { ArrayMetadata } from "../../src/metadata/node-metadata.js";
import { serializeNode } from "../../src/metadata/serialize.js";
import { parseConsolidatedV2 } from "../../src/metadata/v2.js";
import { goldenNode, goldenValue, manifest } from "./golden-documents.js";

const arrays = manifest.arrays.filter(
  // One file's documents are compressed by bzip2: how those are read is no matter of metadata.
  ({ file }) => file !== "zip-bzip2.zip",
);

async function goldenArray(file: string, path = "", limits = defaultLimits): Promise<ArrayMetadata> {
  const node = await goldenNode(file, path, limits);
  if (node.nodeType !== "array") throw new Error(`${file} ${path} is no array`);
  return node;
}

const bytesInBase64 = (bytes: readonly unknown[]) => Buffer.from(bytes as number[]).toString("base64");

/** Byte order of the codec that makes bytes of the elements. */
function storedEndian({ codecs }: ArrayMetadata): "little" | "big" | undefined {
  return codecs.find(({ name }) => name === "bytes")?.configuration.endian as "little" | "big" | undefined;
}

describe("metadata of other writers", () => {
  test("the manifest has documents of every type of this package", () => {
    expect(arrays.length).toBeGreaterThan(280);
  });

  test.each(arrays)("$file $path: parses to what zarr-python reads", async (expected) => {
    const array = await goldenArray(expected.file, expected.path);
    expect(array.zarrFormat).toBe(expected.zarr_format);
    expect(array.shape).toEqual(expected.shape);
    expect(array.chunkShape).toEqual(expected.shards ?? expected.chunks);
    expect(array.attributes).toEqual(parseJson(expected.attributes_json));
    expect(array.dimensionNames ?? null).toEqual(expected.dimension_names);
    const { dataType, fillValue, zarrFormat } = array;
    const isStruct = dataType.name === "struct"; // the manifest has structs in base64, as v2 does
    const zero = isStruct ? Buffer.alloc(dataType.itemSize!).toString("base64") : 0;
    const value = expected.fill_value_json === "null" ? zero : parseJson(expected.fill_value_json);
    const written = dataType.fillValueToJson(fillValue, isStruct ? 2 : zarrFormat, storedEndian(array));
    expect(written).toEqual(dataType.name === "bytes" && Array.isArray(value) ? bytesInBase64(value) : value);
  });

  test.each(arrays)("$file $path: is written back with every member", async ({ file, path }) => {
    const array = await goldenArray(file, path);
    for (const [key, text] of serializeNode(array)) {
      const stored = await goldenValue(file, path === "" ? key : `${path}/${key}`);
      expect(parseJson(text)).toEqual(stored === undefined ? {} : parseJson(stored));
    }
  });

  test.each(manifest.groups)("$file $path: the group has its attributes, and is written back", async (expected) => {
    const group = await goldenNode(expected.file, expected.path);
    expect([group.nodeType, group.zarrFormat]).toEqual(["group", expected.zarr_format]);
    expect(group.attributes).toEqual(parseJson(expected.attributes_json));
    if (group.nodeType !== "group") return;
    for (const [key, text] of serializeNode(group)) {
      const stored = await goldenValue(expected.file, expected.path === "" ? key : `${expected.path}/${key}`);
      expect(parseJson(text)).toEqual(parseJson(stored!));
    }
  });

  test("v2-group-nested-consolidated.zip: .zmetadata has the same nodes as their own documents", async () => {
    const file = "v2-group-nested-consolidated.zip";
    const consolidated = parseConsolidatedV2((await goldenValue(file, ".zmetadata"))!);
    const members = manifest.groups.find((group) => group.file === file && group.path === "")!.all_members;
    expect([...consolidated.paths()].sort()).toEqual(["", ...members.map(([path]) => path)].sort());
    for (const [path, nodeType] of members) {
      const node = consolidated.get(path);
      expect(node?.nodeType).toBe(nodeType);
      const own = await goldenNode(file, path);
      if (nodeType === "array") expect(node?.document).toEqual(own.document);
      expect(node?.attributes).toEqual(own.attributes);
    }
    expect(consolidated.get("none")).toBeUndefined();
  });
});

describe("metadata of other writers: the mapping of v2", () => {
  test.each([
    ["v2-order-C.zip", [{ name: "bytes", configuration: { endian: "little" } }]],
    [
      "v2-order-F-3d-gzip-be.zip",
      [
        { name: "transpose", configuration: { order: [2, 1, 0] } },
        { name: "bytes", configuration: { endian: "big" } },
        { name: "gzip", configuration: { level: 5 } },
      ],
    ],
    ["v2-dtype-bool-le.zip", [{ name: "bytes", configuration: {} }]],
    [
      "v2-comp-zlib-1.zip",
      [
        { name: "bytes", configuration: { endian: "little" } },
        { name: "zlib", configuration: { level: 1 } },
      ],
    ],
  ])("%s: order, byte order and compressor are codecs", async (file, codecs) => {
    expect((await goldenArray(file)).codecs).toEqual(codecs);
  });

  test.each([
    ["v2-meta-no-separator.zip", [1, 2], "1.2"],
    ["v2-sep-dot-0d.zip", [], "0"],
    ["v2-sep-slash-0d.zip", [], "0"],
  ])("%s: the chunk at %j has the key %s", async (file, coords, key) => {
    expect((await goldenArray(file)).chunkKeyEncoding.encode(coords)).toBe(key);
  });
});

describe("broken metadata", () => {
  /** As opening an array does: parse, then make the codecs. */
  const open = async (file: string) => {
    const { codecs, chunkShape, dataType, fillValue, zarrFormat } = await goldenArray(file);
    await loadCodecs(codecs);
    createPipeline(codecs, { shape: chunkShape, dataType, fillValue }, { limits: defaultLimits, zarrFormat });
  };

  test.each<[string, ZarrErrorCode, string]>([
    ["bad-json-not-object.zip", "ERR_METADATA", "zarr.json is a list"],
    ["bad-meta-zarr_format-4.zip", "ERR_UNSUPPORTED", "zarr_format is 4"],
    ["bad-meta-fill-out-of-range.zip", "ERR_METADATA", "fill_value 1099511627776 is out of range"],
    ["bad-meta-unknown-codec.zip", "ERR_CODEC_UNAVAILABLE", "no.such.codec"],
    ["bad-meta-no-array-bytes.zip", "ERR_METADATA", "gzip"],
    ["bad-meta-two-array-bytes.zip", "ERR_METADATA", "bytes"],
    ["bad-meta-codec-order.zip", "ERR_METADATA", "gzip"],
    ["bad-meta-codecs-empty.zip", "ERR_METADATA", "codecs is a list of 0"],
    ["bad-meta-shape-negative.zip", "ERR_METADATA", "shape[0] is -1"],
    ["bad-meta-dimnames-rank.zip", "ERR_METADATA", "dimension_names is a list of 1"],
    ["bad-meta-dimnames-type.zip", "ERR_METADATA", "dimension_names[0] is 1"],
    ["bad-meta-extra-field-object-no-flag.zip", "ERR_UNSUPPORTED", 'unknown member "foo"'],
    ["bad-meta-storage-transformer.zip", "ERR_UNSUPPORTED", 'storage_transformers[0] is "indirection"'],
    ["bad-meta-bytes-no-endian.zip", "ERR_METADATA", "endian is missing"],
    ["bad-meta-codec-extra-config.zip", "ERR_METADATA", 'unknown member "zzz"'],
    ["bad-meta-transpose-order.zip", "ERR_METADATA", "transpose"],
    ["bad-meta-huge-shape.zip", "ERR_LIMIT", "shape[0] is 4611686018427387904"],
    ["bad-meta-missing-shape.zip", "ERR_METADATA", "shape is missing"],
    ["bad-v2-unknown-compressor.zip", "ERR_CODEC_UNAVAILABLE", "nope"],
    ["bad-v2-bad-dtype.zip", "ERR_DATA_TYPE", "<q9"],
    ["bad-v2-object-no-codec.zip", "ERR_DATA_TYPE", "|O"],
    ["bad-v2-format-3.zip", "ERR_METADATA", "zarr_format is 3: expected 2"],
  ])("%s: %s, naming %s", async (file, code, part) => {
    const error = await open(file).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(isZarrError(error, code), String(error)).toBe(true);
    expect(String(error)).toContain(part);
  });

  test("bad-both-v2-and-v3.zip: each of the two documents is valid by itself", async () => {
    expect((await goldenArray("bad-both-v2-and-v3.zip")).zarrFormat).toBe(3);
    expect(await goldenValue("bad-both-v2-and-v3.zip", ".zarray")).toBeDefined();
  });

  test("a chunk beyond the limit parses, since an array that is never read may be opened", async () => {
    const { chunkShape } = await createArrayMetadata({
      shape: [2 ** 40],
      chunks: [2 ** 40],
      dtype: "int8",
      compressors: null,
    });
    expect(chunkShape).toEqual([2 ** 40]);
  });
});
