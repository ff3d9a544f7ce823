import type { PieceRange } from "./byte-range.js";
import { coalesce } from "./coalesce.js";

/** Bytes of a request, at most. */
export const mostRequestBytes = 16 * 2 ** 20;

/** Fetches bytes [start, end). */
export type FetchRange = (start: number, end: number, signal: AbortSignal, onArrival: OnArrival) => Promise<Uint8Array>;

/**
 * Tells that the first `length` of the bytes that were asked for are there, and will not change. It may begin anew, with other memory,
 * if what has arrived was not all and had to be asked for again.
 */
export type OnArrival = (bytes: Uint8Array, length: number) => void;

/** A read of bytes [start, end) that waits for them. */
interface WaitingRead {
  readonly start: number;
  readonly end: number;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (reason: unknown) => void;
}

/** Ranges of which somebody has said that they will be read. */
export interface Announcement {
  readonly ranges: readonly PieceRange[];
  /** Requests that have some of them, once they are planned. */
  readonly fetches: Set<RangeFetch>;
}

/** One request for bytes [start, end), which several reads may wait for, or will. */
export class RangeFetch {
  readonly start: number;
  readonly end: number;
  /** Announced ranges in it, in ascending order. */
  readonly #announced: readonly PieceRange[];
  readonly #isRead: Uint8Array;
  /** Announced ranges that have not been read. */
  unread: number;
  readonly #announcements = new Set<Announcement>();
  /** Reads that wait for it. */
  readers = 0;
  readonly #controller = new AbortController();
  #state: "waiting" | "under way" | "done" | "gone" = "waiting";
  #waiting: WaitingRead[] = [];
  /** Its first bytes, as far as they are there. */
  #arrived: Uint8Array = new Uint8Array();
  /** The bytes received, for as long as they may be read. */
  bytes: Uint8Array | undefined;

  constructor(start: number, end: number, announced: readonly PieceRange[] = []) {
    this.start = start;
    this.end = end;
    this.#announced = announced;
    this.#isRead = new Uint8Array(announced.length);
    this.unread = announced.length;
  }

  get length(): number {
    return this.end - this.start;
  }

  get isWaiting(): boolean {
    return this.#state === "waiting";
  }

  /** True if its bytes are neither here nor to come. */
  get isGone(): boolean {
    return this.#state === "gone";
  }

  /** Bytes that it takes, or will, for reads that were announced. */
  get heldBytes(): number {
    return this.unread > 0 && (this.#state === "under way" || this.#state === "done") ? this.length : 0;
  }

  async begin(fetch: FetchRange): Promise<void> {
    this.#state = "under way";
    const { signal } = this.#controller;
    const bytes = await fetch(this.start, this.end, signal, (arriving, length) => {
      // Whoever reads the last bytes waits for the end: then nobody stops a request that has all but ended.
      if (!this.isGone && length < this.length) this.#deliver(arriving.subarray(0, length));
    });
    if (this.isGone) return;
    this.#state = "done";
    this.bytes = bytes;
    this.#deliver(bytes);
  }

  /** Bytes [start, end), which it has, as soon as they are there: memory that is the caller's. Not to be asked for when it is gone. */
  read(start: number, end: number): Promise<Uint8Array> {
    const found = new Promise<Uint8Array>((resolve, reject) => this.#waiting.push({ start, end, resolve, reject }));
    found.catch(() => undefined); // a reader that was aborted does not look
    this.#deliver(this.#arrived);
    return found;
  }

  /** Gives those that wait what is there. */
  #deliver(arrived: Uint8Array): void {
    this.#arrived = arrived;
    const isThere = ({ end }: WaitingRead) => end <= this.start + arrived.length;
    const served = this.#waiting.filter(isThere);
    if (served.length === 0) return;
    this.#waiting = this.#waiting.filter((read) => !isThere(read));
    for (const { start, end, resolve } of served) resolve(arrived.slice(start - this.start, end - this.start));
  }

  /** Lets go of its bytes, or stops it; whoever still waits gets `reason`. */
  drop(reason: unknown): void {
    if (this.#state === "waiting" || this.#state === "under way") this.#controller.abort(reason);
    this.#state = "gone";
    this.unread = 0;
    this.bytes = undefined;
    this.#arrived = new Uint8Array();
    for (const { reject } of this.#waiting) reject(reason);
    this.#waiting = [];
  }

  /** Somebody expects to read ranges of it. */
  announce(announcement: Announcement): void {
    this.#announcements.add(announcement);
  }

  /** Those ranges will not be read any more; bytes that others have announced are kept for them. */
  withdraw(announcement: Announcement): void {
    if (this.#announcements.delete(announcement) && this.#announcements.size === 0) this.unread = 0;
  }

  /** Notes that bytes [start, end) were read. */
  markRead(start: number, end: number): void {
    if (this.unread === 0) return;
    for (let i = indexOf(this.#announced, start); i < this.#announced.length; i++) {
      if (this.#announced[i].offset >= end) return;
      this.unread -= 1 - this.#isRead[i];
      this.#isRead[i] = 1;
    }
  }
}

/** Index of the first range that ends after byte `at`: of ranges in ascending order that do not overlap. */
function indexOf(ranges: readonly PieceRange[], at: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle].offset + ranges[middle].length <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The fewest requests for ranges: neighbours together, and long ones in pieces. */
export function planRequests(ranges: readonly PieceRange[], mergeGap: number, isAnnounced: boolean): RangeFetch[] {
  const pieces = withoutOverlaps(ranges).flatMap(inPieces);
  const endOf = (i: number) => pieces[i].offset + pieces[i].length;
  const limits = { maxGap: mergeGap, maxBytes: mostRequestBytes };
  return coalesce(pieces.length, (i) => pieces[i].offset, endOf, limits).map(({ first, last, start, end }) => {
    return new RangeFetch(start, end, isAnnounced ? pieces.slice(first, last) : []);
  });
}

function inPieces({ offset, length }: PieceRange): PieceRange[] {
  return Array.from({ length: Math.ceil(length / mostRequestBytes) }, (_, i) => {
    const begin = i * mostRequestBytes;
    return { offset: offset + begin, length: Math.min(length - begin, mostRequestBytes) };
  });
}

function withoutOverlaps(ranges: readonly PieceRange[]): PieceRange[] {
  const sorted = ranges.filter(({ length }) => length > 0).sort((a, b) => a.offset - b.offset);
  const found: PieceRange[] = [];
  for (const { offset, length } of sorted) {
    const last = found.at(-1);
    const covered = last === undefined ? offset : last.offset + last.length;
    if (offset >= covered) found.push({ offset, length });
    else if (offset + length > covered) found.push({ offset: covered, length: offset + length - covered });
  }
  return found;
}
