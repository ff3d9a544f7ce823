import { concatenate } from "../bytes/concatenate.js";
import { type Decompressed, DecompressionError } from "../bytes/decompression.js";
import { isJsonObject, type Json } from "../bytes/json.js";
import { expandLzma, unpackProperties } from "../bytes/lzma.js";
import { viewOf } from "../bytes/view-of.js";
import { ZarrError } from "../errors.js";
import type { BytesToBytesCodec, CodecConfiguration, CodecEntry } from "./codec.js";
import { throwCodecError } from "./codec-error.js";
import { ConfigurationReader } from "./configuration.js";
import { packedProperties } from "./kernels/lzma-encode.js";
import { applyDeltas, type LzmaChain, type LzmaFilter, undoDeltas } from "./kernels/lzma-filters.js";
import { expandLzma2 } from "./kernels/lzma2-decode.js";
import { encodeLzma1, encodeLzma2 } from "./kernels/lzma2-encode.js";
import { decodeXz, wrapXz, xzCheck } from "./kernels/xz.js";

/** Numbers of Python's `lzma` module. */
const format = { xz: 1, alone: 2, raw: 3 } as const;
const filterId = { delta: 3, lzma2: 0x21, lzma1: 0x4000000000000001n } as const;

/** Header of the format "alone": 0  properties, 1  size of the dictionary, 5  size of the content, or -1 with an end marker. */
const aloneHeaderSize = 13;

/** Dictionary of the encoder, that of xz's preset 6. */
const dictionarySize = 8 * 2 ** 20;
const presetDictionaries = [18, 20, 21, 22, 22, 23, 23, 24, 25, 26];
const effort = { depth: 16, acceleration: 1 };

const defaultChain: LzmaChain = { deltas: [], compressor: { kind: "lzma2", dictionarySize } };

/**
 * LZMA and LZMA2 (`format` 1: xz, 2: alone, 3: raw with `filters`). `preset` and the parts of `filters` that are advice to an
 * encoder change nothing here: this one is small and knows one effort. In format 2 bytes behind xz streams that do not begin another one
 * are left out, as numcodecs does.
 * @see https://numcodecs.readthedocs.io/en/stable/compression/lzma.html
 */
export const lzmaEntry: CodecEntry = {
  names: ["numcodecs.lzma", "lzma"],
  kind: "bytes-to-bytes",
  create(configuration, { zarrFormat }, name) {
    // GDAL writes the `delta` of its encoder, too, which the stream says itself.
    const reader = new ConfigurationReader(name, configuration, ["format", "check", "preset", "filters", "delta"]);
    const container = reader.choice("format", Object.values(format), format.xz);
    const check = reader.choice("check", [-1, ...Object.values(xzCheck)], -1);
    const preset = reader.has("preset") ? reader.integer("preset", 0, 2 ** 32 - 1) : null;
    const filters = reader.raw("filters") ?? null;
    if (container === format.raw && filters === null) throw reader.mismatch("filters", "a list, as format 3 needs");
    const chain = filters === null ? defaultChain : readChain(filters, reader);
    if (container === format.xz && chain.compressor.kind !== "lzma2") {
      throw reader.mismatch("filters", "LZMA2 at the end, the only filter that xz allows there");
    }
    const configured = { format: container, check, preset, filters };
    return lzmaCodec(name, configured, container, check, chain, zarrFormat === 2);
  },
};

function lzmaCodec(
  name: string,
  configuration: CodecConfiguration,
  container: number,
  check: number,
  chain: LzmaChain,
  mayBeFollowed: boolean,
): BytesToBytesCodec {
  return {
    name,
    kind: "bytes-to-bytes",
    configuration,
    maxEncodedSize: (decodedSize) => decodedSize + Math.ceil(decodedSize / 8) + 1024,
    encode(bytes) {
      if (container === format.alone) return wrapAlone(encodeLzma1(bytes, dictionarySize, effort));
      const filtered = applyDeltas(bytes, chain.deltas);
      const { kind } = chain.compressor;
      checkWritable(name, chain);
      // A smaller dictionary than the decoder's is always right.
      const window = Math.min(dictionarySize, chain.compressor.dictionarySize);
      const compressed = (kind === "lzma1" ? encodeLzma1 : encodeLzma2)(filtered, window, effort);
      return container === format.raw
        ? compressed
        : wrapXz(compressed, bytes, chain.deltas, check === -1 ? xzCheck.crc64 : check);
    },
    decode(bytes, maxSize) {
      try {
        if (container === format.xz) return decodeXz(bytes, maxSize, mayBeFollowed);
        if (container === format.alone) return exactly(bytes, expandAlone(bytes, maxSize));
        return expandRaw(bytes, chain, maxSize);
      } catch (error) {
        return throwCodecError(error);
      }
    },
  };
}

