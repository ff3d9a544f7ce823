import type { PieceRange } from "./byte-range.js";
import type { RangeCache } from "./range-cache.js";
import { type Announcement, type FetchRange, mostRequestBytes, planRequests, RangeFetch } from "./range-fetch.js";
import { nextTurn } from "./turn.js";
import { untilAborted } from "./until-aborted.js";

/** The number and size of requests. */
export interface RangeQueueSettings {
  /** Requests under way at once. */
  readonly concurrency: number;
  /** Bytes between two ranges that are fetched together. */
  readonly mergeGap: number;
  /** Bytes that are fetched ahead, at most. */
  readonly cacheBytes: number;
}

/** A read that waits for the end of the turn, and for a request to be possible, to be merged with others. */
interface GatheredRead {
  readonly start: number;
  readonly end: number;
  readonly signal: AbortSignal | undefined;
  /** @param assigned - left out where several requests have its bytes, or will */
  readonly assign: (assigned?: AssignedFetch) => void;
}

/** A request that a read waits for, and what it gives to that. */
interface AssignedFetch {
  readonly fetch: RangeFetch;
  readonly bytes: Promise<Uint8Array>;
}

/** Requests that belong together, in ascending order; none overlaps another. */
interface Plan {
  readonly fetches: readonly RangeFetch[];
  /** Index of the first that has not been begun ahead. */
  next: number;
}

/**
 * Makes requests of reads: those of one turn of the event loop, or that have to wait anyway, are merged, those for the same bytes share one,
 * and what nobody waits for any more is stopped. Ranges that were announced, whoever announced them, are merged in the same way, and fetched
 * ahead.
 */
export class RangeQueue {
  readonly #fetch: FetchRange;
  readonly #settings: RangeQueueSettings;
  /** Gets what was fetched. */
  readonly #cache: RangeCache;
  readonly #plans = new Set<Plan>();
  #gathered: GatheredRead[] = [];
  /** The reads announced since requests were planned. */
  readonly #announced = new Set<Announcement>();
  #isGathering = false;
  /** True if the turn has ended in which the first of those came. */
  #isDue = false;
  /** Requests that reads wait for, in their order. */
  readonly #wanted: RangeFetch[] = [];
  #underWay = 0;
  /** Bytes that were fetched ahead, or are being, and have not been read. */
  #ahead = 0;
  #closed: { readonly reason: unknown } | undefined;

  constructor(fetch: FetchRange, settings: RangeQueueSettings, cache: RangeCache) {
    this.#fetch = fetch;
    this.#settings = settings;
    this.#cache = cache;
  }

  /** Bytes [start, end): memory that is the caller's. Rejects with the signal's reason once aborted. */
  async read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
    const parts: Promise<Uint8Array>[] = [];
    for (let at = start; at < end; ) {
      const { fetch, stop } = this.#lookUp(at, Math.min(end, at + mostRequestBytes));
      parts.push(this.#readPart(at, stop, fetch, signal));
      at = stop;
    }
    if (parts.length === 1) return await parts[0];
    const bytes = new Uint8Array(end - start);
    let offset = 0;
    for (const part of await Promise.all(parts)) {
      bytes.set(part, offset);
      offset += part.length;
    }
    return bytes;
  }

  /** See `ByteSource.expect`. */
  expect(ranges: readonly PieceRange[]): () => void {
    const announcement: Announcement = { ranges, fetches: new Set() };
    this.#announced.add(announcement);
    this.#gatherTurn();
    return () => {
      this.#announced.delete(announcement);
      for (const fetch of announcement.fetches) this.#settle(fetch, () => fetch.withdraw(announcement));
      this.#dropUsed();
      this.#pump();
    };
  }

  /** Stops everything: reads under way reject with `reason`, and so do later ones. */
  close(reason: unknown): void {
    this.#closed = { reason };
    for (const { fetches } of this.#plans) for (const fetch of fetches) fetch.drop(reason);
    this.#plans.clear();
    this.#announced.clear();
    this.#plan();
  }

  /** The request that has byte `at`, if one is planned or under way, and where what it has of [at, end) stops. */
  #lookUp(at: number, end: number): { readonly fetch: RangeFetch | undefined; readonly stop: number } {
    let stop = end;
    for (const { fetches } of this.#plans) {
      for (let i = indexAt(fetches, at); i < fetches.length && fetches[i].start < stop; i++) {
        const fetch = fetches[i];
        if (fetch.isGone) continue;
        if (fetch.start <= at) return { fetch, stop: Math.min(end, fetch.end) };
        stop = fetch.start;
      }
    }
    return { fetch: undefined, stop };
  }

