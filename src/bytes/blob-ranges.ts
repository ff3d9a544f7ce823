import type { PieceRange } from "./byte-range.js";
import { coalesce } from "./coalesce.js";

/** Ranges that are no further apart, in bytes, are read by one stream, of at most so many bytes. */
const together = { maxGap: 64 * 1024, maxBytes: 16 * 2 ** 20 };

interface AnnouncedRange extends PieceRange {
  /** Begins the stream that reads it, unless it has been begun. */
  readonly begin: () => void;
  readonly bytes: Promise<Uint8Array>;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Ranges of a `Blob` that will be read soon. A browser has another process read it, so that each read is dear, whatever its length:
 * neighbours are read by one stream, each straight into memory of its own.
 */
export class BlobRanges {
  readonly #blob: Blob;
  /** Those that have not been read, by their offset. */
  readonly #announced = new Map<number, AnnouncedRange>();

  constructor(blob: Blob) {
    this.#blob = blob;
  }

  /** See `ByteSource.expect`. */
  expect(ranges: readonly PieceRange[]): () => void {
    const sorted = withoutContained(ranges.filter(({ offset }) => !this.#announced.has(offset)));
    const endOfRange = (i: number) => endOf(sorted[i]);
    const announced: AnnouncedRange[] = [];
    let underWay = Promise.resolve();
    for (const { first, last } of coalesce(sorted.length, (i) => sorted[i].offset, endOfRange, together)) {
      let isBegun = false;
      const begin = () => {
        if (!isBegun) underWay = underWay.then(() => this.#stream(neighbours)); // one at a time: its bytes wait in memory
        isBegun = true;
      };
      const neighbours = sorted.slice(first, last).map((range) => announce(range, begin));
      announced.push(...neighbours);
    }
    for (const range of announced) this.#announced.set(range.offset, range);
    return () => {
      for (const range of announced)
        if (this.#announced.get(range.offset) === range) this.#announced.delete(range.offset);
    };
  }

  /** Bytes of an announced range, once; `undefined` of any other. */
  read(offset: number, length: number): Promise<Uint8Array> | undefined {
    const range = this.#announced.get(offset);
    if (range?.length !== length) return undefined;
    this.#announced.delete(offset);
    range.begin();
    return range.bytes;
  }

  async #stream(ranges: readonly AnnouncedRange[]): Promise<void> {
    try {
      let at = ranges[0].offset;
      const fill = fillerOf(this.#blob.slice(at, endOf(ranges[ranges.length - 1])));
      /** The part that a range shares with the one before it. */
      let shared = new Uint8Array(0);
      for (const [i, { offset, length, resolve }] of ranges.entries()) {
        if (offset > at) await fill(new Uint8Array(offset - at), 0);
        const memory = new Uint8Array(length);
        memory.set(shared);
        await fill(memory, shared.length);
        at = offset + length;
        shared = memory.slice((ranges[i + 1]?.offset ?? at) - offset);
        resolve(memory);
      }
    } catch (error) {
      for (const { reject } of ranges) reject(error);
    }
  }
}

function announce({ offset, length }: PieceRange, begin: () => void): AnnouncedRange {
  let settle: Pick<AnnouncedRange, "resolve" | "reject"> | undefined;
  const bytes = new Promise<Uint8Array>((resolve, reject) => {
    settle = { resolve, reject };
  });
  bytes.catch(() => undefined); // it may be that nobody reads it
  return { offset, length, begin, bytes, ...settle! };
}

/** In ascending order, without those that lie within the one before: a read of these is one of its own. */
function withoutContained(ranges: readonly PieceRange[]): PieceRange[] {
  let end = 0;
  return [...ranges]
    .sort((a, b) => a.offset - b.offset || b.length - a.length)
    .filter((range) => {
      if (endOf(range) <= end) return false;
      end = endOf(range);
      return true;
    });
}

function endOf({ offset, length }: PieceRange): number {
  return offset + length;
}

/** Reads a blob in order: fills memory from byte `from` on. */
function fillerOf(blob: Blob): (memory: Uint8Array, from: number) => Promise<void> {
  const reader = blob.stream().getReader();
  let arrived = new Uint8Array(0);
  return async (memory, from) => {
    for (let at = from; at < memory.length; ) {
      while (arrived.length === 0) {
        const { value, done } = await reader.read();
        if (done) throw new Error("it is shorter than it was");
        arrived = value;
      }
      const some = arrived.subarray(0, memory.length - at);
      memory.set(some, at);
      at += some.length;
      arrived = arrived.subarray(some.length);
    }
  };
}
