import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/bytes/json.js";
import { parseJson } from "../../src/bytes/parse-json.js";
import type { ZarrErrorCode } from "../../src/errors.js";
import { parseNodeV3 } from "../../src/metadata/any-document.js";
import { autoChunks } from "../../src/metadata/auto-chunks.js";
import {
  type ArrayMetadataOptions,
  createArrayMetadata,
  createGroupMetadata,
} from "../../src/metadata/create-metadata.js";
import { serializeNode } from "../../src/metadata/serialize.js";
import { parseArrayV2 } from "../../src/metadata/v2.js";
import { expectError } from "../expect-error.js";

const base = { shape: [7, 6], chunks: [3, 4], dtype: "int32", compressors: null };
const create = (options: Partial<ArrayMetadataOptions>) => createArrayMetadata({ ...base, ...options });
const codecsOf = async (options: Partial<ArrayMetadataOptions>) => (await create(options)).document.codecs as Json[];
const bytes = { name: "bytes", configuration: { endian: "little" } };

async function expectRefused(creating: Promise<unknown>, code: ZarrErrorCode, part: string) {
  const error = await creating.catch((error: unknown) => error);
  expectError(
    () => {
      throw error;
    },
    code,
    part,
  );
}

describe("metadata of a new v3 array", () => {
  test("is the document that zarr-python writes, with the optional members that it needs", async () => {
    const attributes = { a: [1, Number.NaN] };
    const { document } = await create({ attributes, dimensionNames: ["y", null] });
    expect(document).toEqual({
      zarr_format: 3,
      node_type: "array",
      shape: [7, 6],
      data_type: "int32",
      chunk_grid: { name: "regular", configuration: { chunk_shape: [3, 4] } },
      chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
      fill_value: 0,
      codecs: [bytes],
      attributes,
      dimension_names: ["y", null],
    });
    expect(document.attributes).not.toBe(attributes);
  });

  test("is what its own document gives when it is read", async () => {
    const options = [
      {},
      { fillValue: 5n, dtype: "uint64" },
      { dtype: "float16", fillValue: Number.NaN },
      { order: "F" },
    ];
    for (const option of options as Partial<ArrayMetadataOptions>[]) {
      const array = await create(option);
      const [[, text]] = serializeNode(array);
      expect(JSON.stringify(parseNodeV3(text), replacer)).toEqual(JSON.stringify(array, replacer));
    }
  });

  test.each<[string, Partial<ArrayMetadataOptions>, Json[]]>([
    ["a type of one byte", { dtype: "uint8" }, [{ name: "bytes" }]],
    ["a byte order in dtype", { dtype: ">i4" }, [{ name: "bytes", configuration: { endian: "big" } }]],
    ["a name", { compressors: "crc32c" }, [bytes, { name: "crc32c" }]],
    ["a name, completed", { compressors: "gzip" }, [bytes, { name: "gzip", configuration: { level: 5 } }]],
    [
      "v2's notation, alone or in a list",
      { compressors: [{ id: "gzip", level: 3 }] },
      [bytes, { name: "gzip", configuration: { level: 3 } }],
    ],
    ["order F", { order: "F" }, [{ name: "transpose", configuration: { order: [1, 0] } }, bytes]],
    [
      "filters and serializer",
      {
        filters: { name: "transpose", configuration: { order: [1, 0] } },
        serializer: { name: "bytes", configuration: { endian: "big" } },
      },
      [
        { name: "transpose", configuration: { order: [1, 0] } },
        { name: "bytes", configuration: { endian: "big" } },
      ],
    ],
    [
      "shards",
      { shape: [20, 30], chunks: [4, 5], shards: [8, 10], compressors: null },
      [
        {
          name: "sharding_indexed",
          configuration: {
            chunk_shape: [4, 5],
            codecs: [bytes],
            index_codecs: [bytes, { name: "crc32c" }],
            index_location: "end",
          },
        },
      ],
    ],
    ["bytes by its name alone", { serializer: "bytes" }, [bytes]],
    [
      "bytes by its name alone, big-endian",
      { dtype: ">i4", serializer: "bytes" },
      [{ name: "bytes", configuration: { endian: "big" } }],
    ],
    ["an empty list of compressors", { compressors: [], filters: [] }, [bytes]],
  ])("codecs of %s", async (_, options, codecs) => {
    expect(await codecsOf(options)).toEqual(codecs);
  });

  test("codecs is the whole list, and excludes what would add to it", async () => {
    const { compressors: _, ...rest } = base;
    const codecs = [bytes, "crc32c"];
    expect((await createArrayMetadata({ ...rest, codecs })).document.codecs).toEqual([bytes, { name: "crc32c" }]);
    await expectRefused(createArrayMetadata({ ...base, codecs }), "ERR_ARGUMENT", "compressors");
    await expectRefused(createArrayMetadata({ ...rest, codecs, order: "F" }), "ERR_ARGUMENT", "order");
  });

  test.each<[string | JsonObject, string]>([
    ["default", "c/1/2"],
    ["v2", "1.2"],
    [{ name: "v2", separator: "/" }, "1/2"],
    [{ separator: "." }, "c.1.2"],
    [{ name: "default", configuration: { separator: "." } }, "c.1.2"],
  ])("chunkKeyEncoding %o puts the chunk at 1, 2 under %s", async (chunkKeyEncoding, key) => {
    expect((await create({ chunkKeyEncoding })).chunkKeyEncoding.encode([1, 2])).toBe(key);
  });

  test.each<[Partial<ArrayMetadataOptions>, ZarrErrorCode, string]>([
    [{ shape: [7, -1] }, "ERR_ARGUMENT", "shape[1] is -1"],
    [{ shape: [7, 1.5] }, "ERR_ARGUMENT", "shape[1] is 1.5"],
    [{ chunks: [3, 0] }, "ERR_ARGUMENT", "chunks[1] is 0"],
    [{ chunks: [3] }, "ERR_ARGUMENT", "2 lengths"],
    [{ chunks: 0 }, "ERR_ARGUMENT", "chunks[0] is 0"],
    [{ shape: new Array(65).fill(1) }, "ERR_LIMIT", "65"],
    [{ dtype: "int33" }, "ERR_DATA_TYPE", "int33"],
    [{ fillValue: 1.5 }, "ERR_VALUE", "1.5"],
    [{ fillValue: 2 ** 31 }, "ERR_VALUE", "2147483648"],
    [{ dimensionNames: ["x"] }, "ERR_ARGUMENT", "dimension_names"],
    [{ chunkKeyEncoding: "v4" }, "ERR_ARGUMENT", "v4"],
    [{ chunkKeyEncoding: { separator: "-" } }, "ERR_ARGUMENT", "-"],
    [{ compressors: "no.such.codec" }, "ERR_CODEC_UNAVAILABLE", "no.such.codec"],
    [{ compressors: { name: "gzip", configuration: { level: 99 } } }, "ERR_ARGUMENT", "99"],
    [{ filters: "gzip" }, "ERR_ARGUMENT", "gzip"],
    [{ compressors: 3 as unknown as string }, "ERR_ARGUMENT", "3"],
    // What is read in the files of others is not written.
    [{ compressors: { name: "gzip", configuration: { level: "5" } } }, "ERR_ARGUMENT", 'gzip.level is "5", expected 5'],
    [{ compressors: { id: "shuffle", elementsize: 0 } }, "ERR_ARGUMENT", "shuffle.elementsize is 0, expected 4"],
    [{ zarrFormat: 2, filters: { id: "shuffle", elementsize: 0 } }, "ERR_ARGUMENT", "elementsize is 0, expected 4"],
    [{ zarrFormat: 2, compressors: { id: "zlib", level: "1" } }, "ERR_ARGUMENT", 'level is "1", expected 1'],
    [{ shards: [3, 4], compressors: { id: "zlib", level: "1" } }, "ERR_ARGUMENT", '.level is "1", expected 1'],
    [{ fillValue: "5" }, "ERR_VALUE", '"5"'],
    [{ fillValue: [5] }, "ERR_VALUE", "a list of 1"],
    [{ attributes: { f: () => 1 } as unknown as JsonObject }, "ERR_ARGUMENT", "function"],
    [{ attributes: 3 as unknown as JsonObject }, "ERR_ARGUMENT", "attributes is 3"],
  ])("refuses %o with %s", async (options, code, part) => {
    await expectRefused(create(options), code, part);
  });
});

