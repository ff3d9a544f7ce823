import { isZarrError, ZarrError } from "../errors.js";
import type { PieceRange } from "./byte-range.js";
import type { ByteReadOptions, ByteSource } from "./byte-source.js";
import { HttpFile, type HttpPart, type RemoteIdentity } from "./http-file.js";
import { type HttpOptions, type HttpSettings, httpSettings } from "./http-options.js";
import { isCrossOrigin, shownUrl } from "./http-url.js";
import { RangeCache } from "./range-cache.js";
import type { FetchRange } from "./range-fetch.js";
import { RangeQueue } from "./range-queue.js";
import { untilAborted } from "./until-aborted.js";

/** The cost of reading over HTTP. */
export interface RequestCounters {
  /** Requests that were sent, repetitions and redirects among them. */
  readonly count: number;
  /** Bytes that were received. */
  readonly bytes: number;
  /** Reads that needed no request. */
  readonly cacheHits: number;
  /** Requests that were repeated. */
  readonly retries: number;
}

/** Settings that the caller of {@link HttpSource.open} does not choose. */
export interface HttpRules {
  /** The identity that the file must have; then nothing is asked for before the first read. */
  readonly known?: RemoteIdentity | undefined;
  /** Decides to which targets a redirect may lead. */
  readonly allows?: HttpSettings["allows"] | undefined;
  /** See `HttpSettings`. */
  readonly backoffMs?: number | undefined;
}

/**
 * Bytes at the beginning of a file that are asked for at once: the documents of an archive that has them first. The end, which comes
 * meanwhile, takes as long.
 */
const headBytes = 64 * 1024;

/** Bytes at its end: the longest end records of an archive, and a directory of some hundred entries. */
const tailBytes = 65 * 1024;

/** A file behind an `http:` or `https:` URL as a {@link ByteSource}: by few requests, and none for what is at hand. */
export class HttpSource implements ByteSource {
  readonly size: number;
  readonly #file: HttpFile;
  readonly #cache: RangeCache;
  readonly #queue: RangeQueue;
  #cacheHits = 0;

  private constructor(file: HttpFile, settings: HttpSettings, parts: readonly HttpPart[]) {
    this.#file = file;
    this.size = file.size ?? 0;
    this.#cache = new RangeCache(settings.cacheBytes);
    for (const { start, bytes } of parts) this.#cache.add(start, bytes, true);
    const fetch: FetchRange = async (start, end, signal, onArrival) =>
      (await file.get({ start, end }, signal, onArrival)).bytes;
    this.#queue = new RangeQueue(fetch, settings, this.#cache);
  }

  /**
   * Opens a file: its first 64 KiB and its last 65 KiB are fetched, and kept.
   * @throws ZarrError `ERR_ARGUMENT` - an option is not one of those; and as {@link read}, and the signal's reason
   */
  static async open(url: URL, options: HttpOptions = {}, rules: HttpRules = {}): Promise<HttpSource> {
    const { known, allows, backoffMs } = rules;
    const chosen = httpSettings(options, shownUrl(url));
    const settings = { ...chosen, allows: allows ?? chosen.allows, backoffMs: backoffMs ?? chosen.backoffMs };
    const file = new HttpFile(url, settings, known);
    const parts = known === undefined ? await readEnds(file, isCrossOrigin(url), options.signal) : [];
    return new HttpSource(file, settings, parts);
  }

  /** URL without query, user and password. */
  get name(): string {
    return this.#file.name;
  }

