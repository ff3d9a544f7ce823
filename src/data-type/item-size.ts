import type { Limits } from "../bytes/limits.js";
import type { DataType } from "./data-type.js";

/** The approximate bytes on the heap of a list's entry besides its content: its place, and a string or another object. */
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
