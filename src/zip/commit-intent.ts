/**
 * What a writer is about to append to an archive, noted in its lock file before, so that whoever finds it half done can tell
 * what belongs to it. Numbers are little-endian:
 *
 *  0  magic, 8 bytes; zeros when no commit is under way
 *  8  version, 4 bytes: 1
 * 12  CRC-32 of everything from byte 16 on, 4 bytes
 * 16  start: byte at which the archive ended before, 8 bytes
 * 24  end: byte at which it will end, 8 bytes
 * 32  CRC-32 of the bytes from start to end, 4 bytes
 * 36  CRC-32 of the directory and end records that lead up to start, 4 bytes
 * 40  length of the image, 4 bytes
 * 44  unused, 4 bytes
 * 48  name of the commit, a UUID, 16 bytes
 * 64  image: the bytes before start that share a block with it
 */
import { crc32 } from "../bytes/crc32.js";
import { viewOf } from "../bytes/view-of.js";
import { getUint64, setUint64 } from "./records.js";

/** A commit that is under way, or was when its writer ended. */
export interface CommitIntent {
  /** Byte at which the archive ended before. */
  readonly start: number;
  /** Byte at which it will end. */
  readonly end: number;
  /** CRC-32 of the bytes from `start` to `end`. */
  readonly checksum: number;
  /** CRC-32 of the directory and end records before `start`. */
  readonly tailChecksum: number;
  /** Name of the commit. */
  readonly commit: string;
  /** The bytes before `start` in the same block, which a power failure can damage while the block is written. */
  readonly image: Uint8Array;
}

/** What disks and file systems write at once, in bytes: a multiple of it for all that are known. */
const blockBytes = 4096;

const magic = new TextEncoder().encode("ZARRZIP\x01");
const formatVersion = 1;
const headerBytes = 64;

/** Bytes of the longest intent. */
export const maxIntentBytes = headerBytes + blockBytes;

/** What is written over the start of an intent when its commit is done. */
export const noIntent: Uint8Array = new Uint8Array(magic.length);

/** Number of bytes before `start` that share its block. */
export function imageSize(start: number): number {
  return start % blockBytes;
}

export function formatIntent({ start, end, checksum, tailChecksum, commit, image }: CommitIntent): Uint8Array {
  const bytes = new Uint8Array(headerBytes + image.length);
  const view = viewOf(bytes);
  bytes.set(magic);
  view.setUint32(8, formatVersion, true);
  setUint64(view, 16, start);
  setUint64(view, 24, end);
  view.setUint32(32, checksum, true);
  view.setUint32(36, tailChecksum, true);
  view.setUint32(40, image.length, true);
  bytes.set(Buffer.from(commit.replaceAll("-", ""), "hex"), 48);
  bytes.set(image, headerBytes);
  view.setUint32(12, crc32(bytes.subarray(16)), true);
  return bytes;
}

/** The intent at the start of a lock file; `undefined` if none is there, or not a whole one: its commit had not begun then. */
export function parseIntent(bytes: Uint8Array): CommitIntent | undefined {
  if (bytes.length < headerBytes || magic.some((byte, i) => bytes[i] !== byte)) return undefined;
  const view = viewOf(bytes);
  const length = headerBytes + view.getUint32(40, true);
  if (view.getUint32(8, true) !== formatVersion || length > Math.min(bytes.length, maxIntentBytes)) return undefined;
  if (crc32(bytes.subarray(16, length)) !== view.getUint32(12, true)) return undefined;
  const hex = Array.from(bytes.subarray(48, 64), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return {
    start: getUint64(view, 16),
    end: getUint64(view, 24),
    checksum: view.getUint32(32, true),
    tailChecksum: view.getUint32(36, true),
    commit: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
    image: bytes.slice(headerBytes, length),
  };
}
