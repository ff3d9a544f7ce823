import { nameBeside } from "../../bytes/beside.js";
import { removeFile, type WritableFile } from "../../bytes/file.js";
import { folderEntries, folderOf, nameInFolder } from "../../bytes/folder.js";
import { newUuid } from "../../bytes/uuid.js";
import { openArchiveFile } from "../../commit/archive-file.js";
import { ArchiveWriter } from "../../commit/archive-writer.js";
import type { EntryOptions, NamedValue } from "../../commit/entry-log.js";
import { ZarrError } from "../../errors.js";
import { ArchiveReader } from "../../zip/archive-reader.js";
import type { ArchiveIdentity } from "../../zip/known-version.js";
import { isKey } from "../key.js";
import { asRecord, invalidState, isCount } from "../state-members.js";
import { listingToken, TransactionReads } from "../transaction-values.js";
import { type EntrySink, offsetOf, tokenAt } from "./archive-contents.js";
import type { StageName } from "./pending-changes.js";

/**
 * Changes that one writer has made and another one commits. Plain JSON; the values are in a file beside the store's, which is removed
 * when they are committed.
 */
export interface ZipStage {
  /** Tells the kinds of states apart. */
  readonly kind: "ZipStage";
  /** Version of the state's form. A later one is refused. */
  readonly version: 2;
  /** File of the store, absolute. */
  readonly path: string;
  /** File with the new values: a ZIP archive. */
  readonly file: string;
  /** Keys that are to be removed. */
  readonly removed: readonly string[];
  /** The version of the file that the changes were computed from. */
  readonly base: Pick<ArchiveIdentity, "end" | "digest">;
  /** The values they were computed from: keys, and the bytes of the file at which their values begin; `null` for a missing one. */
  readonly reads: readonly (readonly [key: string, offset: number | null])[];
  /** Keys that begin with these prefixes were listed, and what tells that list from others. */
  readonly listings: readonly (readonly [prefix: string, token: string])[];
}

const invalid = invalidState("ZipStage");

/**
 * Writes changes to a file beside that of the store at `path`.
 * @param base - the version that the changes were made on
 */
export async function writeStage(
  path: string,
  options: EntryOptions,
  { entries, reads }: { readonly entries: EntrySink; readonly reads: readonly TransactionReads[] },
  base: ArchiveReader,
): Promise<ZipStage> {
  const file = stageName(path, newUuid());
  const writer = await ArchiveWriter.create(file, { ...options, exclusive: true, beside: path });
  try {
    for (const name of entries.names()) {
      const value = await entries.read(name);
      if (value !== undefined) await writer.add(name, value);
    }
    await writer.publish();
  } finally {
    await writer.abort();
  }
  const offsets = new Map<string, number | null>();
  const listings = new Map<string, string>();
  const names = [...base.directory.names()].filter(isKey);
  for (const { values, listings: listed } of reads) {
    // What was read of these changes themselves is in the stage.
    for (const [name, token] of values) if (typeof token !== "object") offsets.set(name, offsetOf(token));
    for (const prefix of listed.keys()) listings.set(prefix, listingToken(names, prefix));
  }
  const { end, digest } = base.identity;
  const removed = [...entries.removed()];
  return {
    ...{ kind: "ZipStage", version: 2, path, file, removed, base: { end, digest } },
    ...{ reads: [...offsets], listings: [...listings] },
  };
}

/** The changes of a stage, one by one. @throws ZarrError `ERR_NOT_FOUND` - it has been committed already */
export async function* stagedValues({ file, path, removed }: ZipStage): AsyncGenerator<NamedValue> {
  const archive = await ArchiveReader.open(await openArchiveFile(file, path), { follow: false });
  try {
    for (const name of archive.directory.names()) {
      const value = await archive.get(name, Number.MAX_SAFE_INTEGER);
      if (value !== undefined) yield [name, value];
    }
  } finally {
    await archive.close();
  }
  for (const name of removed) yield [name, undefined];
}