  /** The identity of the file: `known` must equal it for the file to be opened as the same. */
  get identity(): RemoteIdentity {
    return { size: this.size, etag: this.#file.etag ?? null };
  }

  get counters(): RequestCounters {
    const { requests, counters } = this.#file;
    return { count: requests, ...counters, cacheHits: this.#cacheHits };
  }

  /**
   * See `ByteSource.read`.
   * @throws ZarrError `ERR_NOT_FOUND`, `ERR_ACCESS`, `ERR_UNSUPPORTED`, `ERR_STALE_STATE`, `ERR_ZIP`, `ERR_STORE_READ` - as `HttpFile.get`
   */
  async read(offset: number, length: number, { signal }: ByteReadOptions = {}): Promise<Uint8Array> {
    signal?.throwIfAborted();
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size)) {
      const message = `cannot read ${length} bytes at ${offset} of ${this.name}: it has ${this.size}`;
      throw new ZarrError("ERR_STORE_READ", message, { file: this.name, offset });
    }
    const { start, end } = this.#missing(offset, offset + length);
    if (start === offset && end === offset + length && length > 0) return await this.#queue.read(start, end, signal);
    const bytes = new Uint8Array(length);
    this.#copyCached(bytes, offset, start);
    this.#copyCached(bytes.subarray(end - offset), end, offset + length);
    if (start < end) bytes.set(await this.#queue.read(start, end, signal), start - offset);
    else this.#cacheHits++;
    return bytes;
  }

  expect(ranges: readonly PieceRange[]): () => void {
    const missing = ranges.map(({ offset, length }) => {
      const { start, end } = this.#missing(Math.max(0, offset), Math.min(offset + length, this.size));
      return { offset: start, length: end - start };
    });
    return this.#queue.expect(missing);
  }

  async close(): Promise<void> {
    this.#queue.close(new ZarrError("ERR_CLOSED", `${this.name} was closed: open it again`, { file: this.name }));
  }

  /** The missing part of bytes [start, end), without its holes. */
  #missing(start: number, end: number): { readonly start: number; readonly end: number } {
    let from = start;
    while (from < end) {
      const cached = this.#cache.find(from);
      if (cached === undefined) break;
      from = cached.start + cached.bytes.length;
    }
    let to = end;
    while (to > from) {
      const cached = this.#cache.find(to - 1);
      if (cached === undefined) break;
      to = cached.start;
    }
    return { start: Math.min(from, end), end: Math.max(to, Math.min(from, end)) };
  }

  /** Copies bytes [start, end), which are at hand. */
  #copyCached(target: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const { start: first, bytes } = this.#cache.find(at)!;
      const stop = Math.min(end, first + bytes.length);
      target.set(bytes.subarray(at - first, stop - first), at - start);
      at = stop;
    }
  }
}

/** The beginning and the end of a file, which tell its size: together where that costs no more. */
async function readEnds(file: HttpFile, isForeign: boolean, signal: AbortSignal | undefined): Promise<HttpPart[]> {
  const own = new AbortController();
  const reading = async (): Promise<HttpPart[]> => {
    const askForHead = file.get({ first: headBytes }, own.signal);
    // A range from the end makes a browser ask for permission first, which costs as much as another request.
    const askForTail = isForeign ? undefined : file.get({ last: tailBytes }, own.signal);
    askForTail?.catch(() => undefined);
    const head = await askForHead;
    const headEnd = head.bytes.length;
    const size = file.size ?? (await file.askSize(own.signal));
    if (size <= headBytes) {
      if (headEnd === size) return [head];
      throw new ZarrError(
        "ERR_STORE_READ",
        `${file.name} has ${size} bytes, but the server sent ${headEnd}`,
        { file: file.name },
        new Error("a wrong size"),
      );
    }
    const askExactly = () => file.get({ start: Math.max(headEnd, size - tailBytes), end: size }, own.signal);
    const tail = await (askForTail?.catch((error) => {
      if (!isSuffixRefused(error)) throw error;
      return askExactly();
    }) ?? askExactly());
    return [head, tail];
  };
  try {
    return await untilAborted(reading(), signal);
  } finally {
    own.abort(new Error("the opening has ended"));
  }
}

/** True if a server may serve ranges all the same, but not those that count from the end. */
function isSuffixRefused(error: unknown): boolean {
  if (isZarrError(error, "ERR_UNSUPPORTED")) return true;
  return isZarrError(error, "ERR_STORE_READ") && [206, 400, 416, 501].includes(error.details.status as number);
}
