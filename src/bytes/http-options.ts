import { ZarrError } from "../errors.js";
import type { OptionKinds } from "./check-options.js";
import { describe } from "./json.js";

/** How to read a file over HTTP; every option has a default that serves. */
export interface HttpOptions {
  /** Sends a request, as the global `fetch`, which is the default. It must heed `init`: redirects are followed here, one by one. */
  readonly fetch?: HttpFetch | undefined;
  /**
   * Prepares each request, and each repetition of one, before it is sent: adds credentials, signs it, or refreshes them. What it adds is
   * never part of a state, an error or an event, and not sent to another origin. What it throws is the cause of `ERR_ACCESS`.
   */
  readonly request?: HttpPreparation | undefined;
  /** Number of repetitions of a request that fails in a way that may pass: a time-out, a reset, 408, 429 and 5xx. Default 4. */
  readonly retries?: number | undefined;
  /** Milliseconds for an answer to begin, and for each further 256 KiB of it, before a request is given up. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Requests under way at once. Default 10. */
  readonly concurrency?: number | undefined;
  /** Bytes between two ranges that are fetched together with them, rather than by a request for each. Default 64 KiB. */
  readonly mergeGap?: number | undefined;
  /** Bytes of ranges that are kept to be read again, and as many that are fetched ahead. Default 64 MiB. */
  readonly cacheBytes?: number | undefined;
  /** Ends the opening of the file with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** As the global `fetch`. */
export type HttpFetch = (request: Request, init: RequestInit) => Promise<Response>;

/** See {@link HttpOptions.request}. */
export type HttpPreparation = (request: Request) => Request | Promise<Request>;

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
  /** Whether a redirect may lead there. */
  readonly allows: (url: URL) => boolean;
}

/** What {@link HttpOptions} are. */
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

/** Called through the global object, since a program may replace it later. */
const globalFetch: HttpFetch = (request, init) => globalThis.fetch(request, init);

/**
 * Completes the options.
 * @throws ZarrError `ERR_ARGUMENT` - a number is none, or too small
 */
export function httpSettings(options: HttpOptions, file: string): HttpSettings {
  const numberOf = (name: keyof HttpOptions, otherwise: number, least: number) => {
    const value = options[name] ?? otherwise;
    if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
    const message = `${name} is ${describe(value)}, expected a whole number of at least ${least}`;
    throw new ZarrError("ERR_ARGUMENT", message, { file });
  };
  return {
    fetch: options.fetch ?? globalFetch,
    request: options.request,
    retries: numberOf("retries", 4, 0),
    timeoutMs: numberOf("timeoutMs", 30_000, 1),
    concurrency: numberOf("concurrency", 10, 1),
    mergeGap: numberOf("mergeGap", 64 * 1024, 0),
    cacheBytes: numberOf("cacheBytes", 64 * 2 ** 20, 0),
    backoffMs: 250,
    allows: () => true,
  };
}
