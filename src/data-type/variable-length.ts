import { encodeBase64 } from "../bytes/base64.js";
import { isBytes } from "../bytes/built-in.js";
import { isSameBytes } from "../bytes/find-bytes.js";
import { describe, type Json, stringifyJson } from "../bytes/json.js";
import { parseJson } from "../bytes/parse-json.js";
import { ZarrError } from "../errors.js";
import type { DataType } from "./data-type.js";
import type { DataTypeFamily } from "./family.js";
import { bytesFromJson } from "./fixed-bytes.js";
import { ListType } from "./list-type.js";

/** Elements of varying length, which only their own codec turns into bytes. */
abstract class VariableLengthType<Entry> extends ListType<Entry> {
  readonly itemSize = undefined;
  readonly swapSize = 1;
  abstract override readonly objectCodec: string;

  fromBytes(): Entry[] {
    return this.#refuse();
  }

  toBytes(): Uint8Array {
    return this.#refuse();
  }

  swapBytes(bytes: Uint8Array): Uint8Array {
    return bytes;
  }

  #refuse(): never {
    const message = `elements of type ${this.name} vary in length: only codec "${this.objectCodec}" makes bytes of them`;
    throw new ZarrError("ERR_CODEC", message);
  }
}

/**
 * Text of any length.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/data-types/string
 */
class StringType extends VariableLengthType<string> {
  readonly objectCodec = "vlen-utf8";
  readonly defaultFillValue = "";
  readonly #maxLength: number;

  /** @param maxLength - code points that a value may have */
  constructor(name: string, maxLength = Number.POSITIVE_INFINITY) {
    super(name);
    this.#maxLength = maxLength;
  }

  checkScalar(value: unknown): string {
    if (typeof value !== "string") {
      throw new ZarrError("ERR_VALUE", `${describe(value)} is not a string: ${this.name} takes strings`);
    }
    if (value.length > this.#maxLength && [...value].length > this.#maxLength) throw tooLong(value, this.#maxLength);
    if (!/\p{Cs}/u.test(value)) return value;
    throw new ZarrError("ERR_VALUE", `${describe(value)} has half of a surrogate pair, which UTF-8 has no code for`);
  }

  fillValueFromJson(json: Json, zarrFormat: 2 | 3): string {
    // Version 2 of zarr-python wrote the fill value of objects that its caller left out as 0.
    if (zarrFormat === 2 && (json === null || json === 0)) return this.defaultFillValue;
    if (typeof json === "string") return json;
    throw new ZarrError("ERR_METADATA", `fill_value ${describe(json)}: ${this.name} takes a string`);
  }

  fillValueToJson(value: string): Json {
    return value;
  }
}

/**
 * Byte strings of any length.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/data-types/bytes
 */
class BytesType extends VariableLengthType<Uint8Array> {
  readonly objectCodec = "vlen-bytes";
  readonly defaultFillValue = new Uint8Array(0);
  readonly #maxLength: number;

  /** @param maxLength - bytes that a value may have */
  constructor(name: string, maxLength = Number.POSITIVE_INFINITY) {
    super(name);
    this.#maxLength = maxLength;
  }

  override isScalar(value: unknown): boolean {
    return super.isScalar(value) || isBytes(value);
  }

  /** The entries share one copy of `value`. */
  override fill(data: Uint8Array[], value: Uint8Array, start: number, end: number): void {
    super.fill(data, new Uint8Array(value), start, end);
  }

  checkScalar(value: unknown): Uint8Array {
    if (isBytes(value)) {
      if (value.length <= this.#maxLength) return value;
      throw tooLong(value, this.#maxLength);
    }
    throw new ZarrError("ERR_VALUE", `${describe(value)} is not a byte string: ${this.name} takes Uint8Arrays`);
  }

  fillValueFromJson(json: Json, zarrFormat: 2 | 3): Uint8Array {
    if (zarrFormat === 2 && (json === null || json === 0)) return this.defaultFillValue;
    const bytes = bytesFromJson(json);
    if (bytes !== undefined) return bytes;
    const expected = `${this.name} takes bytes, in base64 or as a list of integers`;
    throw new ZarrError("ERR_METADATA", `fill_value ${describe(json)}: ${expected}`);
  }

  fillValueToJson(value: Uint8Array): Json {
    return encodeBase64(value);
  }

  protected override isSame(a: Uint8Array, b: Uint8Array): boolean {
    return isSameBytes(a, b);
  }
}

/** Anything that JSON can hold. Zarr format 2 only. */
class ObjectType extends VariableLengthType<Json> {
  readonly objectCodec = "json2";
  readonly defaultFillValue = null;

  override toJson(): Json {
    throw new ZarrError("ERR_DATA_TYPE", `Zarr format 3 has no data type ${this.name}`, { dataType: this.name });
  }

  /** Everything but a list of scalars, and a chunk of them. */
  override isScalar(value: unknown): boolean {
    if (Array.isArray(value) || ArrayBuffer.isView(value)) return false;
    return !(typeof value === "object" && value !== null && "data" in value && "shape" in value);
  }

  override fill(data: Json[], value: Json, start: number, end: number): void {
    super.fill(data, structuredClone(value), start, end);
  }

  checkScalar(value: unknown): Json {
    try {
      stringifyJson(value as Json);
    } catch (cause) {
      throw new ZarrError("ERR_VALUE", `${describe(value)} cannot be written as JSON`, {}, cause);
    }
    return value as Json;
  }

  fillValueFromJson(json: Json): Json {
    return json;
  }

  fillValueToJson(value: Json): Json {
    return parseJson(stringifyJson(value));
  }

  protected override isSame(a: Json, b: Json): boolean {
    return Object.is(a, b) || stringifyJson(a) === stringifyJson(b);
  }
}

function tooLong(value: string | Uint8Array, maxLength: number): ZarrError {
  const message = `${describe(value)} is longer than ${maxLength}, the length in the array's dtype, and would be cut off when it is read`;
  return new ZarrError("ERR_VALUE", message);
}

const string = new StringType("string");
/** The type `object`, which no document names. */
export const objectType: DataType = new ObjectType("object");
const types: ReadonlyMap<string, DataType> = new Map<string, DataType>([
  ["string", string],
  ["bytes", new BytesType("bytes")],
  // zarr-python's name for it
  ["variable_length_bytes", new BytesType("variable_length_bytes")],
]);

/** The types that the object codecs of v2 give Python objects, where these are restricted. */
const byObjectCodec: ReadonlyMap<string, DataType> = new Map<string, DataType>([
  ["vlen-utf8", string],
  ["categorize", string],
  ["vlen-bytes", types.get("bytes")!],
]);

/** `string`, `bytes` and `variable_length_bytes`; in v2 Python objects (`O`), or `U` and `S`, with the codec that makes bytes of them. */
export const variableLengthFamily: DataTypeFamily = {
  fromName: (name) => types.get(name),
  fromV2({ kind, size, objectCodec }) {
    // zarr-python 3.0 gives text and byte strings of one size the codecs of those that vary, and dtype is then a bound.
    if (kind === "U" && objectCodec === "vlen-utf8") return new StringType("string", size);
    if (kind === "S" && objectCodec === "vlen-bytes") return new BytesType("bytes", size);
    if (kind !== "O" || size !== undefined || objectCodec === undefined) return undefined;
    return byObjectCodec.get(objectCodec) ?? objectType;
  },
  toV2: (dataType) => (dataType.objectCodec === undefined ? undefined : "O"),
};
