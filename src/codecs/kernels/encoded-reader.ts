import { resolveRange } from "../../bytes/byte-range.js";
import type { EncodedReader } from "../codec.js";
import type { InnerChunkPlace } from "./shard-index.js";

/** Reads a chunk that is in memory already. */
export function readerOf(bytes: Uint8Array): EncodedReader {
  return async (range) => {
    if (range === undefined) return bytes;
    const { start, end } = resolveRange(range, bytes.length, "");
    return bytes.subarray(start, end);
  };
}

/** Reads a chunk that is not stored. */
export const absentReader: EncodedReader = async () => undefined;

/** Reads the inner chunk that lies at `place` of what `read` reads. */
export function readerWithin(read: EncodedReader, { offset, length }: InnerChunkPlace): EncodedReader {
  return async (range) => {
    const { start, end } = range === undefined ? { start: 0, end: length } : resolveRange(range, length, "");
    return await read({ offset: offset + start, length: end - start });
  };
}

/** Runs `work` on a chunk that stays the same until that has ended. */
export async function holding<T>(read: EncodedReader, work: (read: EncodedReader) => Promise<T>): Promise<T> {
  return await (read.hold === undefined ? work(read) : read.hold(work));
}
