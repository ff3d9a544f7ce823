import { resolveRange } from "../bytes/byte-range.js";
import { checkOptions, type OptionKinds } from "../bytes/check-options.js";
import { describe } from "../bytes/json.js";
import type { Limits } from "../bytes/limits.js";
import { ZarrError } from "../errors.js";
import type { GetOptions, HeldValue } from "./store.js";

const getOptions: OptionKinds<GetOptions> = { signal: "signal", maxBytes: "size" };

/**
 * Checks what is to be stored: other views have other lengths than their bytes, and text has none.
 * @throws ZarrError `ERR_ARGUMENT` - not a Uint8Array (which a Buffer is)
 */
export function checkValue(key: string, value: Uint8Array): void {
  const found: string = Object.prototype.toString.call(value).slice(8, -1);
  if (found === "Uint8Array") return;
  throw new ZarrError("ERR_ARGUMENT", `the value of ${describe(key)} is of type ${found}, expected Uint8Array`, {
    key,
  });
}

/**
 * Checks the options of a read, and gives the greatest length of its value.
 * @throws ZarrError `ERR_ARGUMENT` - an option is not one of those; the signal's reason
 */
export function checkGetOptions(options: GetOptions | undefined, { readBytes }: Limits): number {
  if (options === undefined) return readBytes;
  checkOptions(options, getOptions);
  options.signal?.throwIfAborted();
  return options.maxBytes ?? readBytes;
}

/** @throws ZarrError `ERR_LIMIT` - a read would give more than `maxBytes` */
export function checkLength(key: string, bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  const message = `${JSON.stringify(key)} would give ${bytes} bytes, more than the limit of ${maxBytes}`;
  throw new ZarrError("ERR_LIMIT", message, { key });
}

/** Gives copies of a value that is in memory; `undefined` stands for no value. */
export function heldBytes(key: string, value: Uint8Array | undefined, limits: Limits): HeldValue {
  return async (range, options) => {
    const maxBytes = checkGetOptions(options, limits);
    if (value === undefined) return undefined;
    const { start, end } =
      range === undefined ? { start: 0, end: value.length } : resolveRange(range, value.length, key);
    checkLength(key, end - start, maxBytes);
    return new Uint8Array(value.subarray(start, end)); // slice() of a Buffer would not copy
  };
}
