import type { OptionKinds } from "../../bytes/check-options.js";
import { type HttpOptions, httpNumbers, httpOptionKinds, httpSettings } from "../../bytes/http-options.js";
import { ZarrError } from "../../errors.js";
import { asRecord, isCount, type Refusal } from "../state-members.js";

/** Options for reading an archive behind a URL. */
export interface RemoteOptions extends HttpOptions {
  /**
   * `whole`: a part of a stored value is cut out of the whole value, which is read and held against its checksum. By default such a part is
   * read alone, and `stats().reads.unverified` counts it.
   */
  readonly verify?: "whole" | undefined;
}

/** The kinds of {@link RemoteOptions}. */
export const remoteOptionKinds: OptionKinds<RemoteOptions> = { ...httpOptionKinds, verify: "any" };

/** The options that a state can hold, complete. */
export interface RemoteSettings {
  /** Number of repetitions of a request: see {@link RemoteOptions.retries}. */
  readonly retries: number;
  /** Milliseconds: see {@link RemoteOptions.timeoutMs}. */
  readonly timeoutMs: number;
  /** Requests at once: see {@link RemoteOptions.concurrency}. */
  readonly concurrency: number;
  /** Bytes: see {@link RemoteOptions.mergeGap}. */
  readonly mergeGap: number;
  /** Bytes: see {@link RemoteOptions.cacheBytes}. */
  readonly cacheBytes: number;
  /** See {@link RemoteOptions.verify}; `null` where parts are read alone. */
  readonly verify: "whole" | null;
}

/**
 * Completes the options of a remote archive.
 * @throws ZarrError `ERR_ARGUMENT` - an option is not one of those
 */
export function remoteSettings(options: RemoteOptions, file: string): RemoteSettings {
  const { retries, timeoutMs, concurrency, mergeGap, cacheBytes } = httpSettings(options, file);
  const { verify = null } = options;
  if (verify !== null && verify !== "whole") {
    throw new ZarrError("ERR_ARGUMENT", `verify is ${JSON.stringify(verify)}, expected "whole"`, { file });
  }
  return { retries, timeoutMs, concurrency, mergeGap, cacheBytes, verify };
}

/** The options among others that are of remote archives. */
export function remoteOptionsOf(options: RemoteOptions): RemoteOptions {
  const found: Record<string, unknown> = {};
  for (const name of Object.keys(remoteOptionKinds) as (keyof RemoteOptions)[]) {
    if (options[name] !== undefined) found[name] = options[name];
  }
  return found;
}

/** @throws ZarrError `ERR_ARGUMENT` - an option of remote archives was given for another one */
export function refuseRemoteOptions(options: RemoteOptions, file: string): void {
  const [name] = Object.keys(remoteOptionsOf(options));
  if (name === undefined) return;
  const message = `the option ${name} is for http: and https: URLs, and ${file} is not one`;
  throw new ZarrError("ERR_ARGUMENT", message, { file });
}

/** A copy of complete settings. @throws what `refuse` makes */
export function parseRemoteSettings(value: unknown, refuse: Refusal): RemoteSettings {
  const settings = asRecord(value, "http", refuse, [...Object.keys(httpNumbers), "verify"]);
  for (const [name, [least, , most]] of Object.entries(httpNumbers)) {
    const count = settings[name];
    if (!isCount(count) || count < least || count > most) {
      throw refuse(`http.${name}`, count, `an integer of ${least} to ${most}`);
    }
  }
  if (settings.verify !== null && settings.verify !== "whole") {
    throw refuse("http.verify", settings.verify, 'null or "whole"');
  }
  return { ...(settings as unknown as RemoteSettings) };
}
