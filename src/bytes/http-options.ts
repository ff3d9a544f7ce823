import { ZarrError } from "../errors.js";
import type { OptionKinds } from "./check-options.js";
import { describe } from "./json.js";

/** Options for reading a file over HTTP; every option has a default. */
export interface HttpOptions {
  /** Sends a request, as the global `fetch`, which is the default. It must heed `init`: redirects are followed here, one by one. */
  readonly fetch?: HttpFetch | undefined;
  /**
   * Prepares each request, and each repetition of one, before it is sent: adds credentials, signs it, or refreshes them. What it adds is
   * never part of a state, an error or an event, and not sent to another origin. What it throws is the cause of `ERR_ACCESS`.
   */
  readonly request?: HttpPreparation | undefined;
  /** Number of repetitions of a request that fails in a way that may pass: a time-out, a reset, 408, 429 and 5xx. Default 4, 100 at most. */
  readonly retries?: number | undefined;
  /** Milliseconds for an answer to begin, and for each further 256 KiB of it, before a request is given up. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Requests under way at once. Default 10, 1,000 at most. */
  readonly concurrency?: number | undefined;
  /** Bytes between two ranges that are fetched together with them, rather than by a request for each. Default 64 KiB, 16 MiB at most. */
  readonly mergeGap?: number | undefined;
  /** Bytes of ranges that are kept to be read again, and as many that are fetched ahead. Default 64 MiB, 4 GiB at most. */
  readonly cacheBytes?: number | undefined;
  /** Ends the opening of the file with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** As the global `fetch`. */
export type HttpFetch = (request: Request, init: RequestInit) => Promise<Response>;

/** See {@link HttpOptions.request}. */
export type HttpPreparation = (request: Request) => Request | Promise<Request>;

/** Checks that a preparation gave a request. */
export function isRequest(prepared: unknown): prepared is Request {
  const { url, headers } = Object(prepared) as Partial<Request>;
  return typeof url === "string" && typeof headers === "object" && headers !== null;
}

/** {@link HttpOptions}, complete. */
export interface HttpSettings {
  readonly fetch: HttpFetch;
  readonly request: HttpPreparation | undefined;
  readonly retries: number;
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly mergeGap: number;
  readonly cacheBytes: number;
  /** Milliseconds before the first repetition, about; they double with each. */
  readonly backoffMs: number;
  /** True if a redirect may lead there. */
  readonly allows: (url: URL) => boolean;
}

/** The kinds of {@link HttpOptions}. */
export const httpOptionKinds: OptionKinds<HttpOptions> = {
  fetch: "function",
  request: "function",
  retries: "any",
  timeoutMs: "any",
  concurrency: "any",
  mergeGap: "any",
  cacheBytes: "any",
  signal: "signal",
};

/** Options that are numbers: the least, the default and the greatest. A state, which may be somebody else's, has them as well. */
export const httpNumbers = {
  retries: [0, 4, 100],
  timeoutMs: [1, 30_000, Number.MAX_SAFE_INTEGER],
  concurrency: [1, 10, 1000],
  mergeGap: [0, 64 * 1024, 16 * 2 ** 20],
  cacheBytes: [0, 64 * 2 ** 20, 4 * 2 ** 30],
} as const;

/** Called through the global object, since a program may replace it later. */
const globalFetch: HttpFetch = (request, init) => globalThis.fetch(request, init);

/**
 * Completes the options.
 * @throws ZarrError `ERR_ARGUMENT` - an option is no number, or one that is too small or too large
 */
export function httpSettings(options: HttpOptions, file: string): HttpSettings {
  const numberOf = (name: keyof typeof httpNumbers) => {
    const [least, otherwise, most] = httpNumbers[name];
    const value = options[name] ?? otherwise;
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    const message = `${name} is ${describe(value)}, expected a whole number of ${least} to ${most}`;
    throw new ZarrError("ERR_ARGUMENT", message, { file });
  };
  return {
    fetch: options.fetch ?? globalFetch,
    request: options.request,
    retries: numberOf("retries"),
    timeoutMs: numberOf("timeoutMs"),
    concurrency: numberOf("concurrency"),
    mergeGap: numberOf("mergeGap"),
    cacheBytes: numberOf("cacheBytes"),
    backoffMs: 250,
    allows: () => true,
  };
}