describe("metadata of a new v2 array", () => {
  test("is the document that zarr-python writes", async () => {
    const array = await create({ zarrFormat: 2, dtype: ">f4", fillValue: Number.NaN, attributes: { a: 1 } });
    expect(array.document).toEqual({
      zarr_format: 2,
      shape: [7, 6],
      chunks: [3, 4],
      dtype: ">f4",
      compressor: null,
      fill_value: "NaN",
      order: "C",
      filters: null,
      dimension_separator: ".",
    });
    const [[, zarray], [, zattrs]] = serializeNode(array);
    expect(JSON.stringify(parseArrayV2(zarray, zattrs), replacer)).toBe(JSON.stringify(array, replacer));
  });

  test.each<[Partial<ArrayMetadataOptions>, JsonObject]>([
    [{ compressors: { id: "zlib", level: 3 } }, { compressor: { id: "zlib", level: 3 } }],
    [
      { compressors: [{ name: "numcodecs.zlib", configuration: { level: 3 } }] },
      { compressor: { id: "zlib", level: 3 } },
    ],
    [{ compressors: "gzip" }, { compressor: { id: "gzip" } }],
    [{ filters: "crc32c" }, { filters: [{ id: "crc32c" }] }],
    [{ order: "F" }, { order: "F" }],
    [{ fillValue: null }, { fill_value: null }],
    [{ fillValue: -5 }, { fill_value: -5 }],
    [{ chunkKeyEncoding: { separator: "/" } }, { dimension_separator: "/" }],
    [{ chunks: 5 }, { chunks: [5, 5] }],
  ])("%o gives %o", async (options, members) => {
    expect((await create({ ...options, zarrFormat: 2 })).document).toMatchObject(members);
  });

  test.each<[Partial<ArrayMetadataOptions>, string]>([
    [{ codecs: [] }, "codecs"],
    [{ shards: [4, 4] }, "shards is an option of Zarr format 3"],
    [{ shard: [4, 4] } as object, "did you mean shards?"],
    [{ serializer: "bytes" }, "serializer"],
    [{ dimensionNames: ["x", "y"] }, "dimensionNames"],
    [{ chunkKeyEncoding: "default" }, "chunkKeyEncoding"],
    [{ compressors: ["gzip", "zlib"] }, "compressors"],
    [{ order: "A" as "C" }, 'order is "A"'],
  ])("refuses %o", async (options, part) => {
    await expectRefused(create({ ...options, zarrFormat: 2 }), "ERR_ARGUMENT", part);
  });
});

