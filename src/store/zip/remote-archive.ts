import type { ByteSource } from "../../bytes/byte-source.js";
import type { RemoteIdentity } from "../../bytes/http-file.js";
import type { HttpSource, RequestCounters } from "../../bytes/http-source.js";
import { shownUrl } from "../../bytes/http-url.js";
import { ZarrError } from "../../errors.js";
import type { RestoreOptions } from "../restore-options.js";
import { isUrlAllowed } from "../url-roots.js";
import { type RemoteOptions, type RemoteSettings, remoteSettings } from "./remote-options.js";
import type { ZipStoreState } from "./zip-store-state.js";

/** The receiver's additions to a state: functions, which no state has, and rules. */
export type RemoteRules = Pick<RestoreOptions, "fetch" | "request" | "roots">;

/** An archive behind a URL: opened when it is first read. */
export class RemoteArchive {
  readonly url: URL;
  readonly settings: RemoteSettings;
  readonly #options: RemoteOptions;
  readonly rules: RemoteRules;
  readonly #known: RemoteIdentity | undefined;
  #source: Promise<HttpSource> | undefined;
  #opened: HttpSource | undefined;

  /**
   * @param known - what the file must be
   * @throws ZarrError `ERR_ARGUMENT` - an option is not one of those
   */
  constructor(url: URL, options: RemoteOptions, rules: RemoteRules = options, known?: RemoteIdentity) {
    this.url = url;
    this.settings = remoteSettings(options, shownUrl(url));
    this.#options = options;
    this.rules = rules;
    this.#known = known;
  }

  /**
   * An archive as a state describes it.
   * @throws ZarrError `ERR_STATE` - `roots` is given, and the URL lies below none of them
   */
  static restored(
    url: URL,
    { verify, ...settings }: RemoteSettings,
    rules: RemoteRules,
    known: RemoteIdentity | undefined,
  ): RemoteArchive {
    const { fetch, request, roots } = rules;
    if (roots !== undefined && !isUrlAllowed(url, roots)) {
      const message = `the state names ${shownUrl(url)}, which is not below one of the allowed roots: ${roots.join(", ")}`;
      throw new ZarrError("ERR_STATE", message, { file: shownUrl(url) });
    }
    return new RemoteArchive(url, { ...settings, verify: verify ?? undefined, fetch, request }, rules, known);
  }

  /** Its source, the same for all who ask: it is closed by {@link close} alone. */
  async open(): Promise<ByteSource> {
    this.#source ??= this.#open();
    const source = await this.#source;
    return {
      name: source.name,
      size: source.size,
      read: (offset, length, options) => source.read(offset, length, options),
      expect: (ranges) => source.expect(ranges),
    };
  }

  async #open(): Promise<HttpSource> {
    const { roots } = this.rules;
    const allows = roots && ((url: URL) => isUrlAllowed(url, roots));
    try {
      const { HttpSource } = await import("../../bytes/http-source.js"); // not for whoever reads files alone
      this.#opened = await HttpSource.open(this.url, this.#options, { known: this.#known, allows });
      return this.#opened;
    } catch (error) {
      this.#source = undefined; // the next use tries again
      throw error;
    }
  }

  /** The identity of the file; `undefined` before it was opened. */
  get identity(): RemoteIdentity | undefined {
    return this.#opened?.identity ?? this.#known;
  }

  /** True if a strong ETag tells that the file is the one that was handed over. */
  get isKnown(): boolean {
    return typeof this.#known?.etag === "string";
  }

  get counters(): RequestCounters {
    return this.#opened?.counters ?? noRequests;
  }

  /** The description of the file in a state. @param isShared - whether the state stays in this process */
  stateMembers(isShared = false): Pick<ZipStoreState, "url" | "http" | "sharedUrl"> {
    const members = { url: shownUrl(this.url), http: { ...this.settings } };
    if (!isShared || this.url.href === members.url) return members;
    return { ...members, sharedUrl: new TextEncoder().encode(this.url.href).slice().buffer };
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    const source = await this.#source?.catch(() => undefined);
    await source?.close();
  }
}

/** The URL of a state, with what only another thread gets of it. */
export function wholeUrl(url: string, shared: ArrayBuffer | undefined): URL {
  return new URL(shared === undefined ? url : new TextDecoder().decode(shared));
}

/** The identity that a remote file must have, as far as a state says. */
export function knownIn({ size, etag }: ZipStoreState["identity"]): RemoteIdentity | undefined {
  return size === undefined || etag === undefined ? undefined : { size, etag };
}

/** The counters of what is not read over HTTP. */
export const noRequests: RequestCounters = { count: 0, bytes: 0, cacheHits: 0, retries: 0 };
