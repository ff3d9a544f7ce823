import { ZarrError } from "../errors.js";
import type { CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";
import {
  commonFloat,
  converter,
  isBigInt,
  isFloat,
  type Numbers,
  type NumberTypeName,
  numberTypes,
  roundResultTo,
} from "./kernels/numbers.js";
import { numberFilterCodec, readNumberType } from "./number-filter.js";

/**
 * The first element, and then the differences of neighbours in C order, as `dtype` computes and `astype` keeps them. Integers
 * wrap around; floating-point numbers lose what the type loses.
 * @see https://numcodecs.readthedocs.io/en/stable/filter/delta.html
 */
export const deltaEntry: CodecEntry = {
  names: ["numcodecs.delta", "delta"],
  kind: "array-to-array",
  create(configuration, context, name) {
    const { decoded } = context;
    const reader = new ConfigurationReader(name, configuration, ["dtype", "astype"]);
    const dtype = readNumberType(reader, name, "dtype", decoded.dataType);
    const astype = readNumberType(reader, name, "astype", dtype.dataType);
    if (dtype.name === "bool" || astype.name === "bool") {
      const problem = `configuration of codec "${name}": differences of booleans cannot be undone, expected numbers`;
      throw new ZarrError("ERR_METADATA", problem, { codec: name });
    }
    return numberFilterCodec(
      {
        name,
        configuration: { dtype: dtype.code, astype: reader.has("astype") ? astype.code : dtype.code },
        dtype,
        astype,
        encode: (source, target) => encodeDelta(source, dtype.name, target, astype.name),
        decode: (source, target) => decodeDelta(source, astype.name, target, dtype.name),
      },
      context,
    );
  },
};

function encodeDelta(source: Numbers, dtype: NumberTypeName, target: Numbers, astype: NumberTypeName): void {
  const convert = converter(dtype, astype);
  const wrap = wrapTo(dtype);
  if (source.length > 0) target[0] = convert(source[0]);
  for (let i = 1; i < source.length; i++) target[i] = convert(wrap(minus(source[i], source[i - 1])));
}

function decodeDelta(source: Numbers, astype: NumberTypeName, target: Numbers, dtype: NumberTypeName): void {
  const wide = isFloat(astype) || isFloat(dtype) ? commonFloat(astype, dtype) : dtype;
  const widen = converter(astype, wide);
  const narrow = converter(wide, dtype);
  const wrap = wrapTo(wide);
  let sum: number | bigint = isBigInt(wide) ? 0n : 0;
  for (let i = 0; i < source.length; i++) {
    const element = widen(source[i]);
    sum = i === 0 ? element : wrap(plus(sum, element));
    target[i] = narrow(sum);
  }
}

/** A difference or sum of two elements of a type, as an element of it. */
function wrapTo(name: NumberTypeName): (x: number | bigint) => number | bigint {
  if (isFloat(name)) return roundResultTo(name) as (x: number | bigint) => number;
  const { kind, bits } = numberTypes[name];
  if (isBigInt(name)) return (x) => (kind === "int" ? BigInt.asIntN(64, x as bigint) : BigInt.asUintN(64, x as bigint));
  const unused = 32 - bits;
  return kind === "int" ? (x) => ((x as number) << unused) >> unused : (x) => ((x as number) << unused) >>> unused;
}

/** Both are elements of one type. */
function minus(a: number | bigint, b: number | bigint): number | bigint {
  return typeof a === "bigint" ? a - (b as bigint) : a - (b as number);
}

function plus(a: number | bigint, b: number | bigint): number | bigint {
  return typeof a === "bigint" ? a + (b as bigint) : a + (b as number);
}
