/**
 * The mark of a lock file: up to where the disk has the archive. Numbers are little-endian.
 *
 *  0  magic, 8 bytes: another one as long as no mark is known to be on the disk; zeros where nothing is known
 *  8  CRC-32 of everything from byte 12 on, 4 bytes
 * 12  CRC-32 of the directory and end records that lead up to end, 4 bytes
 * 16  end: byte at which a version ends that is on the disk, 8 bytes
 * 24  identifier of the system's run in which this was written, a UUID, 16 bytes; zeros where the system has none
 */
import { bootId, unknownBoot } from "../bytes/boot-id.js";
import { viewOf } from "../bytes/view-of.js";
import type { KnownVersion } from "../zip/newest-version.js";
import { getUint64, setUint64 } from "../zip/records.js";
import { getUuid, isSealed, sealed, setUuid } from "../zip/sealed-record.js";

/** A version that is surely on the disk. */
export interface SyncMark extends KnownVersion {
  /** The system's run in which this was found; in the same run nothing has been lost since. */
  readonly boot: string;
}

/** A mark in a lock file. */
export interface StoredMark extends SyncMark {
  /** True if the disk has this mark or an older one: whoever has written it may have been killed before. */
  readonly isOnDisk: boolean;
}

const magic = new TextEncoder().encode("ZARRZIPM");

/** For a mark that was written, and may not have been synced. */
const unsyncedMagic = new TextEncoder().encode("ZARRZIPU");

/** Bytes of a mark. */
export const markBytes = 40;

/** The bytes that are written over the start of a mark that no longer holds. */
export const noMark: Uint8Array = new Uint8Array(8);

export function formatMark({ end, tailChecksum, boot }: SyncMark, isOnDisk = true): Uint8Array {
  const bytes = new Uint8Array(markBytes);
  const view = viewOf(bytes);
  view.setUint32(12, tailChecksum, true);
  setUint64(view, 16, end);
  setUuid(bytes, 24, boot);
  return sealed(bytes, isOnDisk ? magic : unsyncedMagic);
}

/** The mark in `bytes`; `undefined` if there is none. */
export function parseMark(bytes: Uint8Array): StoredMark | undefined {
  const isOnDisk = isSealed(bytes, magic, markBytes);
  if (!isOnDisk && !isSealed(bytes, unsyncedMagic, markBytes)) return undefined;
  const view = viewOf(bytes);
  return { end: getUint64(view, 16), tailChecksum: view.getUint32(12, true), boot: getUuid(bytes, 24), isOnDisk };
}

/** True if the system has been started again since a mark was written, so that what was not synced may be lost. */
export function isOfAnotherRun({ boot }: SyncMark): boolean {
  return boot === unknownBoot || boot !== bootId();
}
