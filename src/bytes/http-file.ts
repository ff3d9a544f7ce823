import { channel } from "#diagnostics";
import { isZarrError, ZarrError } from "../errors.js";
import {
  type AskedRange,
  announcesLength,
  badAnswer,
  type ContentRange,
  contentRange,
  expectedBody,
  isPage,
  rangeHeader,
  readBody,
  showRange,
  strongEtag,
} from "./http-answer.js";
import { HttpExchange, type HttpQuestion } from "./http-exchange.js";
import type { HttpSettings } from "./http-options.js";
import type { OnArrival } from "./range-fetch.js";
import { pause } from "./until-aborted.js";

/** The identity of one state of a remote file. */
export interface RemoteIdentity {
  /** Bytes of the file. */
  readonly size: number;
  /** Its strong ETag; `null` where the server gives none. */
  readonly etag: string | null;
}

/** A request, for the channel `zarrzip:request`. */
export interface RequestEvent {
  /** URL without its query. */
  readonly file: string;
  /** `HEAD` where the size alone was asked for. */
  readonly method: "GET" | "HEAD";
  /** The header `Range`. */
  readonly range: string | undefined;
  /** Status of the response; `undefined` where there was none. */
  readonly status: number | undefined;
  /** Bytes that were received. */
  readonly bytes: number;
  /** Milliseconds that it took. */
  readonly ms: number;
  /** Why it failed; left out where it did not. */
  readonly failure?: string;
}

/** Part of a file, as a server gave it. */
export interface HttpPart {
  /** Byte of the file at which it begins. */
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** A failure that may pass, so that the request is repeated. */
class Failure {
  readonly problem: string;
  readonly status: number | undefined;
  /** Milliseconds after which the server wants to be asked again. */
  readonly waitMs: number | undefined;

  constructor(problem: string, status?: number, waitMs?: number) {
    this.problem = problem;
    this.status = status;
    this.waitMs = waitMs;
  }
}

/** One try of a request. */
interface Try {
  readonly question: HttpQuestion;
  readonly signal: AbortSignal;
  /** Gives the sender time anew. */
  readonly onProgress: () => void;
  status?: number;
  bytes: number;
}

/** A server is not waited for any longer, in milliseconds, whatever it says. */
const longestWaitMs = 60_000;

/** A timer of more milliseconds ends at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Repetitions are not further apart, in milliseconds, unless the server says so. */
const longestBackoffMs = 10_000;

const requestChannel = channel("zarrzip:request");

/** One file on a server: asks for ranges of it, repeats what fails in a way that may pass, and trusts no answer. */
export class HttpFile {
  readonly #exchange: HttpExchange;
  readonly #settings: HttpSettings;
  #size: number | undefined;
  #etag: string | undefined;
  /** Bytes that were received, and requests that were repeated. */
  readonly counters = { bytes: 0, retries: 0 };

  /** @param known - what the file must be */
  constructor(url: URL, settings: HttpSettings, known?: RemoteIdentity) {
    this.#exchange = new HttpExchange(url, settings);
    this.#settings = settings;
    this.#size = known?.size;
    this.#etag = known?.etag ?? undefined;
  }

  get name(): string {
    return this.#exchange.name;
  }

  /** Bytes of the file, as soon as an answer has told. */
  get size(): number | undefined {
    return this.#size;
  }

  get etag(): string | undefined {
    return this.#etag;
  }

  /** Requests that were sent. */
  get requests(): number {
    return this.#exchange.sent;
  }

