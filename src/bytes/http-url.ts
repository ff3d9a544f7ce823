import { ZarrError } from "../errors.js";

/** A URL as messages and events show it: without user, password, query and fragment, any of which may be a secret. */
export function shownUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

/** The URL of something over HTTP; `undefined` for any other text or URL. */
export function httpUrlOf(given: string | URL): URL | undefined {
  const text = typeof given === "string" ? given : given.href;
  if (!/^https?:\/\//i.test(text)) return undefined;
  try {
    return new URL(text);
  } catch {
    throw new ZarrError("ERR_ARGUMENT", `${JSON.stringify(withoutSecrets(text))} is no URL that can be parsed`); // whose cause has all of it
  }
}

/** The text of a URL, of any scheme and even one that cannot be parsed, as {@link shownUrl} shows one. */
export function withoutSecrets(text: string): string {
  return text.replace(/[?#].*$/s, "").replace(/\/\/.*@/, "//");
}

/** True if the page or worker that this runs in has another origin, so that a server has to allow requests, and headers to be seen. */
export function isCrossOrigin({ origin }: URL): boolean {
  const own = ownOrigin();
  return own !== undefined && own !== origin;
}

/** The origin of the page or worker that this runs in; `undefined` outside a browser. */
export function ownOrigin(): string | undefined {
  return (globalThis as { location?: { readonly origin?: string } }).location?.origin;
}
