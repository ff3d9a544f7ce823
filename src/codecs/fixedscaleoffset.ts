import { ZarrError } from "../errors.js";
import type { CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";
import {
  converter,
  integerRange,
  isFloat,
  type Numbers,
  type NumberTypeName,
  numberTypes,
  roundHalfEven,
  roundResultTo,
  roundTo,
} from "./kernels/numbers.js";
import { numberFilterCodec, readNumberType } from "./number-filter.js";

/**
 * `round((x - offset) * scale)` as `astype`, with the arithmetic of NumPy: floating-point types keep their precision, integers
 * become double precision where `offset` or `scale` is no integer, and wrap around elsewhere.
 * @see https://numcodecs.readthedocs.io/en/stable/filter/fixedscaleoffset.html
 */
export const fixedscaleoffsetEntry: CodecEntry = {
  names: ["numcodecs.fixedscaleoffset", "fixedscaleoffset"],
  kind: "array-to-array",
  create(configuration, { decoded }, name) {
    const reader = new ConfigurationReader(name, configuration, ["offset", "scale", "dtype", "astype"]);
    const offset = reader.number("offset");
    const scale = reader.number("scale");
    const dtype = readNumberType(reader, name, "dtype", decoded.dataType);
    const astype = readNumberType(reader, name, "astype", dtype.dataType);
    if (dtype.name === "bool" || astype.name === "bool") {
      const problem = `configuration of codec "${name}": booleans cannot be scaled, expected numbers`;
      throw new ZarrError("ERR_METADATA", problem, { codec: name });
    }
    return numberFilterCodec(
      {
        name,
        configuration: { offset, scale, dtype: dtype.code, astype: astype.code },
        dtype,
        astype,
        encode(source, target) {
          const { type, element } = scaler(name, dtype.name, offset, scale);
          const convert = converter(type, astype.name);
          for (let i = 0; i < source.length; i++) target[i] = convert(element(source[i]));
        },
        decode: (source, target) => unscale(source, astype.name, target, dtype.name, offset, scale),
      },
      decoded,
    );
  },
};

/** How one element is scaled and rounded, and the type of the result. */
interface Scaler {
  readonly type: NumberTypeName;
  readonly element: (x: number | bigint) => number | bigint;
}

function scaler(codec: string, dtype: NumberTypeName, offset: number, scale: number): Scaler {
  if (!isFloat(dtype) && Number.isInteger(offset)) {
    const subtract = integerMinus(codec, dtype, offset);
    if (!Number.isInteger(scale)) {
      return { type: "float64", element: (x) => roundHalfEven(Number(subtract(x)) * scale) };
    }
    const factor = checkedInteger(codec, dtype, scale);
    const wrap = wrapBigInt(dtype);
    return { type: "int64", element: (x) => wrap(BigInt(subtract(x)) * factor) };
  }
  const type = isFloat(dtype) ? dtype : "float64";
  const round = roundResultTo(type);
  const [o, s] = [offset, scale].map(roundTo(type));
  return { type, element: (x) => roundHalfEven(round(round(Number(x) - o) * s)) };
}

/** Differences that wrap around, as bigints. */
function integerMinus(codec: string, dtype: NumberTypeName, offset: number): (x: number | bigint) => bigint {
  const subtrahend = checkedInteger(codec, dtype, offset);
  const wrap = wrapBigInt(dtype);
  return (x) => wrap(BigInt(x) - subtrahend);
}

function wrapBigInt(dtype: NumberTypeName): (x: bigint) => bigint {
  const { kind, bits } = numberTypes[dtype];
  return kind === "uint" ? (x) => BigInt.asUintN(bits, x) : (x) => BigInt.asIntN(bits, x);
}

/** NumPy computes with an integer and elements of a type only where the type holds it. */
function checkedInteger(codec: string, dtype: NumberTypeName, value: number): bigint {
  const { min, max } = integerRange(dtype);
  const integer = BigInt(value);
  if (integer >= min && integer <= max) return integer;
  const problem = `${value} is out of the range of ${dtype}, ${min} to ${max}, in which codec "${codec}" computes`;
  throw new ZarrError("ERR_CODEC", problem, { codec });
}

function unscale(
  source: Numbers,
  astype: NumberTypeName,
  target: Numbers,
  dtype: NumberTypeName,
  offset: number,
  scale: number,
): void {
  const type = isFloat(astype) ? astype : "float64";
  const round = roundResultTo(type);
  const [o, s] = [offset, scale].map(roundTo(type));
  const convert = converter(type, dtype);
  for (let i = 0; i < source.length; i++) target[i] = convert(round(round(Number(source[i]) / s) + o));
}
