import type { DataType } from "../data-type/data-type.js";
import { TimeType } from "../data-type/time.js";

/** Milliseconds of a unit; for shorter ones the digits behind a second. */
const milliseconds: Readonly<Record<string, number>> = {
  W: 604_800_000,
  D: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
};
const digitsBehindSecond: Readonly<Record<string, number>> = { ms: 3, us: 6, ns: 9, ps: 12, fs: 15, as: 18 };

/** Characters of a moment as NumPy writes it, by unit. */
const lengthOfText: Readonly<Record<string, number>> = { M: 7, W: 10, D: 10, h: 13, m: 16, s: 19 };

/** A moment or duration as NumPy prints it; `undefined` for what is neither. */
export function formatMoment(value: unknown, dataType: DataType): string | undefined {
  if (!(dataType instanceof TimeType) || typeof value !== "bigint") return undefined;
  if (value === dataType.defaultFillValue) return "'NaT'";
  const { unit, scaleFactor } = dataType;
  if (dataType.name === "numpy.timedelta64" || unit === "generic") return String(value);
  const steps = value * BigInt(scaleFactor);
  if (unit === "Y") return `'${formatYear(steps + 1970n)}'`;
  const digits = digitsBehindSecond[unit];
  const perSecond = 10n ** BigInt(digits ?? 0);
  const behind = digits === undefined ? 0n : ((steps % perSecond) + perSecond) % perSecond;
  const text = isoOf(unit, digits === undefined ? steps : (steps - behind) / perSecond);
  if (text === undefined) return String(value);
  const shown = text.slice(0, lengthOfText[unit] ?? 19);
  return `'${shown}${digits === undefined ? "" : `.${String(behind).padStart(digits, "0")}`}'`;
}

function formatYear(year: bigint): string {
  return year < 0n ? `-${String(-year).padStart(3, "0")}` : String(year).padStart(4, "0");
}

/** The date and time, as far as `Date` reaches; `count` is in seconds for units shorter than that. */
function isoOf(unit: string, count: bigint): string | undefined {
  const number = Number(count);
  const date =
    unit === "M" ? new Date(Date.UTC(1970, 0, 1)).setUTCMonth(number) : number * (milliseconds[unit] ?? 1000);
  const moment = new Date(date);
  const year = moment.getUTCFullYear();
  return year >= 0 && year <= 9999 ? moment.toISOString() : undefined;
}
