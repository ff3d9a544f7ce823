import { buildArchive, bytesOf } from "../zip/build-archive.js";
import { archiveOf, archiveOfV2, arrayDocument, arrayDocumentV2, encodedChunk } from "./array-archive.js";
import { type HostileCase, testHostile } from "./test-hostile.js";

const zeros = Array(16).fill(0);
const content = Uint8Array.from({ length: 16 }, (_, i) => i);
const values = [...content];
const regular = (...lengths: number[]) => ({ name: "regular", configuration: { chunk_shape: lengths } });
const array = (changes: Readonly<Record<string, unknown>>, chunk?: Uint8Array) => () =>
  archiveOf(arrayDocument(changes), chunk);
const arrayV2 = (changes: Readonly<Record<string, unknown>>) => () => archiveOfV2(arrayDocumentV2(changes), content);

/** The document with `text` as it stands in place of its one "@". */
const spliced = (changes: Readonly<Record<string, unknown>>, text: string) => () =>
  archiveOf(
    arrayDocument(changes).replace('"@"', () => text),
    content,
  );

testHostile("sizes", [
  ["2^40 chunks", "ERR_LIMIT", array({ shape: [2 ** 40], chunk_grid: regular(1) })],
  [
    "2^53 - 1 chunks in each of 64 dimensions",
    "ERR_LIMIT",
    array({ shape: Array(64).fill(2 ** 53 - 1), chunk_grid: regular(...Array(64).fill(1)) }),
  ],
  ["2^40 chunks in a dimension beside an empty one", [], array({ shape: [2 ** 40, 0], chunk_grid: regular(1, 1) })],
  [
    "2^40 elements of no bytes: S0",
    "ERR_DATA_TYPE",
    arrayV2({ shape: [2 ** 40], chunks: [1], dtype: "|S0", fill_value: null }),
  ],
  [
    "2^40 elements of no bytes: U0",
    "ERR_DATA_TYPE",
    arrayV2({ shape: [2 ** 40], chunks: [1], dtype: "<U0", fill_value: null }),
  ],
  [
    "2^40 elements of no bytes: V0",
    "ERR_DATA_TYPE",
    arrayV2({ shape: [2 ** 40], chunks: [1], dtype: "|V0", fill_value: null }),
  ],
  [
    "a chunk of 2^50 bytes in each of 64 dimensions, missing",
    [0],
    array({ shape: Array(64).fill(1), chunk_grid: regular(...Array(64).fill(2 ** 50)) }),
  ],
  ["a chunk of 2^40 bytes", "ERR_LIMIT", array({ shape: [16], chunk_grid: regular(2 ** 40) }, content)],
  ["a length of 2^53", "ERR_LIMIT", array({ shape: [2 ** 53] })],
  ["a length of -1", "ERR_METADATA", array({ shape: [-1] })],
  ["a length of 1.5", "ERR_METADATA", array({ shape: [1.5] })],
  ["a length of two million digits", "ERR_LIMIT", spliced({ shape: ["@"] }, "9".repeat(2_000_000))],
  ["a length of 1e400", "ERR_METADATA", spliced({ shape: ["@"] }, "1e400")],
  ["a fill value of two million digits", "ERR_LIMIT", spliced({ fill_value: "@" }, "9".repeat(2_000_000))],
  ["a chunk of no length", "ERR_METADATA", array({ chunk_grid: regular(0) })],
  [
    "100,000 dimensions",
    "ERR_LIMIT",
    array({ shape: Array(100_000).fill(1), chunk_grid: regular(...Array(100_000).fill(1)) }),
  ],
  ["100,000 dimensions of v2", "ERR_LIMIT", arrayV2({ shape: Array(100_000).fill(1), chunks: Array(100_000).fill(1) })],
  ["100,000 dimensions of a chunk", "ERR_LIMIT", array({ chunk_grid: regular(...Array(100_000).fill(1)) })],
  ["10,000 codecs", "ERR_LIMIT", array({ codecs: ["bytes", ...Array(10_000).fill("gzip")] })],
  ["10,000 filters of v2", "ERR_LIMIT", arrayV2({ filters: Array(10_000).fill({ id: "zlib" }) })],
  [
    "a rectilinear grid that adds up to 2^53",
    "ERR_LIMIT",
    array({
      chunk_grid: { name: "rectilinear", configuration: { kind: "inline", chunk_shapes: [[[2 ** 52, 2]]] } },
    }),
  ],
  [
    "a rectilinear grid of 2^40 chunks",
    "ERR_LIMIT",
    array({
      shape: [2 ** 40],
      chunk_grid: { name: "rectilinear", configuration: { kind: "inline", chunk_shapes: [[[1, 2 ** 40]]] } },
    }),
  ],
  ["elements of 999,999,999 bytes", "ERR_LIMIT", arrayV2({ dtype: "|V999999999", fill_value: null })],
  ["elements of 999,999,999 characters", "ERR_LIMIT", arrayV2({ dtype: "<U999999999", fill_value: null })],
  ["elements of 10^9 bytes", "ERR_LIMIT", array({ data_type: "r8000000000", fill_value: [] })],
]);

// In a process of its own: up to the limit, its garbage would count against the files after it.
testHostile("JSON of many objects", [
  ["five million empty objects", "ERR_LIMIT", spliced({ attributes: { a: "@" } }, `[${"{},".repeat(4_999_999)}{}]`)],
]);