  async #readPart(
    start: number,
    end: number,
    known: RangeFetch | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    if (this.#closed !== undefined) throw this.#closed.reason;
    const assigned = known ? this.#join(known, start, end) : await this.#gather(start, end, signal);
    if (assigned === undefined) return await this.read(start, end, signal);
    const { fetch, bytes } = assigned;
    try {
      return await untilAborted(bytes, signal);
    } finally {
      this.#settle(fetch, () => {
        fetch.readers--;
        fetch.markRead(start, end);
      });
      this.#pump();
    }
  }

  #join(fetch: RangeFetch, start: number, end: number): AssignedFetch {
    const assigned = { fetch, bytes: fetch.read(start, end) };
    fetch.readers++;
    if (fetch.isWaiting && fetch.readers === 1) {
      this.#wanted.push(fetch);
      this.#pump();
    }
    return assigned;
  }

  /** Changes who wants a request, and lets go of it if nobody does. */
  #settle(fetch: RangeFetch, change: () => void): void {
    if (fetch.isGone) return;
    const held = fetch.heldBytes;
    change();
    this.#ahead += fetch.heldBytes - held;
    if (fetch.readers > 0 || fetch.unread > 0) return;
    const { bytes } = fetch;
    if (bytes !== undefined) this.#cache.add(fetch.start, bytes);
    fetch.drop(new Error("nobody waits for it any more"));
  }

  /** The request that will have bytes [start, end). */
  async #gather(start: number, end: number, signal: AbortSignal | undefined): Promise<AssignedFetch | undefined> {
    const assigned = new Promise<AssignedFetch | undefined>((assign) => {
      this.#gathered.push({ start, end, signal, assign });
    });
    this.#gatherTurn();
    return await untilAborted(assigned, signal);
  }

  /** Waits for the end of the turn, for all that is gathered in it. */
  #gatherTurn(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    void nextTurn().then(() => {
      this.#isDue = true;
      this.#pump();
    });
  }

  /** Makes requests of what was gathered: of what was announced, so that reads find it, and then of other reads. */
  #plan(): void {
    const reads = this.#gathered.filter(({ signal }) => !signal?.aborted);
    this.#gathered = [];
    this.#isGathering = false;
    this.#isDue = false;
    this.#planAnnounced();
    const ranges: PieceRange[] = [];
    const others: GatheredRead[] = [];
    for (const read of reads) {
      const { start, end, assign } = read;
      const { fetch, stop } = this.#lookUp(start, end);
      if (fetch === undefined && stop === end) {
        others.push(read);
        ranges.push({ offset: start, length: end - start });
      } else assign(stop === end && fetch !== undefined ? this.#join(fetch, start, end) : undefined);
    }
    const fetches = planRequests(ranges, this.#settings.mergeGap, false);
    if (fetches.length > 0) this.#plans.add({ fetches, next: fetches.length });
    for (const { start, end, assign } of others) {
      let fetch = fetches[indexAt(fetches, start)];
      if (fetch.isGone || fetch.end < end) {
        fetch = new RangeFetch(start, end); // what two long reads have in common is rare, and fetched twice
        this.#plans.add({ fetches: [fetch], next: 1 });
      }
      assign(this.#join(fetch, start, end));
      if (this.#closed !== undefined) fetch.drop(this.#closed.reason);
    }
  }

  #planAnnounced(): void {
    if (this.#announced.size === 0) return;
    const missing: PieceRange[] = [];
    for (const { ranges } of this.#announced) {
      for (const { offset, length } of ranges) {
        for (let at = offset; at < offset + length; ) {
          const { fetch, stop } = this.#lookUp(at, offset + length);
          if (fetch === undefined) missing.push({ offset: at, length: stop - at });
          at = stop;
        }
      }
    }
    const fetches = planRequests(missing, this.#settings.mergeGap, true);
    if (fetches.length > 0) this.#plans.add({ fetches, next: 0 });
    for (const announcement of this.#announced) {
      for (const { offset, length } of announcement.ranges) {
        for (let at = offset; at < offset + length; ) {
          const { fetch, stop } = this.#lookUp(at, offset + length);
          fetch?.announce(announcement);
          if (fetch !== undefined) announcement.fetches.add(fetch);
          at = stop;
        }
      }
    }
    this.#announced.clear();
  }

  #pump(): void {
    while (this.#underWay < this.#settings.concurrency) {
      if (this.#wanted.length === 0 && this.#isDue) {
        this.#plan(); // which begins requests, too
        continue;
      }
      const fetch = this.#wanted.shift() ?? this.#nextAhead();
      if (fetch === undefined) return;
      if (fetch.isWaiting) this.#begin(fetch);
    }
  }

  /** The next announced request, if there is room for what it will fetch. */
  #nextAhead(): RangeFetch | undefined {
    for (const plan of this.#plans) {
      while (plan.next < plan.fetches.length && !plan.fetches[plan.next].isWaiting) plan.next++;
      const fetch = plan.fetches[plan.next];
      if (fetch === undefined) continue;
      return this.#ahead === 0 || this.#ahead + fetch.length <= this.#settings.cacheBytes ? fetch : undefined;
    }
    return undefined;
  }

  #begin(fetch: RangeFetch): void {
    this.#underWay++;
    const fetched = fetch.begin(this.#fetch);
    this.#ahead += fetch.heldBytes;
    void fetched
      .catch((error) => {
        this.#ahead -= fetch.heldBytes;
        fetch.drop(error); // a later read asks anew
      })
      .finally(() => {
        this.#underWay--;
        this.#dropUsed();
        this.#pump();
      });
  }

  /** Plans of which everything was read, or is in the cache, are of no use any more. */
  #dropUsed(): void {
    for (const plan of this.#plans) if (plan.fetches.every(({ isGone }) => isGone)) this.#plans.delete(plan);
  }
}

/** Index of the first request that ends after byte `at`. */
function indexAt(fetches: readonly RangeFetch[], at: number): number {
  let low = 0;
  let high = fetches.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (fetches[middle].end <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
