import { isJsonObject, type Json, type JsonObject } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { invalid, memberOf, parseExtension, unsupported } from "./document.js";

/** The conversion of a chunk's coordinates to its key below the array's path, and back. */
export interface ChunkKeyEncoding {
  /** Its name in documents. */
  readonly name: string;
  /** Separator of the built-in encodings. */
  readonly separator?: "." | "/";
  /** Key of the chunk at `coords`, without the array's path: `c/1/2`, or `1.2`. */
  encode(coords: readonly number[]): string;
  /** Coordinates of the chunk of this key in an array of `rank` dimensions; `undefined` if it is no chunk's key. */
  decode(key: string, rank: number): number[] | undefined;
  /** The `chunk_key_encoding` member of a v3 document. */
  toJson(): Json;
}

/**
 * The chunk key encoding of a v3 document: `{ name, configuration }`, `{ name }`, or the bare name.
 * @throws ZarrError `ERR_METADATA` - an unknown separator; `ERR_UNSUPPORTED` - an unknown name
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html#chunk-key-encoding
 */
export function parseChunkKeyEncoding(json: Json | undefined): ChunkKeyEncoding {
  const { name, configuration } = parseExtension(json, "chunk_key_encoding");
  const separator = memberOf(configuration, "separator");
  if (name === "default") return defaultChunkKeyEncoding(parseSeparator(separator ?? "/", "chunk_key_encoding"));
  if (name === "v2") return v2ChunkKeyEncoding(parseSeparator(separator ?? ".", "chunk_key_encoding"));
  const custom = customEncodings.get(name);
  if (custom !== undefined) return custom.create(configuration);
  return unsupported("chunk_key_encoding", name, ['"default"', '"v2"', ...customEncodings.keys()].join(" or "));
}

/** A chunk key encoding that is not built in. */
export interface ChunkKeyEncodingEntry {
  /** As documents name it. */
  readonly name: string;
  /**
   * Makes the encoding of a configuration.
   * @throws ZarrError `ERR_METADATA` - the configuration does not fit
   */
  create(configuration: JsonObject): ChunkKeyEncoding;
}

const customEncodings = new Map<string, ChunkKeyEncodingEntry>();

/**
 * Makes a chunk key encoding known.
 * @throws ZarrError `ERR_ARGUMENT` - its name is taken
 */
export function registerChunkKeyEncoding(entry: ChunkKeyEncodingEntry): void {
  if (entry.name === "default" || entry.name === "v2" || customEncodings.has(entry.name)) {
    throw new ZarrError(
      "ERR_ARGUMENT",
      `a chunk key encoding named ${JSON.stringify(entry.name)} is registered already`,
    );
  }
  customEncodings.set(entry.name, entry);
}

/**
 * A caller's choice, in which the separator may stand beside the name, or `separator` alone may be given. Without a name it is
 * the encoding of the format: `default` in v3.
 * @throws ZarrError `ERR_METADATA` - as {@link parseChunkKeyEncoding}
 */
export function chunkKeyEncodingFromOption(option: Json = {}, zarrFormat: 2 | 3): ChunkKeyEncoding {
  const fallback = zarrFormat === 2 ? "v2" : "default";
  if (!isJsonObject(option)) return parseChunkKeyEncoding(option);
  const { name = fallback, separator, configuration = separator === undefined ? {} : { separator } } = option;
  return parseChunkKeyEncoding({ name, configuration });
}

/** @throws ZarrError `ERR_METADATA` - neither "." nor "/" */
export function parseSeparator(json: Json, member: string): "." | "/" {
  return json === "." || json === "/" ? json : invalid(`${member} separator`, json, '"." or "/"');
}

/** Keys as `c/1/2`; `c` for the one chunk of a 0-d array. */
export function defaultChunkKeyEncoding(separator: "." | "/" = "/"): ChunkKeyEncoding {
  return {
    name: "default",
    separator,
    encode: (coords) => (coords.length === 0 ? "c" : `c${separator}${coords.join(separator)}`),
    decode: (key, rank) => {
      if (rank === 0) return key === "c" ? [] : undefined;
      return key.startsWith(`c${separator}`) ? parseCoordinates(key.slice(2), separator, rank) : undefined;
    },
    toJson: () => ({ name: "default", configuration: { separator } }),
  };
}

/** Keys as `1.2`, the way of Zarr format 2; `0` for the one chunk of a 0-d array. */
export function v2ChunkKeyEncoding(separator: "." | "/" = "."): ChunkKeyEncoding {
  return {
    name: "v2",
    separator,
    encode: (coords) => (coords.length === 0 ? "0" : coords.join(separator)),
    decode: (key, rank) => {
      if (rank === 0) return key === "0" ? [] : undefined;
      return parseCoordinates(key, separator, rank);
    },
    toJson: () => ({ name: "v2", configuration: { separator } }),
  };
}

function parseCoordinates(text: string, separator: string, rank: number): number[] | undefined {
  const parts = text.split(separator);
  // A leading zero would make two keys of one chunk.
  if (parts.length !== rank || !parts.every((part) => /^(0|[1-9]\d{0,15})$/.test(part))) return undefined;
  const coords = parts.map(Number);
  return coords.every(Number.isSafeInteger) ? coords : undefined;
}
