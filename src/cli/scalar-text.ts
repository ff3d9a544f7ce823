import { ComplexType } from "../data-type/complex.js";
import type { DataType } from "../data-type/data-type.js";
import { readMoment } from "../data-type/read-moment.js";
import { TimeType } from "../data-type/time.js";
import { ZarrError } from "../errors.js";

/** A number as `get` prints it: `1.`, `-2.5e-03`, `nan` and `-inf` too. */
const number = String.raw`(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan`;
const realNumber = new RegExp(`^[+-]?(?:${number})$`, "i");
const complexNumber = new RegExp(`^([+-]?(?:${number}))(?:\\s*([+-](?:${number}))j)?$|^([+-]?(?:${number}))j$`, "i");

/**
 * A value as the data type takes it, from the text in which `get` prints it.
 * @throws ZarrError `ERR_ARGUMENT` - the data type does not take it
 */
export function parseScalar(text: string, dataType: DataType): unknown {
  const { name } = dataType;
  const expected = (what: string) => {
    const message = `${JSON.stringify(text)} is not a value of type ${name}: expected ${what}`;
    return new ZarrError("ERR_ARGUMENT", message);
  };
  if (ArrayBuffer.isView(dataType.defaultFillValue) && !(dataType instanceof ComplexType)) {
    if (/^0x([\da-f]{2})*$/i.test(text)) return Uint8Array.from(text.slice(2).match(/../g) ?? [], byteOf);
    if (name === "null_terminated_bytes") return text;
    throw expected("bytes in hexadecimal, as 0x00ff");
  }
  if (dataType.objectCodec !== undefined || /utf32/.test(name)) return text;
  const word = text.trim().replace(/^'(.*)'$/, "$1");
  if (name === "bool") {
    if (/^(true|1)$/i.test(word)) return true;
    if (/^(false|0)$/i.test(word)) return false;
    throw expected("true or false");
  }
  if (dataType instanceof TimeType) {
    const value = parseTime(word, dataType);
    if (value === undefined) throw expected(formsOf(dataType));
    return value;
  }
  if (dataType instanceof ComplexType) {
    const [matched, real = "0", imaginary = "0", alone] = complexNumber.exec(word) ?? [];
    if (matched === undefined) throw expected("a complex number, as 1.5-2j");
    return alone === undefined ? [numberOf(real), numberOf(imaginary)] : [0, numberOf(alone)];
  }
  if (/int64$/.test(name) && /^[+-]?\d+$/.test(word)) return BigInt(word);
  if (!realNumber.test(word) && !/^0x[\da-f]+$/i.test(word)) throw expected("a number");
  return numberOf(word);
}

function byteOf(digits: string): number {
  return Number.parseInt(digits, 16);
}

function numberOf(text: string): number {
  return Number(text.replace(/^([+-]?)inf(inity)?$/i, "$1Infinity").replace(/^[+-]?nan$/i, "NaN"));
}

/** A date, or a number of steps; where a step is a year, a year. */
function parseTime(text: string, { name, unit, scaleFactor, defaultFillValue }: TimeType): bigint | undefined {
  if (/^nat$/i.test(text)) return defaultFillValue;
  const isMoment = name === "numpy.datetime64";
  if (/^[+-]?\d+$/.test(text)) {
    const count = BigInt(text);
    if (!isMoment || unit !== "Y") return count;
    const years = count - 1970n;
    return years % BigInt(scaleFactor) === 0n ? years / BigInt(scaleFactor) : undefined;
  }
  return isMoment ? readMoment(text.replace(/(T.*)Z$/, "$1"), unit, scaleFactor) : undefined;
}

function formsOf({ name, unit, scaleFactor }: TimeType): string {
  const step = scaleFactor === 1 ? unit : `${scaleFactor}${unit}`;
  if (unit === "generic") return "a number of steps, or NaT";
  if (name === "numpy.timedelta64") return `a number of steps of ${step}, or NaT`;
  if (unit === "Y") return "a year, or NaT";
  return `a date that is a whole number of steps of ${step} from 1970, as 2024-05-01${/[WDM]/.test(unit) ? "" : "T12:00"}, that number, or NaT`;
}
