import { isBuiltIn } from "../bytes/built-in.js";
import { isBytesOrBlob } from "../bytes/given-source.js";
import type { HttpPreparation } from "../bytes/http-options.js";

let last = 0;
const numbers = new WeakMap<object, number>();

/**
 * A text that is the same for equal states, and only for these. Bytes, of which there may be many, are known by their number; the query of a URL
 * counts, too: what a signature in it allows may have ended with the one before. So does the function that prepares requests, which decides who asks for the file.
 */
export function targetKey(state: object, request?: HttpPreparation): string {
  const { store: inner } = state as { readonly store?: object };
  const { bytes, sharedUrl, ...store } = (inner ?? state) as { readonly bytes?: unknown; readonly sharedUrl?: unknown };
  const given = isBytesOrBlob(bytes) ? numberOf(bytes) : bytes;
  const url = isBuiltIn(sharedUrl, "ArrayBuffer") ? new TextDecoder().decode(sharedUrl) : sharedUrl;
  const preparation = request && numberOf(request);
  return JSON.stringify([given, url, preparation, inner === undefined ? store : { ...state, store }]);
}

function numberOf(object: object): number {
  const number = numbers.get(object) ?? ++last;
  numbers.set(object, number);
  return number;
}
