// What the quick way of reading v3 documents accepts, the full parser accepts as the same.
import fc from "fast-check";
import { beforeAll, expect, test, vi } from "vitest";
import { defaultLimits, type Limits } from "../../src/bytes/limits.js";
import type { NodeMetadata } from "../../src/metadata/node-metadata.js";
import { goldenValue, manifest } from "./golden-documents.js";

type ReadNode = typeof import("../../src/metadata/read-node-v3.js").readNodeV3;
type ParseNode = typeof import("../../src/metadata/any-document.js").parseNodeV3;

const rest = "../../src/metadata/any-document.js";
let readQuickly: ReadNode;
let parseFully: ParseNode;
let documents: string[];

beforeAll(async () => {
  // Modules of their own for each way: once the full parser is loaded, it reads all.
  vi.resetModules();
  vi.doMock(rest, () => ({ parseNodeV3: () => undefined }));
  ({ readNodeV3: readQuickly } = await import("../../src/metadata/read-node-v3.js"));
  await readQuickly("", defaultLimits); // which has it load the other way, or what stands for it here
  vi.doUnmock(rest);
  vi.resetModules();
  ({ parseNodeV3: parseFully } = await import("../../src/metadata/any-document.js"));
  const nodes = [...manifest.arrays, ...manifest.groups];
  const values = await Promise.all(
    nodes.map(({ file, path }) => goldenValue(file, path === "" ? "zarr.json" : `${path}/zarr.json`)),
  );
  documents = [...new Set(values.flatMap((value) => (value === undefined ? [] : new TextDecoder().decode(value))))];
});

/** Behind a document: more than the engine's own parser is given. */
const notPlain = " ".repeat(16 * 1024);

/** A node without what belongs to one set of modules. */
function plain(node: NodeMetadata): object {
  const { attributesError } = node;
  const { code, message } = attributesError ?? {};
  const type =
    "dataType" in node ? { dataType: node.dataType.toJson(), chunkKeyEncoding: node.chunkKeyEncoding.toJson() } : {};
  return { ...node, ...type, attributesError: attributesError && { code, message } };
}

/** Whether the quick way read it; what it reads the other has to read as the same. */
async function isReadQuickly(text: string, limits: Limits = defaultLimits): Promise<boolean> {
  const quick = (await readQuickly(text, limits)) as NodeMetadata | undefined;
  if (quick === undefined) return false;
  expect(plain(quick), text).toStrictEqual(
    plain(parseFully(limits === defaultLimits ? text + notPlain : text, limits)),
  );
  return true;
}

test("every document of the corpus", async () => {
  const quick = await Promise.all(documents.map((text) => isReadQuickly(text)));
  expect(documents.length).toBeGreaterThan(50);
  expect(quick.filter(Boolean).length).toBeGreaterThan(20);
});

/** Texts that stand where a value does. */
const values = [
  ...[
    "null",
    "true",
    "-0",
    "-0.0",
    "0.0",
    "1",
    "1.0",
    "1e0",
    "1e400",
    "-1e400",
    "1e-400",
    "NaN",
    "Infinity",
    "-Infinity",
  ],
  ...[
    "9007199254740991",
    "9007199254740992",
    "123456789012345678901234567890",
    "9".repeat(4301),
    "01",
    "+1",
    ".5",
    "1.",
  ],
  ...[
    '""',
    '"NaN"',
    '"Infinity"',
    '"0x7fc00000"',
    '"\\ud800"',
    '"\ud800"',
    '"\\u0000"',
    '"\t"',
    '"int32"',
    '"float16"',
    '"r16"',
  ],
  ...["[]", "[1]", "[1.0]", "{}", '{"must_understand": false}', '{"must_understand": 0}', '{"name": "int8"}'],
  ...[
    '{"name": "bytes"}',
    '[{"name": "bytes", "must_understand": false}]',
    '[{"name": "bytes", "configuration": {"endian": "big"}}]',
  ],
  ...['["bytes"]', '[{"name": "gzip", "configuration": {"level": 1.0}}, "bytes"]', '[{"name": "no.such"}]'],
  ...['{"name": "regular", "configuration": {"chunk_shape": [2.0, 3]}}', '{"name": "regular"}', '"default"', '"v2"'],
  ...['{"name": "default", "configuration": {"separator": "."}, "must_understand": true}', '{"__proto__": {"a": 1}}'],
  ...[`${"[".repeat(70)}${"]".repeat(70)}`, `${'{"a":'.repeat(300)}1${"}".repeat(300)}`],
];

const names = [
  ...["zarr_format", "node_type", "shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs"],
  ...[
    "attributes",
    "storage_transformers",
    "dimension_names",
    "consolidated_metadata",
    "extra",
    "__proto__",
    "toString",
  ],
  ...["offset", "shap\\u0065", "\\ud800"],
];

/** A change of a text. */
const change = fc.oneof(
  // A member more, before the others or after them: of two of one name the last counts.
  fc.record({ name: fc.constantFrom(...names), value: fc.constantFrom(...values), isFirst: fc.boolean() }).map(
    ({ name, value, isFirst }) =>
      (text: string) =>
        isFirst
          ? text.replace("{", () => `{"${name}": ${value},`)
          : text.replace(/\}\s*$/, () => `, "${name}": ${value}}`),
  ),
  // Another value in the place of one.
  fc.record({ at: fc.nat(), value: fc.constantFrom(...values) }).map(({ at, value }) => (text: string) => {
    const scalars = [...text.matchAll(/(?<=[:[,]\s*)(?:"[^"\\]*"(?!\s*:)|-?\d[\w.+-]*|\w+)/g)];
    const found = scalars[at % Math.max(1, scalars.length)];
    return found === undefined ? text : text.slice(0, found.index) + value + text.slice(found.index + found[0].length);
  }),
  // A character more, fewer, or another.
  fc
    .record({ at: fc.nat(), length: fc.nat(1), text: fc.constantFrom("", ...'{}[],:"\\ 0-.e\ufeff\u00a0\u2028\0x') })
    .map(
      ({ at, length, text: other }) =>
        (text: string) =>
          text.slice(0, at % text.length) + other + text.slice((at % text.length) + length),
    ),
  fc.constantFrom(" ", "\n", "x", "{}", "\0", "\ufeff", ",", "// end").map((end) => (text: string) => text + end),
  fc.constantFrom("\ufeff", " ", "\ufeff\ufeff", "\v", "//\n").map((begin) => (text: string) => begin + text),
);

test("documents with changes are read the same by both paths", async () => {
  const kinds = await Promise.all(documents.map((text) => isReadQuickly(text)));
  const plainest = documents.filter((_, n) => kinds[n]);
  let quick = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.array(change, { minLength: 1, maxLength: 3 }),
      fc.nat(9),
      async (n, changes, tenth) => {
        const text = changes.reduce((before, one) => one(before), plainest[n % plainest.length]!);
        const limits = tenth === 9 ? { ...defaultLimits, jsonDepth: 4, metadataBytes: 700 } : defaultLimits;
        if (await isReadQuickly(text, limits)) quick++;
      },
    ),
    { numRuns: 2000 },
  );
  expect(quick).toBeGreaterThan(100);
});
