import { isBuiltIn } from "../bytes/built-in.js";
import { isBytesOrBlob } from "../bytes/given-source.js";

let lastBytes = 0;
const numbers = new WeakMap<object, number>();

/**
 * A text that is the same for equal states, and only for these. Bytes, of which there may be many, are known by their number; the query of a URL
 * counts, too: what a signature in it allows may have ended with the one before.
 */
export function targetKey(state: object): string {
  const { store: inner } = state as { readonly store?: object };
  const { bytes, sharedUrl, ...store } = (inner ?? state) as { readonly bytes?: unknown; readonly sharedUrl?: unknown };
  const given = isBytesOrBlob(bytes) ? numberOf(bytes) : bytes;
  const url = isBuiltIn(sharedUrl, "ArrayBuffer") ? new TextDecoder().decode(sharedUrl) : sharedUrl;
  return JSON.stringify([given, url, inner === undefined ? store : { ...state, store }]);
}

function numberOf(bytes: object): number {
  const number = numbers.get(bytes) ?? ++lastBytes;
  numbers.set(bytes, number);
  return number;
}
