import { ZarrError } from "../errors.js";
import type { CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";
import { convertAll, converter, isFloat, roundHalfEven, roundResultTo, roundTo } from "./kernels/numbers.js";
import { numberFilterCodec, readNumberType } from "./number-filter.js";

/** 10 to the power of it, and of its negative, is a number of double precision. */
const maxDigits = 300;

/**
 * Floating-point numbers rounded to multiples of a power of two, fine enough for `digits` decimal digits after the point. What
 * is lost is lost: decoding changes nothing but the data type.
 * @see https://numcodecs.readthedocs.io/en/stable/filter/quantize.html
 */
export const quantizeEntry: CodecEntry = {
  names: ["numcodecs.quantize", "quantize"],
  kind: "array-to-array",
  create(configuration, context, name) {
    const { decoded } = context;
    const reader = new ConfigurationReader(name, configuration, ["digits", "dtype", "astype"]);
    const digits = reader.integer("digits", -maxDigits, maxDigits);
    const dtype = readNumberType(reader, name, "dtype", decoded.dataType);
    const astype = readNumberType(reader, name, "astype", dtype.dataType);
    if (!isFloat(dtype.name) || !isFloat(astype.name)) {
      const problem = `codec "${name}" takes floating-point numbers, found ${dtype.name} and ${astype.name}`;
      throw new ZarrError("ERR_METADATA", problem, { codec: name });
    }
    const round = roundResultTo(dtype.name);
    const scale = roundTo(dtype.name)(2 ** Math.ceil(digits * Math.log2(10)));
    const narrow = converter(dtype.name, astype.name);
    return numberFilterCodec(
      {
        name,
        configuration: { digits, dtype: dtype.code, astype: astype.code },
        dtype,
        astype,
        encode(source, target) {
          for (let i = 0; i < source.length; i++) {
            target[i] = narrow(round(roundHalfEven(round(scale * Number(source[i]))) / scale));
          }
        },
        decode: (source, target) => convertAll(source, astype.name, target, dtype.name),
      },
      context,
    );
  },
};
