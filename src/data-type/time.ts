import { describe, type Json, type JsonObject } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import type { DataType } from "./data-type.js";
import type { DataTypeFamily } from "./family.js";
import { BigIntegerType } from "./integer.js";

const units: ReadonlySet<Json | undefined> = new Set([
  ...["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"],
  "generic",
]);

const maxScaleFactor = 2 ** 31 - 1;

const names = new Map([
  ["M", "numpy.datetime64"],
  ["m", "numpy.timedelta64"],
]);

/** Not a time. */
const nat = -(2n ** 63n);

/**
 * NumPy's moments since 1970 (`numpy.datetime64`) and durations (`numpy.timedelta64`): 64-bit integers that count steps of
 * `scaleFactor` units. NaT, which is no time, is -2^63; a caller may write it as `"NaT"`.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/data-types/numpy.datetime64
 * @example
 * ```js
 * import { createArray, MemoryStore, TimeType } from "zarrzip";
 *
 * const array = await createArray(new MemoryStore(), { shape: [2], dtype: "<M8[s]" });
 * await array.set(null, [1714564800n, "NaT"]);
 * console.log(array.dataType instanceof TimeType, await array.get([0])); // true 1714564800n
 * ```
 */
export class TimeType extends BigIntegerType<BigInt64Array> {
  /** NaT, -2^63. */
  override readonly defaultFillValue = nat;
  /** `"Y"`, `"M"`, `"W"`, `"D"`, `"h"`, `"m"`, `"s"`, `"ms"`, `"us"`, `"ns"`, `"ps"`, `"fs"`, `"as"` or `"generic"`. */
  readonly unit: string;
  /** Units per step: 10 where a value of 1 is 10 units. */
  readonly scaleFactor: number;

  constructor(name: string, unit: string, scaleFactor: number) {
    super(name, BigInt64Array, nat, 2n ** 63n - 1n);
    this.unit = unit;
    this.scaleFactor = scaleFactor;
  }

  /** The data type as in a v3 document. */
  override toJson(): Json {
    return { name: this.name, configuration: { unit: this.unit, scale_factor: this.scaleFactor } };
  }

  /** One moment or duration as the number of units; a `Date` and text are taken too. */
  override checkScalar(value: unknown): bigint {
    return value === "NaT" ? nat : super.checkScalar(value);
  }

  /** A fill value, as in a document: a number, `"NaT"`, or a date as text. */
  override fillValueFromJson(json: Json, zarrFormat: 2 | 3): bigint {
    return json === "NaT" ? nat : super.fillValueFromJson(json, zarrFormat);
  }
}

/** `numpy.datetime64` and `numpy.timedelta64`; `M8[ns]`, `m8[10us]` and unitless `M8` in v2. */
export const timeFamily: DataTypeFamily = {
  fromName(name, configuration) {
    return [...names.values()].includes(name) ? fromConfiguration(name, configuration) : undefined;
  },
  fromV2: ({ kind, size, unit }) => (size === 8 ? fromCode(kind, unit) : undefined),
  toV2(dataType) {
    if (!(dataType instanceof TimeType)) return undefined;
    const { name, unit, scaleFactor } = dataType;
    const code = name === "numpy.datetime64" ? "M8" : "m8";
    if (unit === "generic") return code;
    return `${code}[${scaleFactor === 1 ? "" : scaleFactor}${unit}]`;
  },
};

function fromConfiguration(name: string, { unit, scale_factor: scaleFactor, ...rest }: JsonObject): DataType {
  const normal = unit === "μs" ? "us" : unit;
  if (!units.has(normal)) refuse(name, `unit ${describe(unit)}`, `one of ${[...units].join(", ")}`);
  if (typeof scaleFactor !== "number" || !isScaleFactor(scaleFactor)) {
    return refuse(name, `scale_factor ${describe(scaleFactor)}`, `an integer from 1 to ${maxScaleFactor}`);
  }
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) refuse(name, `member ${describe(unknown)}`, "unit and scale_factor only");
  return new TimeType(name, normal as string, scaleFactor);
}

/** `unit` is what stands in the brackets, as `10us`; without brackets the unit is generic. */
function fromCode(kind: string, unit = "generic"): DataType | undefined {
  const name = names.get(kind);
  const [, factor = "1", base] = /^([1-9]\d{0,9})?([a-zμ]+)$/i.exec(unit) ?? [];
  const normal = base === "μs" ? "us" : base;
  if (name === undefined || normal === undefined || !units.has(normal) || !isScaleFactor(Number(factor)))
    return undefined;
  return new TimeType(name, normal, Number(factor));
}

function isScaleFactor(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= maxScaleFactor;
}

function refuse(name: string, found: string, expected: string): never {
  throw new ZarrError("ERR_METADATA", `data_type ${name} has the ${found} in its configuration: expected ${expected}`);
}
