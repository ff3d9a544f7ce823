import type { ByteSource } from "../../bytes/byte-source.js";
import { defaultLimits } from "../../bytes/limits.js";
import type { RepackForm } from "../../commit/repack.js";
import type { Directory } from "../../zip/directory.js";
import { isZip64Entry, readEntry } from "../../zip/entry-reader.js";
import { method } from "../../zip/records.js";
import { checkedOmeVersion, disorderOf, documentsFirst, ozxClaimOf, ozxComment } from "../ozx.js";

/** As the file is; one whose comment says that it is zipped OME-Zarr is in the form of that. */
export async function plainForm(_: ByteSource, { comment }: Directory): Promise<RepackForm> {
  const kept = { inOrder: documentsFirst, isStored: false, isKept: true } as const;
  const { version } = ozxClaimOf(comment);
  if (version === undefined) return { ...kept, zip64: "auto", comment };
  return { ...kept, zip64: "always", comment: ozxComment(version, comment) };
}

/**
 * Zipped OME-Zarr, as RFC-9 recommends it.
 * @throws ZarrError `ERR_UNSUPPORTED` - the root is not OME-Zarr of Zarr format 3; as `readEntry` does
 */
export async function ozxForm(source: ByteSource, directory: Directory): Promise<RepackForm> {
  const key = "zarr.json";
  const row = directory.find(key);
  const bytes =
    row < 0 ? undefined : await readEntry(source, directory, row, { maxBytes: defaultLimits.metadataBytes });
  const version = checkedOmeVersion({ bytes, key, file: directory.file, advice: "repack it without a profile" });
  return {
    inOrder: documentsFirst,
    zip64: "always",
    isStored: true,
    comment: ozxComment(version, directory.comment),
    isKept: await isOzx(source, directory, version),
  };
}

/** True if a file keeps to what writing it anew could change. */
async function isOzx(source: ByteSource, directory: Directory, version: string): Promise<boolean> {
  const claim = ozxClaimOf(directory.comment);
  if (claim.version !== version || !claim.isJsonFirst) return false;
  const rows = Array.from({ length: directory.recordCount }, (_, row) => row);
  const inFile = [...rows].sort((a, b) => directory.entry(a).offset - directory.entry(b).offset);
  for (const order of [rows, inFile]) {
    const names = order.map((row) => directory.name(row)).filter((name) => !name.endsWith("/"));
    if (disorderOf(names) !== undefined) return false;
  }
  for (const row of rows) {
    const isStored = directory.entry(row).method === method.stored;
    if (!isStored || !(await isZip64Entry(source, directory, row))) return false;
  }
  return true;
}
