import { describe, isJsonObject, type Json } from "../bytes/json.js";
import { messageOf, ZarrError } from "../errors.js";
import { bytesEntry } from "./bytes.js";
import type { CodecEntry, CodecMetadata } from "./codec.js";

/** The description of a codec before its module has been loaded. */
export type CodecOutline = Pick<CodecEntry, "names" | "kind">;

interface BuiltInCodec extends CodecOutline {
  load(): Promise<CodecEntry>;
}

/** Codecs that are loaded with the first array that has them; the names and kinds are those of their entries. */
const builtIn: readonly BuiltInCodec[] = [
  onBytes(named("crc32c"), async () => (await import("./crc32c.js")).crc32cEntry),
  toBytes(["sharding_indexed"], async () => {
    await loadCodecs([{ name: "crc32c", configuration: {} }]); // which shards have without naming it
    return (await import("./sharding-indexed.js")).shardingIndexedEntry;
  }),
  toBytes(["packbits"], async () => (await import("./packbits.js")).packbitsEntry),
  toBytes(named("vlen-utf8"), async () => (await import("./vlen.js")).vlenUtf8Entry),
  toBytes(named("vlen-bytes"), async () => (await import("./vlen.js")).vlenBytesEntry),
  toBytes(named("json2"), async () => (await import("./json2.js")).json2Entry),
  onArrays(["transpose"], async () => (await import("./transpose.js")).transposeEntry),
  onArrays(["reshape"], async () => (await import("./reshape.js")).reshapeEntry),
  onArrays(["cast_value"], async () => (await import("./cast-value.js")).castValueEntry),
  onArrays(["scale_offset"], async () => (await import("./scale-offset.js")).scaleOffsetEntry),
  onArrays(named("bitround"), async () => (await import("./bitround.js")).bitroundEntry),
  onArrays(named("astype"), async () => (await import("./astype.js")).astypeEntry),
  onArrays(named("categorize"), async () => (await import("./categorize.js")).categorizeEntry),
  onArrays(named("delta"), async () => (await import("./delta.js")).deltaEntry),
  onArrays(named("fixedscaleoffset"), async () => (await import("./fixedscaleoffset.js")).fixedscaleoffsetEntry),
  onArrays(named("quantize"), async () => (await import("./quantize.js")).quantizeEntry),
  onArrays(["numcodecs.packbits"], async () => (await import("./numcodecs-packbits.js")).numcodecsPackbitsEntry),
  onBytes(named("zstd"), async () => (await import("./zstd.js")).zstdEntry),
  onBytes(named("gzip"), async () => (await import("./gzip.js")).gzipEntry),
  onBytes(named("zlib"), async () => (await import("./zlib.js")).zlibEntry),
  onBytes(named("blosc"), async () => (await import("./blosc.js")).bloscEntry),
  onBytes(named("lz4"), async () => (await import("./lz4.js")).lz4Entry),
  onBytes(named("bz2"), async () => (await import("./bz2.js")).bz2Entry),
  onBytes(named("lzma"), async () => (await import("./lzma.js")).lzmaEntry),
  onBytes(named("shuffle"), async () => (await import("./shuffle.js")).shuffleEntry),
  onBytes(named("base64"), async () => (await import("./base64.js")).base64Entry),
  onBytes(named("adler32"), async () => (await import("./adler32.js")).adler32Entry),
  onBytes(named("crc32"), async () => (await import("./crc32.js")).crc32Entry),
  onBytes(named("fletcher32"), async () => (await import("./fletcher32.js")).fletcher32Entry),
  onBytes(named("jenkins_lookup3"), async () => (await import("./jenkins-lookup3.js")).jenkinsLookup3Entry),
];

/** Nearly every array has it. */
const always: readonly CodecEntry[] = [bytesEntry];

/** The codecs that were loaded, and those that callers registered, by each name. */
const entries = new Map<string, CodecEntry>();

/** Why a codec of another library is not built in; loaded with the first name that is not known. */
let whyUnavailable: ((name: string) => string | undefined) | undefined;

/**
 * Makes a codec known under each of its names.
 * @throws ZarrError `ERR_ARGUMENT` - it has no name, or one of them is taken
 */
