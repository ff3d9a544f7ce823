import { isJsonObject, type Json, stringifyJson } from "../bytes/json.js";
import { parseJson } from "../bytes/parse-json.js";
import { messageOf, ZarrError } from "../errors.js";
import { toContiguous } from "../grid/copy-region.js";
import { cStrides } from "../grid/strides.js";
import type { ArrayToBytesCodec, CodecConfiguration, CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";

/** Options of Python's encoder; those of its layout change nothing that a reader sees. */
const members = [
  "encoding",
  "skipkeys",
  "ensure_ascii",
  "check_circular",
  "allow_nan",
  "sort_keys",
  "indent",
  "separators",
  "strict",
];

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Python objects as JSON: a list of the elements, nested as deep as there are dimensions, then NumPy's type, then the shape.
 * @see https://numcodecs.readthedocs.io/en/stable/other/json.html
 */
export const json2Entry: CodecEntry = {
  names: ["json2", "numcodecs.json2"],
  kind: "array-to-bytes",
  create(configuration, { decoded: { dataType }, limits }, name) {
    const reader = new ConfigurationReader(name, configuration, members);
    reader.choice("encoding", ["utf-8", "utf8", "ascii"], "utf-8");
    if (dataType.objectCodec === undefined) {
      const problem = `codec "${name}" takes Python objects, found ${dataType.name}`;
      throw new ZarrError("ERR_METADATA", problem, { codec: name });
    }
    return json2Codec(name, configuration, limits.chunkBytes);
  },
};

function json2Codec(name: string, configuration: CodecConfiguration, maxBytes: number): ArrayToBytesCodec {
  const fail = (problem: string, cause?: unknown): never => {
    throw new ZarrError("ERR_CODEC", problem, { codec: name }, cause);
  };
  return {
    name,
    kind: "array-to-bytes",
    configuration,
    encodedSize: () => undefined,
    encode(chunk, { dataType, shape }) {
      const elements = toContiguous(chunk, dataType).data as Json[];
      // As NumPy's atleast_1d: a single element is a list of one.
      const items = shape.length === 0 ? [elements[0]] : nest(elements, shape);
      const text = stringifyJson(sorted([...items, "|O", [...shape]]));
      return new TextEncoder().encode(text.replace(/[\u007f-\uffff]/g, escaped));
    },
    decode(bytes, { shape }) {
      const parsed = parseChunk(bytes, maxBytes, fail);
      if (!Array.isArray(parsed) || parsed.length < 2)
        return fail("the chunk is not a list of elements, type and shape");
      const stored = parsed.at(-1);
      if (!Array.isArray(stored) || String(stored) !== String(shape)) {
        return fail(
          `the chunk has shape ${stringifyJson(stored ?? null).slice(0, 80)}, expected [${shape.join(", ")}]`,
        );
      }
      const items = parsed.slice(0, -2);
      const data: Json[] = [];
      const lengths = shape.length === 0 ? [1] : shape;
      if (!flatten(items, lengths, 0, data)) return fail(`the elements are not nested as shape [${shape}] says`);
      return { data, shape, stride: cStrides(shape) };
    },
  };
}

function parseChunk(bytes: Uint8Array, maxBytes: number, fail: (problem: string, cause?: unknown) => never): Json {
  try {
    return parseJson(decoder.decode(bytes), { maxBytes });
  } catch (cause) {
    return fail(`the chunk is not JSON in UTF-8: ${messageOf(cause)}`, cause);
  }
}

/** Lists within lists, of elements in C order. */
function nest(elements: readonly Json[], shape: readonly number[]): Json[] {
  let level: Json[] = [...elements];
  for (const length of shape.slice(1).toReversed()) {
    const outer: Json[] = [];
    for (let i = 0; i < level.length; i += length) outer.push(level.slice(i, i + length));
    level = outer;
  }
  return level;
}

/** Appends the elements to `data`; false if a list has another length than the shape says. */
function flatten(list: Json, shape: readonly number[], dimension: number, data: Json[]): boolean {
  if (!Array.isArray(list) || list.length !== shape[dimension]) return false;
  if (dimension < shape.length - 1) return list.every((item) => flatten(item, shape, dimension + 1, data));
  for (const item of list) data.push(item);
  return true;
}

/** Members in the order of their names, as numcodecs writes them unless told otherwise. */
function sorted(json: Json): Json {
  if (Array.isArray(json)) return json.map(sorted);
  if (!isJsonObject(json)) return json;
  const names = Object.keys(json).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(json[name])]));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
