import { ZarrError } from "../errors.js";
import { type HttpSettings, isRequest } from "./http-options.js";
import { isCrossOrigin, ownOrigin, shownUrl } from "./http-url.js";
import { describe } from "./json.js";
import { untilAborted } from "./until-aborted.js";

/** The request to send, the same for every try. */
export interface HttpQuestion {
  readonly method: "GET" | "HEAD";
  /** The value of the header `Range`. */
  readonly range?: string;
}

/** Redirects that are followed, one after the other. */
const mostRedirects = 10;

/** The target of a redirect. */
interface Target {
  readonly url: URL;
  /** True while no redirect has left the origin of the file: only then is `request` asked to prepare these requests, too. */
  readonly isOwn: boolean;
}

/** Sends requests for one URL. Redirects are followed here, so that what the caller adds to a request does not reach another origin. */
export class HttpExchange {
  readonly name: string;
  readonly #start: Target;
  readonly #settings: HttpSettings;
  /** The targets of the last redirects, which saves them from then on. */
  #target: Target | undefined;
  /** True where redirects are hidden, as in browsers, so that the platform has to follow them. */
  #followsUnseen = false;
  readonly #authorization: string | undefined;
  /** Requests that were sent. */
  sent = 0;

  constructor(url: URL, settings: HttpSettings) {
    const bare = new URL(url);
    bare.username = "";
    bare.password = "";
    bare.hash = "";
    this.name = shownUrl(url);
    this.#start = { url: bare, isOwn: true };
    this.#settings = settings;
    this.#authorization = basicAuthorization(url);
  }

  /**
   * The response to a question, after redirects.
   * @throws ZarrError `ERR_ACCESS` - the caller's `request` failed; `ERR_STORE_READ` - a redirect leads nowhere
   * @throws what `fetch` throws
   */
  async send(question: HttpQuestion, signal: AbortSignal): Promise<Response> {
    const known = this.#target;
    const response = await this.#follow(question, known ?? this.#start, signal);
    // The link behind a redirect may be one that has expired.
    if (known === undefined || response.status < 400 || response.status === 416 || response.status >= 500)
      return response;
    void response.body?.cancel().catch(() => undefined);
    this.#target = undefined;
    return await this.#follow(question, this.#start, signal);
  }

  async #follow(question: HttpQuestion, from: Target, signal: AbortSignal): Promise<Response> {
    let target = from;
    for (let redirects = 0; ; redirects++) {
      const { response, url } = await this.#sendTo(question, target, signal);
      const location = isRedirect(response) ? response.headers.get("location") : null;
      if (location === null) {
        if (this.#followsUnseen && response.url !== "") this.#checkAllowed(new URL(response.url));
        if (redirects > 0 && response.ok) this.#target = target;
        return response;
      }
      void response.body?.cancel().catch(() => undefined);
      if (redirects === mostRedirects) throw this.#misled(`more than ${mostRedirects} redirects follow one another`);
      target = this.#next(location, url, target.isOwn);
    }
  }

  #next(location: string, from: URL, wasOwn: boolean): Target {
    let url: URL;
    try {
      url = new URL(location, from);
    } catch {
      throw this.#misled("it redirects to what is no URL");
    }
    if (url.protocol !== "https:" && !(url.protocol === "http:" && from.protocol === "http:")) {
      throw this.#misled(`it redirects from ${from.protocol} to ${url.protocol}`);
    }
    this.#checkAllowed(url);
    url.username = "";
    url.password = "";
    return { url, isOwn: wasOwn && url.origin === from.origin };
  }

  /** The response of one server, and the URL that it is of: the caller may have sent the request elsewhere. */
  async #sendTo(
    { method, range }: HttpQuestion,
    { url, isOwn }: Target,
    signal: AbortSignal,
  ): Promise<{ readonly response: Response; readonly url: URL }> {
    const headers = new Headers(range === undefined ? { "accept-encoding": "identity" } : { range });
    if (isOwn && this.#authorization !== undefined) headers.set("authorization", this.#authorization);
    const plain = new Request(url, { method, headers });
    const request = isOwn ? await untilAborted(this.#prepare(plain), signal) : plain;
    if (range !== undefined) request.headers.set("range", range); // a URL that was signed is often all that the caller gives
    this.sent++;
    const redirect = this.#followsUnseen ? "follow" : "manual";
    // Browsers send requests of one URL one after the other if an answer may come from their cache.
    const caching = ownOrigin() === undefined ? {} : { cache: "no-store" as const };
    const response = await untilAborted(this.#settings.fetch(request, { signal, redirect, ...caching }), signal);
    if (response.type !== "opaqueredirect") return { response, url: new URL(request.url) };
    this.#followsUnseen = true;
    return await this.#sendTo({ method, ...(range === undefined ? {} : { range }) }, { url, isOwn }, signal);
  }

  async #prepare(request: Request): Promise<Request> {
    const { request: prepare } = this.#settings;
    if (prepare === undefined) return request;
    let prepared: Request;
    try {
      prepared = await prepare(request);
    } catch (cause) {
      const message = `${this.name} was not asked: the option request failed`;
      throw new ZarrError("ERR_ACCESS", message, { file: this.name }, cause ?? new Error("it gave no reason"));
    }
    if (isRequest(prepared)) return prepared;
    const message = `the option request gave ${describe(prepared)}, expected the Request to send`;
    throw new ZarrError("ERR_ARGUMENT", message, { file: this.name });
  }

  #checkAllowed(url: URL): void {
    if (this.#settings.allows(url)) return;
    const message = `${this.name} redirects to ${shownUrl(url)}, which is not below one of the allowed roots`;
    throw new ZarrError("ERR_STATE", message, { file: this.name });
  }

  #misled(problem: string): ZarrError {
    const cause = new Error(problem);
    return new ZarrError("ERR_STORE_READ", `cannot read ${this.name}: ${problem}`, { file: this.name }, cause);
  }

  /** True where headers that the server does not expose are hidden. */
  get hidesHeaders(): boolean {
    return isCrossOrigin(this.#target?.url ?? this.#start.url);
  }
}

function isRedirect({ status }: Response): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** The header that user and password in a URL stand for, which `fetch` refuses there. */
function basicAuthorization({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  const bytes = new TextEncoder().encode(`${unescaped(username)}:${unescaped(password)}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** A part of a URL without its escapes; a percent sign that begins none stands for itself, as for other programs. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