testHostile("JSON", [
  ["lists 200,000 deep", "ERR_LIMIT", spliced({ attributes: { a: "@" } }, "[".repeat(200_000) + "]".repeat(200_000))],
  [
    "objects 200,000 deep",
    "ERR_LIMIT",
    spliced({ attributes: { a: "@" } }, `${'{"a":'.repeat(200_000)}0${"}".repeat(200_000)}`),
  ],
  ["200,000 opening brackets and no more", "ERR_LIMIT", () => archiveOf("[".repeat(200_000))],
  ["17 MiB of blanks", "ERR_LIMIT", () => archiveOf(arrayDocument() + " ".repeat(17 * 2 ** 20))],
  [
    "text that is no UTF-8",
    "ERR_METADATA",
    () => {
      const document = bytesOf(arrayDocument({ attributes: { a: "@" } }));
      document[document.indexOf(0x40)] = 0xff;
      return archiveOf(document);
    },
  ],
  [
    "text that is no UTF-8, in v2",
    "ERR_METADATA",
    () => {
      const document = bytesOf(arrayDocumentV2({ extra: "@" }));
      document[document.indexOf(0x40)] = 0xff;
      return buildArchive([{ name: ".zarray", payload: document }]);
    },
  ],
  // Values do not need the attributes beside them.
  ...[new Uint8Array([0x7b, 0xc3, 0x7d]), new Uint8Array(16 * 2 ** 20).fill(0xff)].map(
    (attributes): HostileCase => [
      `attributes of ${attributes.length} bytes that are no UTF-8, in v2`,
      zeros,
      () =>
        buildArchive([
          { name: ".zarray", payload: bytesOf(arrayDocumentV2()) },
          { name: ".zattrs", payload: attributes },
        ]),
    ],
  ),
  ["UTF-16", "ERR_METADATA", () => archiveOf(new Uint8Array(Buffer.from(`\ufeff${arrayDocument()}`, "utf16le")))],
  ["cut off", "ERR_METADATA", () => archiveOf(arrayDocument().slice(0, -1))],
  ["nothing", "ERR_METADATA", () => archiveOf("")],
  [
    "half a million attributes",
    values,
    () => {
      const attributes = Object.fromEntries(Array.from({ length: 500_000 }, (_, i) => [`a${i}`, i]));
      return archiveOf(arrayDocument({ attributes }), content);
    },
  ],
  [
    "a codec with a name of a million characters",
    "ERR_CODEC_UNAVAILABLE",
    array({ codecs: ["bytes", "x".repeat(1_000_000)] }),
  ],
  [
    "a codec with 10,000 unknown members",
    "ERR_METADATA",
    () =>
      encodedChunk(
        [{ name: "gzip", configuration: Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`a${i}`, 1])) }],
        content,
      ),
  ],
  ["a data type with a name of a million characters", "ERR_DATA_TYPE", array({ data_type: "x".repeat(1_000_000) })],
  ["an unknown member with a name of a million characters", "ERR_UNSUPPORTED", array({ ["x".repeat(1_000_000)]: 1 })],
]);

const inherited = ["__proto__", "constructor", "toString", "hasOwnProperty"] as const;
/** As JSON, where a literal object would set the prototype. */
const own = (name: string, value: unknown) => Object.fromEntries([[name, value]]);

testHostile(
  "names that every object inherits",
  inherited.flatMap(
    (name) =>
      [
        [`${name} as a codec`, "ERR_CODEC_UNAVAILABLE", () => encodedChunk([name], content)],
        [
          `${name} as a codec with a configuration`,
          "ERR_CODEC_UNAVAILABLE",
          () => encodedChunk([{ name, configuration: {} }], content),
        ],
        [`${name} as a compressor of v2`, "ERR_CODEC_UNAVAILABLE", arrayV2({ compressor: { id: name } })],
        [`${name} as a data type`, "ERR_DATA_TYPE", array({ data_type: name })],
        [`${name} as a data type of v2`, "ERR_DATA_TYPE", arrayV2({ dtype: name })],
        [`${name} as a chunk grid`, "ERR_UNSUPPORTED", array({ chunk_grid: name })],
        [`${name} as a chunk key encoding`, "ERR_UNSUPPORTED", array({ chunk_key_encoding: name })],
        [`${name} as a member`, "ERR_UNSUPPORTED", array(own(name, 1))],
        [
          `${name} as a member that may be ignored`,
          values,
          array(own(name, { must_understand: false, polluted: 1 }), content),
        ],
        [
          `${name} in a configuration`,
          "ERR_METADATA",
          () => encodedChunk([{ name: "gzip", configuration: own(name, { level: 1 }) }], content),
        ],
        [`${name} as an attribute`, values, array({ attributes: own(name, { polluted: 1 }) }, content)],
        [`${name} as the name of a dimension`, values, array({ dimension_names: [name] }, content)],
        [
          `${name} as the field of a struct`,
          zeros.concat(zeros),
          array({
            data_type: {
              name: "struct",
              configuration: {
                fields: [
                  [name, "uint8"],
                  ["b", "uint8"],
                ],
              },
            },
            fill_value: "AAA=",
          }),
        ],
      ] as const,
  ),
);

testHostile("members in __proto__", [
  ["the whole document", "ERR_METADATA", () => archiveOf(`{"__proto__":${arrayDocument()}}`)],
  ["a codec", "ERR_METADATA", spliced({ codecs: ["@"] }, '{"__proto__":{"name":"bytes"}}')],
  ["a chunk grid", "ERR_METADATA", spliced({ chunk_grid: "@" }, `{"__proto__":${JSON.stringify(regular(16))}}`)],
  ["must_understand", "ERR_UNSUPPORTED", spliced({ unknown: "@" }, '{"__proto__":{"must_understand":false}}')],
]);
