import { whatIsGiven } from "../bytes/check-file-name.js";
import { describe } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import type { Store } from "./store.js";

/**
 * Checks what is to be a store.
 * @param expected - for the message
 * @throws ZarrError `ERR_ARGUMENT` - saying what it is, and what to do about it
 */
export function checkStore(
  value: unknown,
  expected = 'a store, as await ZipStore.open(file, { mode: "a" }) gives it',
): asserts value is Store {
  const { get, listDir } = Object(value) as Partial<Store>;
  if (typeof get === "function" && typeof listDir === "function") return;
  const what = typeof value === "string" ? `the file name ${describe(value)} was given` : whatIsGiven(value);
  throw new ZarrError("ERR_ARGUMENT", `${what}: expected ${expected}`);
}