export function registerCodec(entry: CodecEntry): void {
  if (entry.names.length === 0) throw new ZarrError("ERR_ARGUMENT", "a codec needs at least one name, found none");
  const taken = entry.names.find((name) => findCodec(name) !== undefined);
  if (taken !== undefined) {
    throw new ZarrError("ERR_ARGUMENT", `a codec named ${JSON.stringify(taken)} is registered already`, {
      codec: taken,
    });
  }
  add(entry);
}

/** The description of the codec of this name, loaded or not; `undefined` if there is none. */
export function findCodec(name: string): CodecOutline | undefined {
  return outlines().find(({ names }) => names.includes(name)) ?? entries.get(name);
}

/**
 * Loads the codecs of a list, and those that their configurations name; an unknown name is for {@link requireCodec} to report.
 * @throws ZarrError `ERR_CODEC_UNAVAILABLE` - the module of one cannot be loaded
 */
export async function loadCodecs(codecs: readonly CodecMetadata[]): Promise<void> {
  const names = codecs.flatMap(({ name, configuration }) => [name, ...namesWithin(configuration)]);
  if (names.some((name) => findCodec(name) === undefined)) {
    whyUnavailable ??= (await import("./unavailable.js").catch(() => undefined))?.whyUnavailable;
  }
  const missing = builtIn.filter((codec) => codec.names.some((name) => names.includes(name) && !entries.has(name)));
  if (missing.length === 0) return;
  await Promise.all(missing.map(async (codec) => add(await loaded(codec))));
}

/**
 * The codec of this name, which {@link loadCodecs} has loaded.
 * @throws ZarrError `ERR_CODEC_UNAVAILABLE` - no codec has this name
 */
export function requireCodec(name: string): CodecEntry {
  const entry = entries.get(name) ?? always.find(({ names }) => names.includes(name));
  if (entry !== undefined) return entry;
  throw new ZarrError("ERR_CODEC_UNAVAILABLE", `codec ${describe(name)}: ${whyMissing(name)}`, { codec: name });
}

function whyMissing(name: string): string {
  if (findCodec(name) !== undefined) {
    return "its module is loaded for arrays that name it in their codecs, or within the configuration of one: name it there";
  }
  const known = new Set([...builtInNames(), ...entries.keys()]);
  const prefix = "numcodecs."; // which most of them have as well
  const listed = [...known].filter((other) => !(other.startsWith(prefix) && known.has(other.slice(prefix.length))));
  const others = `it is not registered; registered are ${listed.join(", ")}. register() adds others`;
  return whyUnavailable?.(name) ?? others;
}

async function loaded({ names: [name], load }: BuiltInCodec): Promise<CodecEntry> {
  try {
    return await load();
  } catch (cause) {
    const message = `the module of codec ${JSON.stringify(name)} cannot be loaded: ${messageOf(cause)}`;
    throw new ZarrError("ERR_CODEC_UNAVAILABLE", message, { codec: name }, cause);
  }
}

/** Names of codecs in a configuration: members `name`, and texts in lists. */
function namesWithin(json: Json): string[] {
  if (Array.isArray(json)) return json.flatMap((item) => (typeof item === "string" ? item : namesWithin(item)));
  if (!isJsonObject(json)) return [];
  return Object.entries(json).flatMap(([member, value]) =>
    member === "name" && typeof value === "string" ? value : namesWithin(value),
  );
}

/** All names of the codecs of this package. */
export function builtInNames(): readonly string[] {
  return outlines().flatMap(({ names }) => names);
}

function outlines(): readonly CodecOutline[] {
  return [...always, ...builtIn];
}

function add(entry: CodecEntry): void {
  for (const name of entry.names) entries.set(name, entry);
}

/** A name that numcodecs has, too. */
function named(name: string): readonly string[] {
  return [name, `numcodecs.${name}`];
}

function toBytes(names: readonly string[], load: BuiltInCodec["load"]): BuiltInCodec {
  return { kind: "array-to-bytes", names, load };
}

function onArrays(names: readonly string[], load: BuiltInCodec["load"]): BuiltInCodec {
  return { kind: "array-to-array", names, load };
}

function onBytes(names: readonly string[], load: BuiltInCodec["load"]): BuiltInCodec {
  return { kind: "bytes-to-bytes", names, load };
}
