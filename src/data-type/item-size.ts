import { describe, type JsonObject } from "../bytes/json.js";
import { defaultLimits, type Limits } from "../bytes/limits.js";
import { ZarrError } from "../errors.js";
import type { DataType } from "./data-type.js";

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

/** What an entry of a list takes on the heap besides its content, about, in bytes: its place, and a string or another object. */
const entryBytes = { string: 32, object: 128 } as const;

const sizes = new WeakMap<DataType, { readonly bytes: number; readonly isList: boolean }>();

function sizeOf(dataType: DataType) {
  let size = sizes.get(dataType);
  if (size === undefined) {
    const data = dataType.allocate(1);
    const isList = Array.isArray(data);
    const entry = isList ? entryBytes[typeof data[0] === "string" ? "string" : "object"] : 0;
    size = { bytes: entry + (dataType.itemSize ?? 0), isList };
    sizes.set(dataType, size);
  }
  return size;
}

/** Bytes that an element takes in memory, about. */
export function memorySize(dataType: DataType): number {
  return sizeOf(dataType).bytes;
}

/** The limit on what elements of a type may take: the one named, or that of lists where it is lower. */
export function memoryLimit(
  dataType: DataType,
  limits: Limits,
  name: "chunkBytes" | "readBytes",
): { readonly name: keyof Limits; readonly bytes: number } {
  const { [name]: bytes, listBytes } = limits;
  const isLower = sizeOf(dataType).isList && listBytes < bytes;
  return isLower ? { name: "listBytes", bytes: listBytes } : { name, bytes };
}