/** Other properties of LZMA are read and not written. */
function checkWritable(name: string, { compressor }: LzmaChain): void {
  if (compressor.kind !== "lzma1") return;
  if (compressor.pb * 45 + compressor.lp * 9 + compressor.lc === packedProperties) return;
  const message = "this codec encodes only with lc 3, lp 0 and pb 2: leave them out";
  throw new ZarrError("ERR_UNSUPPORTED", message, { codec: name });
}

function wrapAlone(compressed: Uint8Array): Uint8Array {
  const header = new Uint8Array(aloneHeaderSize).fill(0xff);
  header[0] = packedProperties;
  viewOf(header).setUint32(1, dictionarySize, true);
  return concatenate([header, compressed]);
}

function expandAlone(bytes: Uint8Array, maxSize: number): Decompressed {
  if (bytes.length < aloneHeaderSize) throw new DecompressionError("truncated", "the header is cut off");
  const view = viewOf(bytes);
  const properties = unpackProperties(bytes[0], Math.max(4096, view.getUint32(1, true)));
  const size = view.getBigUint64(5, true);
  const hasMarker = size === 2n ** 64n - 1n;
  if (!hasMarker && size > BigInt(maxSize)) {
    throw new DecompressionError("too long", `the header says ${size} bytes, expected at most ${maxSize}`);
  }
  return expandLzma(bytes, aloneHeaderSize, properties, hasMarker ? maxSize : Number(size), hasMarker);
}

function expandRaw(bytes: Uint8Array, { deltas, compressor }: LzmaChain, maxSize: number): Uint8Array {
  const content = exactly(
    bytes,
    compressor.kind === "lzma1"
      ? expandLzma(bytes, 0, compressor, maxSize, true)
      : expandLzma2(bytes, 0, compressor.dictionarySize, maxSize),
  );
  undoDeltas(content, deltas);
  return content;
}

function exactly(input: Uint8Array, { bytes, consumed }: Decompressed): Uint8Array {
  if (consumed === input.length) return bytes;
  throw new DecompressionError("malformed", `${input.length - consumed} bytes follow the end of the LZMA stream`);
}

function readChain(filters: Json, reader: ConfigurationReader): LzmaChain {
  const expected = "a list of filters, each with an id: delta (3), and at the end LZMA2 (33) or LZMA1";
  if (!Array.isArray(filters) || filters.length === 0 || filters.length > 4) throw reader.mismatch("filters", expected);
  const chain = filters.map((filter) => readFilter(filter) ?? fail());
  function fail(): never {
    throw reader.mismatch("filters", expected);
  }
  const compressor = chain.pop()!;
  if (compressor.kind === "delta") return fail();
  return { deltas: chain.map((filter) => (filter.kind === "delta" ? filter.distance : fail())), compressor };
}

/** `undefined` if it is not supported. */
function readFilter(json: Json): LzmaFilter | undefined {
  if (!isJsonObject(json)) return undefined;
  const member = (name: string, min: number, max: number, absent: number): number => {
    const value = Object.hasOwn(json, name) ? (json[name] ?? absent) : absent;
    return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max ? value : Number.NaN;
  };
  const preset = 2 ** (presetDictionaries[member("preset", 0, 2 ** 32 - 1, 6) & 15] ?? Number.NaN);
  const size = member("dict_size", 4096, 2 ** 32 - 1, preset);
  const distance = member("dist", 1, 256, 1);
  const [lc, lp, pb] = [member("lc", 0, 4, 3), member("lp", 0, 4, 0), member("pb", 0, 4, 2)];
  if ([size, distance, lc + lp + pb].some(Number.isNaN)) return undefined;
  if (json.id === filterId.delta) return { kind: "delta", distance };
  if (json.id === filterId.lzma2) return { kind: "lzma2", dictionarySize: size };
  return json.id === filterId.lzma1 ? { kind: "lzma1", dictionarySize: size, lc, lp, pb } : undefined;
}
