import { swapBytes } from "../bytes/endian.js";
import { describe, type Json } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import type { DataTypeFamily } from "./family.js";
import { checkItemSize, lengthBytes } from "./length-bytes.js";
import { ListType } from "./list-type.js";
import { viewAs } from "./typed-array-type.js";

const name = "fixed_length_utf32";
/** Bytes of a code point. */
const unit = 4;

/**
 * Strings of up to so many code points, NumPy's `U`. What a string is shorter is filled up with U+0000, so that zeros at
 * its end are lost.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/data-types/fixed_length_utf32
 */
class FixedUtf32Type extends ListType<string> {
  readonly itemSize: number;
  readonly swapSize = unit;
  readonly objectCodec = undefined;
  readonly defaultFillValue = "";

  constructor(itemSize: number) {
    super(name);
    this.itemSize = checkItemSize(itemSize, name);
  }

  override toJson(): Json {
    return { name, configuration: { length_bytes: this.itemSize } };
  }

  fromBytes(bytes: Uint8Array): string[] {
    const units = viewAs(Uint32Array, bytes, name);
    const length = this.itemSize / unit;
    if (units.length % length !== 0) {
      const message = `${bytes.length} bytes are not a whole number of ${name} elements of ${this.itemSize} bytes`;
      throw new ZarrError("ERR_CODEC", message);
    }
    return Array.from({ length: units.length / length }, (_, i) => decode(units, i * length, length));
  }

  toBytes(data: string[]): Uint8Array {
    const length = this.itemSize / unit;
    const units = new Uint32Array(data.length * length);
    data.forEach((text, i) => {
      let at = i * length;
      for (const character of text) units[at++] = character.codePointAt(0)!;
    });
    return new Uint8Array(units.buffer);
  }

  swapBytes(bytes: Uint8Array): Uint8Array {
    return swapBytes(bytes, unit);
  }

  checkScalar(value: unknown): string {
    if (typeof value !== "string")
      throw new ZarrError("ERR_VALUE", `${describe(value)} is not a string: ${name} takes strings`);
    return this.#checked(value, "ERR_VALUE");
  }

  fillValueFromJson(json: Json, zarrFormat: 2 | 3): string {
    // Version 2 of zarr-python wrote a zero of any type as 0.
    if (zarrFormat === 2 && (json === null || json === 0)) return this.defaultFillValue;
    if (typeof json === "string") return this.#checked(json, "ERR_METADATA");
    throw new ZarrError("ERR_METADATA", `fill_value ${describe(json)}: ${name} takes a string`);
  }

  fillValueToJson(value: string): Json {
    return value;
  }

  #checked(text: string, code: "ERR_VALUE" | "ERR_METADATA"): string {
    const limit = this.itemSize / unit;
    const subject = code === "ERR_METADATA" ? "fill_value " : "";
    let end = text.length;
    while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
    const stripped = text.slice(0, end);
    const points = stripped.length <= limit ? stripped.length : Array.from(stripped).length;
    if (points > limit) {
      const message = `${subject}${describe(text)} has ${points} code points: the type takes up to ${limit}`;
      throw new ZarrError(code, message);
    }
    if (/\p{Cs}/u.test(stripped)) {
      throw new ZarrError(
        code,
        `${subject}${describe(text)} has half of a surrogate pair, which UTF-32 has no code for`,
      );
    }
    return stripped;
  }
}

function decode(units: Uint32Array, start: number, length: number): string {
  let end = start + length;
  while (end > start && units[end - 1] === 0) end--;
  let text = "";
  for (let i = start; i < end; i++) {
    const point = units[i];
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
      const message = `element ${start / length} has the code 0x${point.toString(16)}, which is not a Unicode character`;
      throw new ZarrError("ERR_CODEC", message);
    }
    text += String.fromCodePoint(point);
  }
  return text;
}

/** `fixed_length_utf32`; `U` and a number of characters in v2. */
export const fixedUtf32Family: DataTypeFamily = {
  fromName(given, configuration) {
    if (given !== name) return undefined;
    const length = lengthBytes(name, configuration);
    if (length % unit === 0) return new FixedUtf32Type(length);
    throw new ZarrError("ERR_METADATA", `data_type ${name} has length_bytes ${length}: expected a multiple of ${unit}`);
  },
  fromV2: ({ kind, size = 0, unit: brackets }) =>
    kind === "U" && size > 0 && brackets === undefined ? new FixedUtf32Type(size * unit) : undefined,
  toV2: (dataType) => (dataType instanceof FixedUtf32Type ? `U${dataType.itemSize / unit}` : undefined),
};
