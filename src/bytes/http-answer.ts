import { ZarrError } from "../errors.js";
import type { OnArrival } from "./range-fetch.js";
import { untilAborted } from "./until-aborted.js";

/** Bytes of a file that are asked for; `end` is the first byte that is not. */
export type AskedRange =
  /** These, all of which the file has. */
  | { readonly start: number; readonly end: number }
  /** The first ones, or all where there are fewer. */
  | { readonly first: number }
  /** The last ones, or all where there are fewer. */
  | { readonly last: number };

/** The header `Range` for it (RFC 9110 14.1.2). */
export function rangeHeader(asked: AskedRange): string {
  if ("first" in asked) return `bytes=0-${asked.first - 1}`;
  if ("last" in asked) return `bytes=-${asked.last}`;
  return `bytes=${asked.start}-${asked.end - 1}`;
}

/** A range as a message shows it. */
export function showRange(asked: AskedRange): string {
  if ("first" in asked) return `the first ${asked.first} bytes`;
  if ("last" in asked) return `the last ${asked.last} bytes`;
  return `bytes ${asked.start} to ${asked.end}`;
}

/** The header `Content-Range`, parsed (RFC 9110 14.4). */
export interface ContentRange {
  /** `undefined` of a range that could not be satisfied. */
  readonly start: number | undefined;
  readonly end: number | undefined;
  /** Bytes of the file; `undefined` where the server does not tell. */
  readonly size: number | undefined;
}

/** Parses it; `undefined` if it is missing or malformed. */
export function contentRange({ headers }: Response): ContentRange | undefined {
  const found = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(?:(\d{1,15})|\*)$/i.exec(
    headers.get("content-range")?.trim() ?? "",
  );
  if (found === null) return undefined;
  const [start, last, size] = found.slice(1).map((digits) => (digits === undefined ? undefined : Number(digits)));
  return { start, end: last === undefined ? undefined : last + 1, size };
}

/** Compares the range that was sent with the one that was asked for. */
function isAsked(asked: AskedRange, { start, end, size }: ContentRange): boolean {
  if (start === undefined || end === undefined || end <= start || end > (size ?? end)) return false;
  if ("first" in asked) return start === 0 && end === Math.min(asked.first, size ?? asked.first);
  if ("last" in asked) return end === size && start === Math.max(0, end - asked.last);
  return start === asked.start && end === asked.end;
}

/** The body that an answer to a range must have. */
export interface ExpectedBody {
  /** Byte of the file at which it begins. */
  readonly start: number;
  readonly length: number;
  /** True if the file may end before that length. */
  readonly mayBeShorter: boolean;
}

/**
 * The body that an answer announces; `undefined` if it is not what was asked for.
 * @param isHidden - whether headers that the server does not expose are not seen
 */
export function expectedBody(
  asked: AskedRange,
  range: ContentRange | undefined,
  isHidden: boolean,
): ExpectedBody | undefined {
  if (range !== undefined) {
    const { start = 0, end = 0 } = range;
    return isAsked(asked, range) ? { start, length: end - start, mayBeShorter: false } : undefined;
  }
  if (!isHidden || "last" in asked) return undefined;
  return "first" in asked
    ? { start: 0, length: asked.first, mayBeShorter: true }
    : { start: asked.start, length: asked.end - asked.start, mayBeShorter: false };
}

/** True if an answer promises exactly these bytes: then those that have arrived are right, whatever follows. */
export function announcesLength({ headers }: Response, { length, mayBeShorter }: ExpectedBody): boolean {
  return !mayBeShorter && headers.get("content-length")?.trim() === String(length);
}

/** The ETag, if it stands for the very bytes: a weak one may not. */
export function strongEtag({ headers }: Response): string | undefined {
  const etag = headers.get("etag");
  return etag === null || /^W\//i.test(etag) ? undefined : etag;
}

/** The length of a body, compared with the length that was expected. */
export type BodyLength = "whole" | "short" | "long";

/** Bytes of a body after which its sender has time anew. */
const progressBytes = 256 * 1024;

/**
 * Reads a body of at most `most` bytes; more of it is not read.
 * @param onProgress - called after each further 256 KiB
 * @param onArrival - told of all that has arrived whenever there is more
 */
export async function readBody(
  { body }: Response,
  most: number,
  signal: AbortSignal,
  onProgress: () => void,
  onArrival?: OnArrival,
): Promise<{ readonly bytes: Uint8Array; readonly length: BodyLength }> {
  const bytes = new Uint8Array(most);
  if (body === null) return { bytes: bytes.subarray(0, 0), length: most === 0 ? "whole" : "short" };
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  let size = 0;
  let progress = 0;
  try {
    for (;;) {
      const { done, value } = await untilAborted(reader.read(), signal);
      if (done) return { bytes: bytes.subarray(0, size), length: size === most ? "whole" : "short" };
      if (size + value.length > most) return { bytes, length: "long" };
      bytes.set(value, size);
      size += value.length;
      onArrival?.(bytes, size);
      if (size - progress < progressBytes) continue;
      progress = size;
      onProgress();
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

/** Recognizes a page for people in place of the file: a login, a consent form, or the error of a proxy. */
export function isPage({ headers }: Response, beginning: Uint8Array): boolean {
  const text = new TextDecoder("latin1").decode(beginning.subarray(0, 256)).trimStart();
  if (/^<(?:!doctype html|html|head|body)/i.test(text)) return true;
  return text.startsWith("<") && /^text\/html\b/i.test(headers.get("content-type") ?? "");
}

/** @param problem - what is wrong with the answer; it tells nothing of the bytes of the file */
export function badAnswer(file: string, problem: string, details: Record<string, unknown> = {}): ZarrError {
  return new ZarrError("ERR_STORE_READ", `cannot read ${file}: ${problem}`, { file, ...details }, new Error(problem));
}