test("metadata of a new group is its type and attributes", () => {
  const documents = (zarrFormat: 2 | 3) =>
    serializeNode(createGroupMetadata({ zarrFormat, attributes: { a: 1 } })).map(([key, text]) => [
      key,
      parseJson(text),
    ]);
  expect(documents(3)).toEqual([["zarr.json", { zarr_format: 3, node_type: "group", attributes: { a: 1 } }]]);
  expect(documents(2)).toEqual([
    [".zgroup", { zarr_format: 2 }],
    [".zattrs", { a: 1 }],
  ]);
});

// From zarr.core.chunk_grids._guess_chunks of zarr-python 3.1.6.
test.each<[number[], number, number[]]>([
  [[], 8, []],
  [[10], 1, [10]],
  [[1000000], 8, [62500]],
  [[7, 6], 4, [7, 6]],
  [[4096, 4096], 4, [512, 512]],
  [[10000, 1000, 365], 2, [625, 63, 46]],
  [[1, 10 ** 9], 8, [1, 488282]],
  [[3, 5, 100000, 7], 1, [1, 3, 50000, 4]],
  [[2 ** 40], 1, [16777216]],
  [[100, 100, 100, 100, 100], 8, [13, 13, 13, 25, 25]],
  [[131073], 1, [131073]],
  [[12345, 6789], 8, [772, 425]],
])("autoChunks of %o with %i bytes per element is %o, as in zarr-python", (shape, itemSize, chunks) => {
  expect(autoChunks(shape, itemSize)).toEqual(chunks);
});

/** Functions by their text, and what JSON lacks by its name. */
function replacer(_: string, value: unknown): unknown {
  return typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value)) ? String(value) : value;
}
