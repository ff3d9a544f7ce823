import { isBuiltIn, isBytes } from "../bytes/built-in.js";
import type { ChunkData, DataType } from "../data-type/data-type.js";
import { type TypedArray, type TypedArrayConstructor, viewAs } from "../data-type/typed-array-type.js";

/** Values in memory that threads share. */
export interface SharedValues {
  readonly buffer: SharedArrayBuffer;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/**
 * Values in a message: the bytes of a typed array, since not every kind of typed array crosses to a process; or a list. Bytes
 * may lie in shared memory.
 */
export type WireValues = Uint8Array | readonly unknown[];

/** The place of values, if threads can share them; `undefined` of a list, and of memory of one thread. */
export function sharedValues(data: ChunkData): SharedValues | undefined {
  if (Array.isArray(data)) return undefined;
  const { buffer, byteOffset, byteLength } = data;
  return isBuiltIn(buffer, "SharedArrayBuffer") ? { buffer, byteOffset, byteLength } : undefined;
}

/** Values as a message carries them; a view. */
export function toWire(data: ChunkData): WireValues {
  return Array.isArray(data) ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The values that {@link toWire} was given; a view where the bytes are aligned. */
export function fromWire(values: WireValues, dataType: DataType): ChunkData {
  if (!isBytes(values)) return values as unknown[];
  const arrayType = dataType.allocate(0).constructor as TypedArrayConstructor<TypedArray>;
  return viewAs(arrayType, values, dataType.name);
}

/** Values that threads share, as their type keeps them. */
export function fromShared({ buffer, byteOffset, byteLength }: SharedValues, dataType: DataType): ChunkData {
  return fromWire(new Uint8Array(buffer, byteOffset, byteLength), dataType);
}

/** The same in memory of its own: of a view a message would carry all that lies around it. */
export function compact<Values extends WireValues | undefined>(values: Values): Values | Uint8Array {
  if (!isBytes(values) || values.buffer.byteLength === values.byteLength) return values;
  return values.slice();
}

/** The memory that a message may take with it instead of a copy: the sender does not use it any more. */
export function transferable(values: WireValues | undefined): ArrayBuffer[] {
  if (!isBytes(values)) return [];
  const { buffer } = values;
  return isBuiltIn(buffer, "ArrayBuffer") && buffer.byteLength === values.byteLength ? [buffer] : [];
}
