import { isBytes } from "../bytes/built-in.js";
import { describe, type Json } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { type DataTypeFamily, fixedFamily } from "./family.js";
import { convertEach, TypedArrayType } from "./typed-array-type.js";

/** One byte per element, 0 or 1 in memory; any other byte of a stored chunk counts as true, as in NumPy. */
class BoolType extends TypedArrayType<Uint8Array, boolean> {
  readonly defaultFillValue = false;

  override fromBytes(bytes: Uint8Array): Uint8Array {
    return hasOnlyBooleans(bytes) ? bytes : Uint8Array.from(bytes, (byte) => (byte === 0 ? 0 : 1));
  }

  getScalar(data: Uint8Array, index: number): boolean {
    return data[index] !== 0;
  }

  fill(data: Uint8Array, value: boolean, start: number, end: number): void {
    data.fill(value ? 1 : 0, start, end);
  }

  checkScalar(value: unknown): boolean {
    const checked = asBoolean(value);
    if (checked !== undefined) return checked;
    throw new ZarrError("ERR_VALUE", `${describe(value)} is not a boolean: bool takes true, false, 1 and 0`);
  }

  checkValues(values: ArrayLike<unknown>): Uint8Array {
    if (isBytes(values) && hasOnlyBooleans(values)) return values;
    const data = this.allocate(values.length);
    convertEach(values.length, (i) => {
      data[i] = this.checkScalar(values[i]) ? 1 : 0;
    });
    return data;
  }

  fillValueFromJson(json: Json, zarrFormat: 2 | 3): boolean {
    if (json === null && zarrFormat === 2) return this.defaultFillValue;
    const checked = asBoolean(json);
    if (checked !== undefined) return checked;
    throw new ZarrError("ERR_METADATA", `fill_value ${describe(json)}: bool takes true or false`);
  }

  fillValueToJson(value: boolean): Json {
    return value;
  }
}

function hasOnlyBooleans(bytes: Uint8Array): boolean {
  let bits = 0;
  for (let i = 0; i < bytes.length; i++) bits |= bytes[i];
  return bits <= 1;
}

function asBoolean(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  return value === 0 || value === 1 || value === 0n || value === 1n ? Boolean(value) : undefined;
}

/** `bool` of the core specification. */
export const boolFamily: DataTypeFamily = fixedFamily({ b1: new BoolType("bool", Uint8Array) });
