import { describe, type JsonObject } from "../bytes/json.js";
import { defaultLimits } from "../bytes/limits.js";
import { ZarrError } from "../errors.js";

/**
 * The length of an element whose type has no length of its own. Its fill value is a part of the metadata document, so it
 * need not be longer than such a document may be.
 * @throws ZarrError `ERR_LIMIT` - longer than that
 */
export function checkItemSize(length: number, name: string): number {
  const limit = defaultLimits.metadataBytes;
  if (length <= limit) return length;
  throw new ZarrError("ERR_LIMIT", `elements of type ${name} take ${length} bytes: the limit is ${limit}`);
}

/**
 * The member `length_bytes` of a data type's configuration, of which it is the only one.
 * @throws ZarrError `ERR_METADATA` - anything else
 */
export function lengthBytes(name: string, { length_bytes: length, ...rest }: JsonObject): number {
  const [unknown] = Object.keys(rest);
  if (typeof length === "number" && Number.isSafeInteger(length) && length > 0 && unknown === undefined) return length;
  const found = unknown === undefined ? `length_bytes ${describe(length)}` : `an unknown member ${describe(unknown)}`;
  const expected = "expected length_bytes only, an integer from 1 on";
  throw new ZarrError("ERR_METADATA", `the configuration of data_type ${name} has ${found}: ${expected}`);
}
