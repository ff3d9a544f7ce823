import type { ChunkData, DataType } from "../data-type/data-type.js";
import { ZarrError } from "../errors.js";
import { toContiguous } from "../grid/copy-region.js";
import { cStrides } from "../grid/strides.js";
import type { ArrayToArrayCodec, CodecConfiguration, CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";
import {
  integerRange,
  isBigInt,
  isFloat,
  isNumberType,
  type NumberTypeName,
  roundResultTo,
} from "./kernels/numbers.js";
import { encodedRepresentation, numbersOf } from "./number-filter.js";

/** One element on its way through the codec. */
type Convert = (x: number | bigint) => number | bigint;

/**
 * `(x - offset) * scale` with the arithmetic of the data type; integers that overflow, or that `scale` does not divide, are errors.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/codecs/scale_offset
 */
export const scaleOffsetEntry: CodecEntry = {
  names: ["scale_offset"],
  kind: "array-to-array",
  create(configuration, { decoded: { dataType } }, name) {
    const reader = new ConfigurationReader(name, configuration, ["offset", "scale"]);
    const type = dataType.name;
    if (!isNumberType(type) || type === "bool") {
      const problem = `codec "${name}" takes integers and floating-point numbers, found ${type}`;
      throw new ZarrError("ERR_METADATA", problem, { codec: name });
    }
    const scalar = (member: string, absent: number): number | bigint => {
      const json = reader.raw(member) ?? absent;
      return dataType.fillValueFromJson(json, 3) as number | bigint;
    };
    const [offset, scale] = [scalar("offset", 0), scalar("scale", 1)];
    if (Number(scale) === 0) throw reader.mismatch("scale", "another number than 0");
    return isFloat(type)
      ? codec(name, configuration, ...floatArithmetic(type, Number(offset), Number(scale)))
      : codec(name, configuration, ...integerArithmetic(name, type, BigInt(offset), BigInt(scale)));
  },
};

function codec(name: string, configuration: CodecConfiguration, encode: Convert, decode: Convert): ArrayToArrayCodec {
  const apply = (data: ChunkData, dataType: DataType, convert: Convert): ChunkData => {
    const target = dataType.allocate(data.length);
    const [from, to] = [numbersOf(data), numbersOf(target)];
    for (let i = 0; i < from.length; i++) to[i] = convert(from[i]);
    return target;
  };
  return {
    name,
    kind: "array-to-array",
    configuration,
    encodedRepresentation: (decoded) =>
      encodedRepresentation(decoded, decoded.dataType, (data) => apply(data, decoded.dataType, encode)),
    encode(chunk, { dataType }) {
      const { data, shape } = toContiguous(chunk, dataType);
      return { data: apply(data, dataType, encode), shape, stride: cStrides(shape) };
    },
    decode(chunk, { dataType }) {
      const { data, shape } = toContiguous(chunk, dataType);
      return { data: apply(data, dataType, decode), shape, stride: cStrides(shape) };
    },
  };
}

function floatArithmetic(type: NumberTypeName, offset: number, scale: number): [Convert, Convert] {
  const round = roundResultTo(type);
  return [(x) => round(round(Number(x) - offset) * scale), (x) => round(round(Number(x) / scale) + offset)];
}

function integerArithmetic(name: string, type: NumberTypeName, offset: bigint, scale: bigint): [Convert, Convert] {
  const { min, max } = integerRange(type);
  const element = (value: bigint): number | bigint => {
    if (value >= min && value <= max) return isBigInt(type) ? value : Number(value);
    const problem = `${value} is out of the range of ${type}, ${min} to ${max}`;
    throw new ZarrError("ERR_CODEC", problem, { codec: name });
  };
  const decode = (x: number | bigint) => {
    const value = BigInt(x);
    if (value % scale === 0n) return element(value / scale + offset);
    throw new ZarrError("ERR_CODEC", `${value} is not a multiple of scale ${scale}`, { codec: name });
  };
  return [(x) => element(BigInt(element(BigInt(x) - offset)) * scale), decode];
}