/**
 * The values that a stage was computed from, as read by a store whose file is `archive`.
 * @throws ZarrError `ERR_CONFLICT` - that file never had the version that the stage was made on
 */
export async function stagedReads(stage: ZipStage, archive: ArchiveReader | undefined): Promise<TransactionReads> {
  const { base, reads, listings, path } = stage;
  const staged = new TransactionReads();
  if (reads.length === 0 && listings.length === 0) return staged;
  if (archive === undefined || !(await archive.holds(base))) {
    const message = `changes were staged for another version of ${path}, which was written anew since: make them again`;
    throw new ZarrError("ERR_CONFLICT", message, { file: path, keys: reads.map(([key]) => key) });
  }
  for (const [name, offset] of reads) {
    staged.addValue(name, offset === null ? undefined : tokenAt(archive, offset));
  }
  for (const [prefix, token] of listings) staged.listings.set(prefix, token);
  return staged;
}

/** Name of a stage among others of its file, and what it was made on. */
export function nameOfStage({ file, base }: ZipStage): StageName {
  return { uuid: uuidOf(file)!, base: base.end };
}

function uuidOf(file: string): string | undefined {
  return /\.([0-9a-f-]{36})\.stage$/.exec(file)?.[1];
}

/**
 * Removes the files of stages whose changes an archive has, and that whoever merged them did not live to remove.
 * @param archive - locked
 */
export async function removeMergedStages(archive: WritableFile): Promise<void> {
  const folder = folderOf(archive.name);
  const uuids = ((await folderEntries(folder)) ?? []).flatMap(({ name }) => {
    const uuid = uuidOf(name);
    return uuid !== undefined && nameInFolder(folder, name) === stageName(archive.name, uuid) ? [uuid] : [];
  });
  if (uuids.length === 0) return;
  const reader = await ArchiveReader.open(await openArchiveFile(archive.name), { follow: true });
  try {
    await archive.sync();
    for (const uuid of uuids) if (await reader.hasStage(0, uuid)) await removeFile(stageName(archive.name, uuid));
  } finally {
    await reader.close();
  }
}

function stageName(path: string, uuid: string): string {
  return nameBeside(path, `.${uuid}.stage`);
}

/** Removes the file of a stage. */
export async function removeStage({ file }: ZipStage): Promise<void> {
  await removeFile(file);
}

/** @throws ZarrError `ERR_STATE` - no stage, or one of another file than `path` */
export function parseStage(path: string, value: unknown): ZipStage {
  const state = asRecord(value, "state", invalid);
  const { kind, version, file, removed, reads, listings } = state;
  if (kind !== "ZipStage") throw invalid("kind", kind, '"ZipStage"');
  if (version !== 2) throw invalid("version", version, "2");
  if (state.path !== path) throw invalid("path", state.path, JSON.stringify(path));
  const uuid = typeof file === "string" ? uuidOf(file) : undefined;
  if (uuid === undefined || file !== stageName(path, uuid)) {
    throw invalid("file", file, "a file beside that of the store");
  }
  if (!Array.isArray(removed) || removed.some((key) => typeof key !== "string")) {
    throw invalid("removed", removed, "a list of keys");
  }
  const base = asRecord(state.base, "base", invalid);
  if (!isCount(base.end)) throw invalid("base.end", base.end, "a number of bytes");
  if (typeof base.digest !== "string") throw invalid("base.digest", base.digest, "a string");
  const isPairs = (list: unknown, isSecond: (value: unknown) => boolean) =>
    Array.isArray(list) &&
    list.every((pair) => Array.isArray(pair) && typeof pair[0] === "string" && isSecond(pair[1]));
  if (!isPairs(reads, (offset) => offset === null || isCount(offset))) {
    throw invalid("reads", reads, "a list of keys with their offsets");
  }
  if (!isPairs(listings, (token) => typeof token === "string")) {
    throw invalid("listings", listings, "a list of prefixes with their tokens");
  }
  return state as unknown as ZipStage;
}
