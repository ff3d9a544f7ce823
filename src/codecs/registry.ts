import { ZarrError } from "../errors.js";
import { bloscEntry } from "./blosc.js";
import { bytesEntry } from "./bytes.js";
import type { CodecEntry } from "./codec.js";
import { crc32cEntry } from "./crc32c.js";
import { gzipEntry } from "./gzip.js";
import { transposeEntry } from "./transpose.js";
import { zlibEntry } from "./zlib.js";
import { zstdEntry } from "./zstd.js";

/** A custom codec and where it came from. */
export interface RegisterCodecOptions {
  /**
   * URL of the module whose import registers the codec, so that a worker can do the same; `import.meta.url` of the module
   * that calls `registerCodec`. A codec without one is known to this thread only.
   */
  readonly module?: string;
}

const entries = new Map<string, CodecEntry>();
const modules = new Map<string, string>();

for (const entry of [bytesEntry, transposeEntry, gzipEntry, zlibEntry, zstdEntry, bloscEntry, crc32cEntry]) add(entry);

/**
 * Makes a codec known under each of its names.
 * @throws ZarrError `ERR_ARGUMENT` - it has no name, or one of them is taken
 */
export function registerCodec(entry: CodecEntry, options: RegisterCodecOptions = {}): void {
  if (entry.names.length === 0) throw new ZarrError("ERR_ARGUMENT", "a codec needs at least one name, found none");
  const taken = entry.names.find((name) => entries.has(name));
  if (taken !== undefined) {
    throw new ZarrError("ERR_ARGUMENT", `a codec named ${JSON.stringify(taken)} is registered already`, {
      codec: taken,
    });
  }
  add(entry, options.module);
}

/** @throws ZarrError `ERR_CODEC_UNAVAILABLE` - no codec has this name */
export function findCodec(name: string): CodecEntry {
  const entry = entries.get(name);
  if (entry !== undefined) return entry;
  const known = [...entries.keys()].join(", ");
  const problem = `no codec is named ${JSON.stringify(name)}; registered are ${known}. registerCodec adds others`;
  throw new ZarrError("ERR_CODEC_UNAVAILABLE", problem, { codec: name });
}

/** The module that registers the codec of this name, or `undefined` for a built-in one. */
export function moduleOf(name: string): string | undefined {
  return modules.get(name);
}

function add(entry: CodecEntry, module?: string): void {
  for (const name of entry.names) {
    entries.set(name, entry);
    if (module !== undefined) modules.set(name, module);
  }
}
