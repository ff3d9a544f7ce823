import { ZarrError } from "../errors.js";
import type { CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";
import {
  commonInteger,
  converter,
  isBigInt,
  isFloat,
  type NumberTypeName,
  numberTypes,
  roundHalfEven,
  roundResultTo,
  roundTo,
} from "./kernels/numbers.js";
import { numberFilterCodec, readNumberType } from "./number-filter.js";

/**
 * `round((x - offset) * scale)` as `astype`, with the arithmetic of NumPy: floating-point types keep their precision, integers
 * become double precision where `offset` or `scale` is a float, be it `10.0`, and wrap around elsewhere. An integer that the type of
 * the elements does not hold makes it a wider one, as in NumPy 1; NumPy 2 decodes such chunks, and does not encode them.
 * @see https://numcodecs.readthedocs.io/en/stable/filter/fixedscaleoffset.html
 */
export const fixedscaleoffsetEntry: CodecEntry = {
  names: ["numcodecs.fixedscaleoffset", "fixedscaleoffset"],
  kind: "array-to-array",
  create(configuration, context, name) {
    const { decoded } = context;
    const reader = new ConfigurationReader(name, configuration, ["offset", "scale", "dtype", "astype"]);
    const offset = parameter(reader, "offset");
    const scale = parameter(reader, "scale");
    const dtype = readNumberType(reader, name, "dtype", decoded.dataType);
    const astype = readNumberType(reader, name, "astype", dtype.dataType);
    if (dtype.name === "bool" || astype.name === "bool") {
      const problem = `configuration of codec "${name}": booleans cannot be scaled, expected numbers`;
      throw new ZarrError("ERR_METADATA", problem, { codec: name });
    }
    const shift = arithmetic(
      dtype.name,
      offset,
      (x, y) => x - y,
      (x, y) => x - y,
    );
    const stretch = arithmetic(
      shift.type,
      scale,
      (x, y) => x * y,
      (x, y) => x * y,
    );
    const round = isFloat(stretch.type) ? (x: number | bigint) => roundHalfEven(Number(x)) : (x: number | bigint) => x;
    const narrow = converter(stretch.type, astype.name);
    return numberFilterCodec(
      {
        name,
        configuration: { offset: offset.value, scale: scale.value, dtype: dtype.code, astype: astype.code },
        dtype,
        astype,
        encode(source, target) {
          for (let i = 0; i < source.length; i++) target[i] = narrow(round(stretch.apply(shift.apply(source[i]))));
        },
        decode(source, target) {
          const type = isFloat(astype.name) ? astype.name : "float64";
          const rounded = roundResultTo(type);
          const [o, s] = [offset, scale].map(({ value }) => roundTo(type)(Number(value)));
          const convert = converter(type, dtype.name);
          for (let i = 0; i < source.length; i++) target[i] = convert(rounded(rounded(Number(source[i]) / s) + o));
        },
      },
      context,
    );
  },
};

/** A number as Python reads it: an integer, or a float. */
interface Parameter {
  readonly value: number | bigint;
  readonly isFloat: boolean;
}

function parameter(reader: ConfigurationReader, member: string): Parameter {
  const given = reader.raw(member);
  return { value: typeof given === "bigint" ? given : reader.number(member), isFloat: reader.isFloat(member) };
}

/** NumPy's arithmetic for the elements of a type and a number, and the type of the result. */
interface Arithmetic {
  readonly type: NumberTypeName;
  readonly apply: (x: number | bigint) => number | bigint;
}

function arithmetic(
  elements: NumberTypeName,
  parameter: Parameter,
  ofFloats: (x: number, y: number) => number,
  ofIntegers: (x: bigint, y: bigint) => bigint,
): Arithmetic {
  const type = isFloat(elements)
    ? elements
    : ((parameter.isFloat ? undefined : commonInteger(elements, BigInt(parameter.value))) ?? "float64");
  if (isFloat(type)) {
    const round = roundResultTo(type);
    const operand = roundTo(type)(Number(parameter.value));
    return { type, apply: (x) => round(ofFloats(Number(x), operand)) };
  }
  const operand = BigInt(parameter.value);
  const { kind, bits } = numberTypes[type];
  const wrap = kind === "uint" ? BigInt.asUintN : BigInt.asIntN;
  const element = isBigInt(type) ? (x: bigint) => x : Number;
  return { type, apply: (x) => element(wrap(bits, ofIntegers(BigInt(x), operand))) };
}