  /**
   * Reads a range.
   * @param onArrival - told of bytes before all are there, where the answer has said beforehand how many that will be
   * @throws ZarrError `ERR_NOT_FOUND` - 404, 410; `ERR_ACCESS` - 401, 403
   * @throws ZarrError `ERR_STALE_STATE` - the file has another strong ETag or size than before
   * @throws ZarrError `ERR_UNSUPPORTED` - the server does not serve ranges, or compresses them
   * @throws ZarrError `ERR_ZIP` - a page for people is in its place
   * @throws ZarrError `ERR_STORE_READ` - anything else, after retries
   */
  async get(asked: AskedRange, signal: AbortSignal, onArrival?: OnArrival): Promise<HttpPart> {
    const question = { method: "GET", range: rangeHeader(asked) } as const;
    return await this.#repeatedly(question, showRange(asked), signal, (response, attempt) => {
      return this.#part(response, asked, attempt, onArrival);
    });
  }

  /** Asks for the size alone. Throws as {@link get}. */
  async askSize(signal: AbortSignal): Promise<number> {
    return await this.#repeatedly({ method: "HEAD" }, "the size", signal, async (response) => {
      if (!response.ok) return this.#refused(response, "the size");
      const length = response.headers.get("content-length");
      this.#checkSame(response, length === null ? undefined : Number(length));
      if (this.#size !== undefined) return this.#size;
      const message = `the server of ${this.name} does not tell its size: let it expose the header Content-Range (Access-Control-Expose-Headers)`;
      throw new ZarrError("ERR_UNSUPPORTED", message, { file: this.name });
    });
  }

  async #part(
    response: Response,
    asked: AskedRange,
    attempt: Try,
    onArrival: OnArrival | undefined,
  ): Promise<HttpPart | Failure> {
    const { status } = response;
    const range = contentRange(response);
    if (status === 416) return this.#unsatisfied(response, range, asked);
    if (status !== 200 && status !== 206) return this.#refused(response, showRange(asked));
    this.#checkSame(response, status === 206 ? range?.size : undefined);
    if (status === 200) return await this.#whole(response, asked, attempt);
    this.#checkEncoding(response);
    const expected = expectedBody(asked, range, this.#exchange.hidesHeaders);
    if (expected === undefined) {
      const found = response.headers.get("content-range");
      const told = found === null ? "without a Content-Range" : `with the Content-Range ${JSON.stringify(found)}`;
      throw badAnswer(this.name, `asked for ${showRange(asked)}, the server answered ${told}`, { status });
    }
    const early = announcesLength(response, expected) ? onArrival : undefined;
    const { bytes, length } = await this.#body(response, expected.length, attempt, early);
    if ("first" in asked && isPage(response, bytes)) throw this.#page();
    if (length === "whole" || (length === "short" && expected.mayBeShorter)) return { start: expected.start, bytes };
    const sent = length === "long" ? `more than ${expected.length}` : bytes.length;
    return new Failure(`the server sent ${sent} of the ${expected.length} bytes that it had announced`, status);
  }

  /** The whole file, where it is no longer than the beginning that was asked for: of a server that does not serve ranges. */
  async #whole(response: Response, asked: AskedRange, attempt: Try): Promise<HttpPart | Failure> {
    const isText = /^text\/html\b/i.test(response.headers.get("content-type") ?? "");
    const told = response.headers.get("content-length");
    if ("first" in asked && (isText || told === null || Number(told) <= asked.first)) {
      const { bytes, length } = await this.#body(response, asked.first, attempt);
      if (isPage(response, bytes)) throw this.#page();
      this.#checkEncoding(response);
      const isCut = told !== null && Number(told) !== bytes.length;
      if (length !== "long" && isCut) return new Failure(`the server sent ${bytes.length} of ${told} bytes`, 200);
      if (length !== "long") {
        this.#checkSame(response, bytes.length);
        return { start: 0, bytes };
      }
    } else if (isText) throw this.#page();
    this.#checkEncoding(response);
    const message = `the server of ${this.name} does not serve ranges: it answered a request for ${showRange(asked)} with all of the file; fetch it, and open the bytes`;
    throw new ZarrError("ERR_UNSUPPORTED", message, { file: this.name, status: response.status });
  }

  #unsatisfied(response: Response, range: ContentRange | undefined, asked: AskedRange): HttpPart {
    if (range?.size !== undefined) this.#checkSame(response, range.size);
    // Where the header is not exposed, the size is asked for, and held against this.
    const mayBeEmpty = range === undefined && "first" in asked && this.#exchange.hidesHeaders;
    if (range?.size === 0 || mayBeEmpty) return { start: 0, bytes: new Uint8Array() };
    throw badAnswer(this.name, `the server says that the file does not have ${showRange(asked)}`, { status: 416 });
  }

  /** The meaning of an answer without bytes of the file. */
  #refused(response: Response, what: string): Failure {
    const { status } = response;
    const details = { file: this.name, status };
    if (status === 401 || status === 403) {
      const advice =
        this.#settings.request === undefined
          ? "the option request adds credentials; a state has neither these nor the query of a URL"
          : "with what the option request added, too";
      throw new ZarrError("ERR_ACCESS", `the server refuses to give ${this.name} (${status}): ${advice}`, details);
    }
    if (status === 404 || status === 410) {
      throw new ZarrError("ERR_NOT_FOUND", `there is no ${this.name} (${status})`, details);
    }
    if (status === 408 || status === 429 || status >= 500) {
      return new Failure(`the server answered ${status}`, status, retryAfter(response));
    }
    throw badAnswer(this.name, `asked for ${what}, the server answered ${status}`, { status });
  }

  /** Holds an answer against those before it. */
  #checkSame(response: Response, size: number | undefined): void {
    const etag = strongEtag(response);
    const isOther = (now: unknown, before: unknown) => now !== undefined && before !== undefined && now !== before;
    if (isOther(etag, this.#etag) || isOther(size, this.#size)) {
      const show = (e: string | undefined, s: number | undefined) => `${s ?? "unknown"} bytes, ETag ${e ?? "unknown"}`;
      const message = `${this.name} was replaced: ${show(etag, size)}, expected ${show(this.#etag, this.#size)}; open it again`;
      throw new ZarrError("ERR_STALE_STATE", message, { file: this.name });
    }
    this.#etag ??= etag;
    this.#size ??= size;
  }

  #checkEncoding({ headers, status }: Response): void {
    const encoding = headers.get("content-encoding");
    if (encoding === null || /^\s*(?:identity)?\s*$/i.test(encoding)) return;
    const message = `the server sends ${this.name} with Content-Encoding ${encoding}, of which ranges mean nothing: switch that off for this file`;
    throw new ZarrError("ERR_UNSUPPORTED", message, { file: this.name, status });
  }

  #page(): ZarrError {
    const message = `the server sent a page of HTML in place of ${this.name}: a login, an error, or the page that shows the file`;
    return new ZarrError("ERR_ZIP", message, { file: this.name });
  }

  async #body(response: Response, most: number, attempt: Try, onArrival?: OnArrival) {
    const body = await readBody(response, most, attempt.signal, attempt.onProgress, onArrival);
    attempt.bytes = body.bytes.length;
    this.counters.bytes += body.bytes.length;
    return body;
  }

  /** Sends a request until it succeeds, fails for good, or has failed too often. */
  async #repeatedly<T extends object | number>(
    question: HttpQuestion,
    what: string,
    signal: AbortSignal,
    judge: (response: Response, attempt: Try) => Promise<T | Failure>,
  ): Promise<T> {
    let isPreparedAnew = this.#settings.request === undefined;
    for (let failures = 0; ; ) {
      const outcome = await this.#once(question, signal, judge).catch((error) => {
        if (isPreparedAnew || !isZarrError(error, "ERR_ACCESS") || error.details.status === undefined) throw error;
        return undefined;
      });
      if (outcome !== undefined && !(outcome instanceof Failure)) return outcome;
      this.counters.retries++;
      if (outcome === undefined) {
        isPreparedAnew = true; // credentials may have expired
        continue;
      }
      const { problem, status, waitMs } = outcome;
      if (failures === this.#settings.retries) {
        this.counters.retries--;
        const tries = failures + 1;
        throw badAnswer(this.name, `asked for ${what} ${tries} times: ${problem}`, { status, tries });
      }
      const backoff = Math.min(longestBackoffMs, this.#settings.backoffMs * 2 ** failures) * (0.5 + Math.random() / 2);
      await pause(waitMs ?? backoff, signal);
      failures++;
    }
  }

  async #once<T>(
    question: HttpQuestion,
    signal: AbortSignal,
    judge: (response: Response, attempt: Try) => Promise<T | Failure>,
  ): Promise<T | Failure> {
    signal.throwIfAborted();
    const own = new AbortController();
    const stop = () => own.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    const timeoutMs = Math.min(this.#settings.timeoutMs, longestTimerMs);
    let isLate = false;
    const expire = () => {
      isLate = true;
      own.abort(new Error("time-out"));
    };
    let timer = setTimeout(expire, timeoutMs);
    const onProgress = () => {
      clearTimeout(timer);
      timer = setTimeout(expire, timeoutMs);
    };
    const attempt: Try = { question, signal: own.signal, onProgress, bytes: 0 };
    const begin = performance.now();
    const tell = (failure?: string) => this.#tell(attempt, performance.now() - begin, failure);
    try {
      const response = await this.#exchange.send(question, own.signal);
      attempt.status = response.status;
      const outcome = await judge(response, attempt);
      tell(outcome instanceof Failure ? outcome.problem : undefined);
      return outcome;
    } catch (error) {
      signal.throwIfAborted();
      if (isZarrError(error)) {
        tell(error.message);
        throw error;
      }
      const code = isLate ? `no answer, or no more of it, within ${timeoutMs} ms` : codeOf(error);
      tell(code);
      if (lastingFailure.test(code)) throw badAnswer(this.name, code);
      const advice = this.#exchange.hidesHeaders ? ", or it does not allow requests from other origins (CORS)" : "";
      return new Failure(isLate ? code : `the connection failed (${code})${advice}`, attempt.status);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      own.abort(); // what is left of a body that nobody wants
    }
  }

  #tell({ question, status, bytes }: Try, ms: number, failure: string | undefined): void {
    if (!requestChannel.hasSubscribers) return;
    const { method, range } = question;
    const told = failure === undefined ? {} : { failure };
    const event: RequestEvent = { file: this.name, method, range, status, bytes, ms, ...told };
    requestChannel.publish(event);
  }
}

/** Failures that do not pass by themselves: no such host, and certificates that are not trusted. */
const lastingFailure = /^(?:ENOTFOUND|ERR_INVALID|ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_)/;

/** Why `fetch` failed, by a code or name: messages may have the URL with its query, or headers. */
function codeOf(error: unknown): string {
  const { code, name, cause } = Object(error) as { code?: unknown; name?: unknown; cause?: { code?: unknown } };
  const found = [Object(cause).code, code, name].find((text) => typeof text === "string" && /^\w{1,60}$/.test(text));
  return (found as string | undefined) ?? "unknown";
}

/** Milliseconds that the header `Retry-After` asks for (RFC 9110 10.2.3), within bounds. */
function retryAfter({ headers }: Response): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (!text) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), longestWaitMs);
}
