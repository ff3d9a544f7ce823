import type { Command } from "commander";
import { isJsonObject, type Json } from "../bytes/json.js";
import { parseJson } from "../bytes/parse-json.js";
import { ZarrError } from "../errors.js";
import type { ArrayMetadataOptions, CodecOption } from "../metadata/create-metadata.js";
import type { CommonOptions } from "./output.js";

/** Options that say how an array is stored. */
export interface LayoutOptions extends CommonOptions {
  readonly chunks?: string;
  readonly shards?: string;
  readonly codec?: string;
}

/** Adds `--chunks`, `--shards` and `--codec`. */
export function addLayout(command: Command): Command {
  return command
    .option("--chunks <lengths>", "as 50,50")
    .option("--shards <lengths>", "as 100,100")
    .option("--codec <name>", "as zstd:5, gzip:6, blosc:lz4:5, none, or JSON as in a document");
}

/**
 * The layout that these options describe.
 * @throws ZarrError `ERR_ARGUMENT` - one of them cannot be understood
 */
export function layoutOf(options: LayoutOptions): Pick<ArrayMetadataOptions, "compressors"> & {
  chunks?: number[];
  shards?: number[];
} {
  const [chunks, shards] = [lengthsOf(options.chunks, "chunks"), lengthsOf(options.shards, "shards")];
  return {
    ...(chunks === undefined ? {} : { chunks }),
    ...(shards === undefined ? {} : { shards }),
    ...(options.codec === undefined ? {} : { compressors: codecsOf(options.codec) }),
  };
}

/** @throws ZarrError `ERR_ARGUMENT` - no lengths */
export function lengthsOf(text: string | undefined, name: string): number[] | undefined {
  if (text === undefined) return undefined;
  if (/^\[?\s*\d+(\s*,\s*\d+)*\s*\]?$/.test(text)) return text.match(/\d+/g)!.map(Number);
  throw new ZarrError("ERR_ARGUMENT", `--${name} is ${JSON.stringify(text)}, expected lengths, as 100,200`);
}

/** Codecs whose level may stand behind their name, and that which they have without it. */
const levels: Readonly<Record<string, number>> = { zstd: 0, gzip: 6, "numcodecs.zlib": 6, "numcodecs.bz2": 9 };

function codecsOf(text: string): readonly CodecOption[] | null {
  if (text === "none") return null;
  if (/^\s*[[{]/.test(text)) return listOf(parseJson(text));
  const [, word = "", variant, level] = /^([\w.-]+?)(?::([a-z]\w*))?(?::(-?\d+))?$/.exec(text) ?? [];
  const name = Object.hasOwn(levels, `numcodecs.${word}`) ? `numcodecs.${word}` : word;
  if (name === "blosc") {
    const configuration = { cname: variant ?? "lz4", clevel: Number(level ?? 5) };
    return [{ name, configuration }];
  }
  if (name !== "" && variant === undefined) {
    if (Object.hasOwn(levels, name))
      return [
        {
          name,
          configuration: { level: Number(level ?? levels[name]), ...(name === "zstd" ? { checksum: false } : {}) },
        },
      ];
    if (level === undefined) return [name];
  }
  const expected = 'a name, as zstd:5, gzip:6, blosc:lz4:5 or none, or JSON, as {"id": "lz4", "acceleration": 1}';
  throw new ZarrError("ERR_ARGUMENT", `--codec is ${JSON.stringify(text)}, expected ${expected}`);
}

function listOf(json: Json): readonly CodecOption[] {
  const list: readonly Json[] = Array.isArray(json) ? json : [json];
  if (list.every((codec) => isJsonObject(codec) || typeof codec === "string")) return list as readonly CodecOption[];
  throw new ZarrError("ERR_ARGUMENT", "--codec is JSON, expected a codec, or a list of codecs");
}
