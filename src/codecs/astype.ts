import type { CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";
import { convertAll } from "./kernels/numbers.js";
import { numberFilterCodec, readNumberType } from "./number-filter.js";

/**
 * Elements of another data type, converted as NumPy's `astype` does.
 * @see https://numcodecs.readthedocs.io/en/stable/filter/astype.html
 */
export const astypeEntry: CodecEntry = {
  names: ["numcodecs.astype", "astype"],
  kind: "array-to-array",
  create(configuration, context, name) {
    const { decoded } = context;
    const reader = new ConfigurationReader(name, configuration, ["encode_dtype", "decode_dtype"]);
    const dtype = readNumberType(reader, name, "decode_dtype", decoded.dataType);
    const astype = readNumberType(reader, name, "encode_dtype", dtype.dataType);
    return numberFilterCodec(
      {
        name,
        configuration: { encode_dtype: astype.code, decode_dtype: dtype.code },
        dtype,
        astype,
        encode: (source, target) => convertAll(source, dtype.name, target, astype.name),
        decode: (source, target) => convertAll(source, astype.name, target, dtype.name),
      },
      context,
    );
  },
};
