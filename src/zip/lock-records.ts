/**
 * The two records of a lock file. Numbers are little-endian.
 *
 * The intent says what a writer is about to append, so that whoever finds it half done can tell what belongs to it:
 *  0  magic, 8 bytes; zeros when no commit is under way
 *  8  CRC-32 of everything from byte 12 on, 4 bytes
 * 12  CRC-32 of the bytes from start to end, 4 bytes
 * 16  previous: byte at which the archive ended before, 8 bytes
 * 24  start: byte at which its first entry begins, 8 bytes
 * 32  end: byte at which it will end, 8 bytes
 * 40  CRC-32 of the directory and end records that lead up to previous, 4 bytes
 * 44  unused, 4 bytes
 * 48  name of the commit, a UUID, 16 bytes
 *
 * The mark says up to where the disk has the archive:
 *  0  magic, 8 bytes
 *  8  CRC-32 of everything from byte 12 on, 4 bytes
 * 12  CRC-32 of the directory and end records that lead up to end, 4 bytes
 * 16  end: byte at which a version ends that is on the disk, 8 bytes
 * 24  identifier of the system's run in which this was written, a UUID, 16 bytes; zeros where the system has none
 */
import { crc32 } from "../bytes/crc32.js";
import { viewOf } from "../bytes/view-of.js";
import { getUint64, setUint64 } from "./records.js";

/** A commit that is under way, or was when its writer ended. */
export interface CommitIntent {
  /** Byte at which the archive ended before. */
  readonly previous: number;
  /** Byte at which the first entry begins. */
  readonly start: number;
  /** Byte at which the archive will end. */
  readonly end: number;
  /** CRC-32 of the bytes from `start` to `end`. */
  readonly checksum: number;
  /** CRC-32 of the directory and end records before `previous`. */
  readonly tailChecksum: number;
  /** Name of the commit. */
  readonly commit: string;
}

/** A version that is surely on the disk. */
export interface SyncMark {
  /** Byte at which it ends. */
  readonly end: number;
  /** CRC-32 of the directory and end records before `end`. */
  readonly tailChecksum: number;
  /** The system's run in which this was found; in the same run nothing has been lost since. */
  readonly boot: string;
}

const intentMagic = new TextEncoder().encode("ZARRZIPI");
const markMagic = new TextEncoder().encode("ZARRZIPM");

/** Bytes of an intent. */
export const intentBytes = 64;

/** Bytes of a mark. */
export const markBytes = 40;

/** What is written over the start of a record that no longer holds. */
export const noRecord: Uint8Array = new Uint8Array(8);

export function formatIntent({ previous, start, end, checksum, tailChecksum, commit }: CommitIntent): Uint8Array {
  const bytes = new Uint8Array(intentBytes);
  const view = viewOf(bytes);
  view.setUint32(12, checksum, true);
  setUint64(view, 16, previous);
  setUint64(view, 24, start);
  setUint64(view, 32, end);
  view.setUint32(40, tailChecksum, true);
  setUuid(bytes, 48, commit);
  return sealed(bytes, intentMagic);
}

/** The intent in `bytes`; `undefined` if there is none, or not a whole one: its commit had not begun then. */
export function parseIntent(bytes: Uint8Array): CommitIntent | undefined {
  if (!isSealed(bytes, intentMagic, intentBytes)) return undefined;
  const view = viewOf(bytes);
  return {
    previous: getUint64(view, 16),
    start: getUint64(view, 24),
    end: getUint64(view, 32),
    checksum: view.getUint32(12, true),
    tailChecksum: view.getUint32(40, true),
    commit: getUuid(bytes, 48),
  };
}

export function formatMark({ end, tailChecksum, boot }: SyncMark): Uint8Array {
  const bytes = new Uint8Array(markBytes);
  const view = viewOf(bytes);
  view.setUint32(12, tailChecksum, true);
  setUint64(view, 16, end);
  setUuid(bytes, 24, boot);
  return sealed(bytes, markMagic);
}

/** The mark in `bytes`; `undefined` if there is none. */
export function parseMark(bytes: Uint8Array): SyncMark | undefined {
  if (!isSealed(bytes, markMagic, markBytes)) return undefined;
  const view = viewOf(bytes);
  return { end: getUint64(view, 16), tailChecksum: view.getUint32(12, true), boot: getUuid(bytes, 24) };
}

/** Sets what {@link getUuid} reads. */
export function setUuid(bytes: Uint8Array, at: number, uuid: string): void {
  bytes.set(Buffer.from(uuid.replaceAll("-", ""), "hex"), at);
}

/** The UUID at byte `at`. */
export function getUuid(bytes: Uint8Array, at: number): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset + at, 16).toString("hex");
  return [0, 8, 12, 16, 20].map((start, i, starts) => hex.slice(start, starts[i + 1])).join("-");
}

/** The record with its magic, and the CRC-32 that {@link isSealed} checks. */
export function sealed(bytes: Uint8Array, magic: Uint8Array): Uint8Array {
  bytes.set(magic);
  viewOf(bytes).setUint32(8, crc32(bytes.subarray(12)), true);
  return bytes;
}

/** Whether `bytes` are a whole record of this kind. */
export function isSealed(bytes: Uint8Array, magic: Uint8Array, size: number): boolean {
  if (bytes.length !== size || magic.some((byte, i) => bytes[i] !== byte)) return false;
  return crc32(bytes.subarray(12)) === viewOf(bytes).getUint32(8, true);
}
