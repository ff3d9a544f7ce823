import { nameBeside } from "../bytes/beside.js";
import { removeFile } from "../bytes/file.js";
import { newUuid } from "../bytes/uuid.js";
import { ArchiveReader } from "../zip/archive-reader.js";
import { ArchiveWriter } from "../zip/archive-writer.js";
import type { EntryOptions } from "../zip/entry-log.js";
import { asRecord, invalidState } from "./state-members.js";

/**
 * Changes that one writer has made and another one commits. Plain JSON; the values are in a file beside the store's, which is removed
 * when they are merged.
 */
export interface ZipStage {
  readonly kind: "ZipStage";
  readonly version: 1;
  /** File of the store, absolute. */
  readonly path: string;
  /** File with the new values: a ZIP archive. */
  readonly file: string;
  /** Keys that are to be removed. */
  readonly removed: readonly string[];
  /** What the changes were computed from: keys, and what told their values from others; `null` for a missing one. */
  readonly reads: readonly (readonly [key: string, token: string | null])[];
}

/** Changes as they would be committed now. */
export interface ChangeSet {
  /** Names that get a new value. */
  readonly names: readonly string[];
  /** Names that go. */
  readonly removed: readonly string[];
  /** What transactions have read in the file, and what told those values from others; `null` for missing ones. */
  readonly reads: ReadonlyMap<string, string | null>;
  read(name: string): Promise<Uint8Array | undefined>;
}

const invalid = invalidState("ZipStage");

/** Writes changes to a file beside that of the store at `path`. */
export async function writeStage(path: string, options: EntryOptions, changes: ChangeSet): Promise<ZipStage> {
  const file = stageName(path, newUuid());
  const writer = await ArchiveWriter.create(file, { ...options, exclusive: true, beside: path });
  try {
    for (const name of changes.names) {
      const value = await changes.read(name);
      if (value !== undefined) await writer.add(name, value);
    }
    await writer.publish();
  } finally {
    await writer.abort();
  }
  const { removed, reads } = changes;
  return { kind: "ZipStage", version: 1, path, file, removed: [...removed], reads: [...reads] };
}

/** Hands over the values of a stage, one by one. @throws ZarrError `ERR_NOT_FOUND` - it has been merged already */
export async function readStage(
  { file, path }: ZipStage,
  take: (name: string, value: Uint8Array) => Promise<void>,
): Promise<void> {
  const archive = await ArchiveReader.open(file, { follow: false, beside: path });
  try {
    for (const name of archive.directory.names()) {
      const value = await archive.get(name, Number.MAX_SAFE_INTEGER);
      if (value !== undefined) await take(name, value);
    }
  } finally {
    await archive.close();
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
  const { kind, version, file, removed, reads } = state;
  if (kind !== "ZipStage") throw invalid("kind", kind, '"ZipStage"');
  if (version !== 1) throw invalid("version", version, "1");
  if (state.path !== path) throw invalid("path", state.path, JSON.stringify(path));
  const uuid = typeof file === "string" ? /\.([0-9a-f-]{36})\.stage$/.exec(file)?.[1] : undefined;
  if (uuid === undefined || file !== stageName(path, uuid)) {
    throw invalid("file", file, "a file beside that of the store");
  }
  if (!Array.isArray(removed) || removed.some((key) => typeof key !== "string")) {
    throw invalid("removed", removed, "a list of keys");
  }
  const isRead = (read: unknown) =>
    Array.isArray(read) && typeof read[0] === "string" && (read[1] === null || typeof read[1] === "string");
  if (!Array.isArray(reads) || !reads.every(isRead)) throw invalid("reads", reads, "a list of keys with their tokens");
  return state as unknown as ZipStage;
}
