import { describe } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { adler32Entry } from "./adler32.js";
import { astypeEntry } from "./astype.js";
import { base64Entry } from "./base64.js";
import { bitroundEntry } from "./bitround.js";
import { bloscEntry } from "./blosc.js";
import { bytesEntry } from "./bytes.js";
import { bz2Entry } from "./bz2.js";
import { castValueEntry } from "./cast-value.js";
import { categorizeEntry } from "./categorize.js";
import type { CodecEntry } from "./codec.js";
import { crc32Entry } from "./crc32.js";
import { crc32cEntry } from "./crc32c.js";
import { deltaEntry } from "./delta.js";
import { fixedscaleoffsetEntry } from "./fixedscaleoffset.js";
import { fletcher32Entry } from "./fletcher32.js";
import { gzipEntry } from "./gzip.js";
import { jenkinsLookup3Entry } from "./jenkins-lookup3.js";
import { json2Entry } from "./json2.js";
import { lz4Entry } from "./lz4.js";
import { lzmaEntry } from "./lzma.js";
import { numcodecsPackbitsEntry } from "./numcodecs-packbits.js";
import { packbitsEntry } from "./packbits.js";
import { quantizeEntry } from "./quantize.js";
import { reshapeEntry } from "./reshape.js";
import { scaleOffsetEntry } from "./scale-offset.js";
import { shardingIndexedEntry } from "./sharding-indexed.js";
import { shuffleEntry } from "./shuffle.js";
import { transposeEntry } from "./transpose.js";
import { whyUnavailable } from "./unavailable.js";
import { vlenBytesEntry, vlenUtf8Entry } from "./vlen.js";
import { zlibEntry } from "./zlib.js";
import { zstdEntry } from "./zstd.js";

const entries = new Map<string, CodecEntry>();

for (const entry of [
  bytesEntry,
  transposeEntry,
  gzipEntry,
  zlibEntry,
  zstdEntry,
  bloscEntry,
  crc32cEntry,
  shardingIndexedEntry,
  adler32Entry,
  astypeEntry,
  base64Entry,
  bitroundEntry,
  crc32Entry,
  deltaEntry,
  fixedscaleoffsetEntry,
  fletcher32Entry,
  jenkinsLookup3Entry,
  lz4Entry,
  numcodecsPackbitsEntry,
  packbitsEntry,
  quantizeEntry,
  reshapeEntry,
  shuffleEntry,
  bz2Entry,
  lzmaEntry,
  json2Entry,
  categorizeEntry,
  scaleOffsetEntry,
  castValueEntry,
  vlenBytesEntry,
  vlenUtf8Entry,
])
  add(entry);

/**
 * Makes a codec known under each of its names.
 * @throws ZarrError `ERR_ARGUMENT` - it has no name, or one of them is taken
 */
export function registerCodec(entry: CodecEntry): void {
  if (entry.names.length === 0) throw new ZarrError("ERR_ARGUMENT", "a codec needs at least one name, found none");
  const taken = entry.names.find((name) => entries.has(name));
  if (taken !== undefined) {
    throw new ZarrError("ERR_ARGUMENT", `a codec named ${JSON.stringify(taken)} is registered already`, {
      codec: taken,
    });
  }
  add(entry);
}

/** The codec of this name; `undefined` if there is none. */
export function findCodec(name: string): CodecEntry | undefined {
  return entries.get(name);
}

/** @throws ZarrError `ERR_CODEC_UNAVAILABLE` - no codec has this name */
export function requireCodec(name: string): CodecEntry {
  const entry = findCodec(name);
  if (entry !== undefined) return entry;
  const reason = whyUnavailable(name);
  if (reason !== undefined) {
    throw new ZarrError("ERR_CODEC_UNAVAILABLE", `codec ${JSON.stringify(name)}: ${reason}`, { codec: name });
  }
  const known = [...entries.keys()].join(", ");
  const problem = `no codec is named ${describe(name)}; registered are ${known}. register() adds others`;
  throw new ZarrError("ERR_CODEC_UNAVAILABLE", problem, { codec: name });
}

function add(entry: CodecEntry): void {
  for (const name of entry.names) entries.set(name, entry);
}
