import { isZarrError } from "../errors.js";
import { disorderOf, type OzxClaim, omeVersionIn, ozxClaimOf } from "../store/ozx.js";
import type { ZipInput } from "../store/zip/zip-input.js";
import { ZipStore } from "../store/zip/zip-store.js";
import type { ArchiveEntry } from "../zip/archive-entry.js";
import { ZarrArray } from "./array.js";
import { open } from "./open-node.js";

/** Each rule of RFC-9, and what keeps to it. */
const rules = {
  /** The root of the archive is the root of the one OME-Zarr hierarchy in it. */
  OZX_ROOT: "MUST",
  /** No OME-Zarr file is within another one. */
  OZX_NESTED: "MUST",
  /** The archive is one file. */
  OZX_MULTIPART: "MUST",
  /** The order is as the comment says. */
  OZX_JSON_FIRST: "MUST",
  /** ZIP64 is used, needed or not. */
  OZX_ZIP64: "SHOULD",
  /** Nothing is compressed by the ZIP. */
  OZX_STORED: "SHOULD",
  /** Arrays of several chunks have shards. */
  OZX_SHARDS: "SHOULD",
  /** The documents come first in the file and in the directory, breadth first. */
  OZX_ORDER: "SHOULD",
  /** The name ends with `.ozx`. */
  OZX_NAME: "SHOULD",
  /** The comment names the version of OME-Zarr. */
  OZX_COMMENT: "SHOULD",
} as const;

/** A rule of RFC-9. */
export type OzxRule = keyof typeof rules;

/** A rule that a file breaks. */
export interface OzxFinding {
  /** The rule. */
  readonly code: OzxRule;
  /** The severity: a file that breaks a rule it must keep is not an OME-Zarr file. */
  readonly level: "MUST" | "SHOULD";
  /** The problem and its place. */
  readonly message: string;
  /** Name of the entry. */
  readonly key?: string;
}

/**
 * Holds a ZIP against RFC-9, zipped OME-Zarr.
 *
 * @returns the rules that it breaks, each once; none for a file that keeps to all of them
 * @throws ZarrError as `ZipStore.open`, for what is not a ZIP at all
 * @see https://ngff.openmicroscopy.org/rfc/9/index.html
 * @example
 * ```js
 * import { createGroup, exportZip, MemoryStore, verifyOzx } from "zarrzip";
 *
 * const store = new MemoryStore();
 * await createGroup(store, { attributes: { ome: { version: "0.5" } } });
 * for (const options of [{}, { profile: "rfc9" }]) {
 *   const zip = await new Response(exportZip(store, options)).blob();
 *   console.log((await verifyOzx(new File([zip], "a.ozx"))).length > 0); // true, then false
 * }
 * ```
 */
export async function verifyOzx(input: ZipInput): Promise<OzxFinding[]> {
  const store = await ZipStore.open(input).catch((error) => {
    if (isZarrError(error, "ERR_ZIP") && error.details.disk !== undefined) return error;
    throw error;
  });
  if (!(store instanceof ZipStore)) return [finding("OZX_MULTIPART", store.message)];
  try {
    const entries = (await store.entries()).filter(({ name }) => !name.endsWith("/"));
    const comment = (await store.inArchive(({ directory }) => directory.comment)) ?? new Uint8Array();
    return [
      ...(await rootFindings(store)),
      ...nestedFindings(entries),
      ...compressionFindings(entries),
      ...(await zip64Findings(store)),
      ...orderFindings(entries, ozxClaimOf(comment)),
      ...(await shardFindings(store)),
      ...(store.path.endsWith(".ozx") ? [] : [finding("OZX_NAME", `${store.path} does not end with .ozx`)]),
    ];
  } finally {
    await store.close();
  }
}

function finding(code: OzxRule, message: string, key?: string): OzxFinding {
  return { code, level: rules[code], message, ...(key === undefined ? {} : { key }) };
}

async function rootFindings(store: ZipStore): Promise<OzxFinding[]> {
  const key = "zarr.json";
  const bytes = await store.get(key, { maxBytes: store.limits.metadataBytes });
  if (bytes === undefined) return [finding("OZX_ROOT", `there is no ${key} at the root of ${store.path}`, key)];
  if (omeVersionIn(bytes) !== undefined) return [];
  return [finding("OZX_ROOT", `${key} at the root of ${store.path} has no attribute ome.version`, key)];
}

function nestedFindings(entries: readonly ArchiveEntry[]): OzxFinding[] {
  const nested = entries.find(({ name }) => /\.(ozx|zip)$/i.test(name));
  return nested === undefined
    ? []
    : [finding("OZX_NESTED", `${nested.name} is an archive within the archive`, nested.name)];
}

function compressionFindings(entries: readonly ArchiveEntry[]): OzxFinding[] {
  const compressed = entries.filter(({ method }) => method !== 0);
  const [first] = compressed;
  if (first === undefined) return [];
  const message = `${compressed.length} of ${entries.length} entries, ${first.name} first, are compressed by the ZIP`;
  return [finding("OZX_STORED", message, first.name)];
}

async function zip64Findings(store: ZipStore): Promise<OzxFinding[]> {
  const findings = await store.inArchive(async (archive) => {
    const { directory } = archive;
    for (let row = 0; row < directory.recordCount; row++) {
      if (await archive.isZip64(row)) continue;
      const name = directory.name(row);
      return [finding("OZX_ZIP64", `${name} is not in the form of ZIP64`, name)];
    }
    return [];
  });
  return findings ?? [];
}

function orderFindings(entries: readonly ArchiveEntry[], { version, isJsonFirst }: OzxClaim): OzxFinding[] {
  const inFile = [...entries].sort((a, b) => a.offset - b.offset);
  const [inDirectory, atOffsets] = [entries, inFile].map((list) => disorderOf(list.map(({ name }) => name)));
  const where = inDirectory === undefined ? "in the file" : "in the central directory";
  const found = inDirectory ?? atOffsets;
  return [
    ...(isJsonFirst && inDirectory !== undefined
      ? [finding("OZX_JSON_FIRST", `the comment says jsonFirst, and in the central directory ${inDirectory}`)]
      : []),
    ...(found === undefined ? [] : [finding("OZX_ORDER", `${where} ${found}`)]),
    ...(version !== undefined ? [] : [finding("OZX_COMMENT", "the archive comment has no ome.version")]),
  ];
}

async function shardFindings(store: ZipStore): Promise<OzxFinding[]> {
  const root = await open(store, { path: "" }).catch((error) => {
    if (isZarrError(error)) return undefined; // nothing is known of its arrays
    throw error;
  });
  if (root === undefined) return [];
  const nodes = root instanceof ZarrArray ? [root] : await root.members({ maxDepth: Number.POSITIVE_INFINITY });
  const plain = nodes.filter((node) => node instanceof ZarrArray && node.shards === undefined && node.nchunks > 1);
  const [first] = plain;
  if (first === undefined) return [];
  const others = plain.length === 1 ? "" : `, as ${plain.length - 1} others,`;
  return [finding("OZX_SHARDS", `the array ${JSON.stringify(first.path)}${others} has several chunks, and no shards`)];
}
