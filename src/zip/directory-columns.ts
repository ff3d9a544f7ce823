/**
 * The parsed central directory as columns of numbers, one row per central record. All of them, and the bytes that they
 * refer to, fit into one buffer, which threads can share.
 */
export interface DirectoryColumns {
  /** Byte of the file at which the local header begins. */
  readonly offset: Float64Array;
  /** Bytes of the payload in the file. */
  readonly compressedSize: Float64Array;
  /** Bytes of the value. */
  readonly size: Float64Array;
  /** Position in `bytes` of the central record. */
  readonly record: Uint32Array;
  /** Position in `bytes` of the name in UTF-8: within the central record, or converted and after all of them. */
  readonly name: Uint32Array;
  /** Bytes from the local header to the payload once that header has been checked, 0 before. */
  readonly headerSize: Uint32Array;
  /** Bytes of the name in UTF-8, which can be three times those of the field. */
  readonly nameSize: Uint32Array;
  /** 1 once the payload was found to have its CRC-32, 0 before. */
  readonly isVerified: Uint8Array;
  /** 1 where the name leads to this record: not for folders, nor for those that a later record of the name replaces. */
  readonly isCurrent: Uint8Array;
}

/** The columns, the hash table over names and the bytes of the directory, as views of one buffer. */
export interface DirectoryViews extends DirectoryColumns {
  /** Row number + 1 by hash of the name, 0 where free. */
  readonly slots: Uint32Array;
  /** Central records and end records as in the file, then the names that were converted to UTF-8. */
  readonly bytes: Uint8Array;
}

/** The number of elements in each part of a directory buffer. */
export interface DirectoryExtents {
  readonly rows: number;
  readonly slots: number;
  readonly bytes: number;
  /** For how many rows and bytes there is room, where a directory may grow in place. */
  readonly room?: DirectoryRoom;
}

/** Rows and bytes. */
export interface DirectoryRoom {
  readonly rows: number;
  readonly bytes: number;
}

/** A buffer for a directory, and its views. */
export interface DirectoryMemory {
  readonly buffer: ArrayBufferLike;
  readonly extents: DirectoryExtents;
  readonly views: DirectoryViews;
}

const bytesPerRow = 3 * 8 + 4 * 4 + 2;

/** Bytes that {@link directoryViews} needs. */
export function directoryBufferSize({ rows, slots, bytes, room = { rows, bytes } }: DirectoryExtents): number {
  return bytesPerRow * room.rows + 4 * slots + room.bytes;
}

/** Views of a buffer; those of wider elements come first, so that each is aligned. */
export function directoryViews(
  buffer: ArrayBufferLike,
  { rows, slots, bytes, room = { rows, bytes } }: DirectoryExtents,
): DirectoryViews {
  let at = 0;
  const take = (size: number) => {
    at += size;
    return at - size;
  };
  return {
    offset: new Float64Array(buffer, take(8 * room.rows), rows),
    compressedSize: new Float64Array(buffer, take(8 * room.rows), rows),
    size: new Float64Array(buffer, take(8 * room.rows), rows),
    record: new Uint32Array(buffer, take(4 * room.rows), rows),
    name: new Uint32Array(buffer, take(4 * room.rows), rows),
    headerSize: new Uint32Array(buffer, take(4 * room.rows), rows),
    nameSize: new Uint32Array(buffer, take(4 * room.rows), rows),
    slots: new Uint32Array(buffer, take(4 * slots), slots),
    isCurrent: new Uint8Array(buffer, take(room.rows), rows),
    isVerified: new Uint8Array(buffer, take(room.rows), rows),
    bytes: new Uint8Array(buffer, take(room.bytes), bytes),
  };
}

/** Number of slots for `rows` names: a power of two, at most half of it taken. */
function slotCount(rows: number): number {
  return 2 ** Math.ceil(Math.log2(2 * Math.max(1, rows)));
}

/** Memory for a directory, all zeros; threads can share it, where shared memory exists. What is not written takes no room. */
export function directoryMemory(rows: number, bytes: number, room?: DirectoryRoom): DirectoryMemory {
  const extents = { rows, slots: slotCount(room?.rows ?? rows), bytes, ...(room && { room }) };
  const size = directoryBufferSize(extents);
  // Browsers have shared memory on isolated pages only; elsewhere `postMessage` copies the directory.
  const buffer = typeof SharedArrayBuffer === "function" ? new SharedArrayBuffer(size) : new ArrayBuffer(size);
  return { buffer, extents, views: directoryViews(buffer, extents) };
}

/** The same memory with more rows and bytes, which are zeros; `undefined` where there is no room for them. */
export function extendedMemory(
  buffer: ArrayBufferLike,
  extents: DirectoryExtents,
  rows: number,
  bytes: number,
): DirectoryMemory | undefined {
  const { room } = extents;
  if (room === undefined || rows > room.rows || bytes > room.bytes) return undefined;
  const extended = { ...extents, rows, bytes };
  return { buffer, extents: extended, views: directoryViews(buffer, extended) };
}
