import { isJsonObject, type Json } from "../bytes/json.js";
import type { ChunkData, DataType } from "../data-type/data-type.js";
import { dataTypeFromJson } from "../data-type/registry.js";
import { isZarrError, ZarrError } from "../errors.js";
import { toContiguous } from "../grid/copy-region.js";
import { cStrides } from "../grid/strides.js";
import type { ArrayToArrayCodec, ChunkRepresentation, CodecConfiguration, CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";
import { castTo, roundings } from "./kernels/cast.js";
import { isFloat, isNumberType, type NumberTypeName } from "./kernels/numbers.js";
import { encodedRepresentation, numbersOf } from "./number-filter.js";

/** Converts all elements. @throws ZarrError `ERR_CODEC` - one has no value in the other type */
type CastAll = (data: ChunkData) => ChunkData;

/**
 * Elements of another data type with the same values, rounded as `rounding` says; values that it cannot hold are errors unless
 * `out_of_range` or `scalar_map` says what becomes of them.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/codecs/cast_value
 */
export const castValueEntry: CodecEntry = {
  names: ["cast_value"],
  kind: "array-to-array",
  create(configuration, { decoded }, name) {
    const reader = new ConfigurationReader(name, configuration, [
      "data_type",
      "rounding",
      "out_of_range",
      "scalar_map",
    ]);
    const target = dataTypeFromJson(reader.raw("data_type"));
    const rounding = reader.choice("rounding", roundings, "nearest-even");
    const outOfRange = reader.has("out_of_range") ? reader.choice("out_of_range", ["clamp", "wrap"]) : undefined;
    const [from, to] = [numberType(name, decoded.dataType), numberType(name, target)];
    if (outOfRange === "wrap" && isFloat(to))
      throw reader.mismatch("out_of_range", '"clamp", since data_type is no integer');
    const backwards = outOfRange === "wrap" && isFloat(from) ? undefined : outOfRange;
    const maps = readScalarMaps(reader, decoded.dataType, target);
    const encode = castAll(name, castTo(to, rounding, outOfRange), maps.encode, target);
    const decode = castAll(name, castTo(from, rounding, backwards), maps.decode, decoded.dataType);
    const codec = castValueCodec(name, configuration, target, encode, decode);
    checkFillValue(codec, decoded, decode);
    return codec;
  },
};

function castValueCodec(
  name: string,
  configuration: CodecConfiguration,
  target: DataType,
  encode: CastAll,
  decode: CastAll,
): ArrayToArrayCodec {
  return {
    name,
    kind: "array-to-array",
    configuration,
    encodedRepresentation: (decoded) => encodedRepresentation(decoded, target, encode),
    encode(chunk, { dataType }) {
      const { data, shape } = toContiguous(chunk, dataType);
      return { data: encode(data), shape, stride: cStrides(shape) };
    },
    decode(chunk) {
      const { data, shape } = toContiguous(chunk, target);
      return { data: decode(data), shape, stride: cStrides(shape) };
    },
  };
}

function numberType(codec: string, { name }: DataType): NumberTypeName {
  if (isNumberType(name) && name !== "bool") return name;
  const problem = `codec "${codec}" casts integers and floating-point numbers, found ${name}`;
  throw new ZarrError("ERR_METADATA", problem, { codec });
}

function castAll(
  codec: string,
  cast: ReturnType<typeof castTo>,
  map: ReadonlyMap<unknown, unknown>,
  target: DataType,
): CastAll {
  return (data) => {
    const result = target.allocate(data.length);
    const [from, to] = [numbersOf(data), numbersOf(result)];
    for (let i = 0; i < from.length; i++) {
      const element = (map.get(from[i]) as number | bigint | undefined) ?? cast(from[i]);
      if (element === undefined) {
        const problem = `${from[i]} has no value of type ${target.name}; out_of_range or scalar_map can give it one`;
        throw new ZarrError("ERR_CODEC", problem, { codec });
      }
      to[i] = element;
    }
    return result;
  };
}

/** Input scalars and what becomes of them; of several entries for one, the first counts. */
function readScalarMaps(reader: ConfigurationReader, array: DataType, target: DataType) {
  const json = reader.raw("scalar_map") ?? {};
  if (!isJsonObject(json)) throw reader.mismatch("scalar_map", "an object");
  const read = (entries: Json | undefined, from: DataType, to: DataType): ReadonlyMap<unknown, unknown> => {
    const map = new Map<unknown, unknown>();
    if (!Array.isArray(entries ?? [])) throw reader.mismatch("scalar_map", "lists of pairs");
    for (const pair of (entries ?? []) as readonly Json[]) {
      if (!Array.isArray(pair) || pair.length !== 2) throw reader.mismatch("scalar_map", "lists of pairs");
      const key = scalar(pair[0], from);
      if (!map.has(key)) map.set(key, scalar(pair[1], to));
    }
    return map;
  };
  const unknown = Object.keys(json).find((member) => member !== "encode" && member !== "decode");
  if (unknown !== undefined) throw reader.mismatch("scalar_map", "members encode and decode only");
  return { encode: read(json.encode, array, target), decode: read(json.decode, target, array) };
}

function scalar(json: Json, type: DataType): unknown {
  // The specification's example has this sign, its fill values have not.
  return type.fillValueFromJson(json === "+Infinity" ? "Infinity" : json, 3);
}

/** The fill value must survive the way to the other type and back. */
function checkFillValue(codec: ArrayToArrayCodec, decoded: ChunkRepresentation, decode: CastAll): void {
  const { name } = codec;
  const fail = (cause?: unknown): never => {
    const problem = `codec "${name}": the fill value ${decoded.fillValue} does not survive the cast and the way back`;
    throw new ZarrError("ERR_METADATA", problem, { codec: name }, cause);
  };
  try {
    const { dataType, fillValue } = codec.encodedRepresentation(decoded);
    const one = dataType.allocate(1);
    dataType.fill(one, fillValue, 0, 1);
    const back = decoded.dataType.getScalar(decode(one), 0);
    if (back !== decoded.fillValue && !(Number.isNaN(back) && Number.isNaN(decoded.fillValue))) fail();
  } catch (error) {
    if (isZarrError(error, "ERR_CODEC")) fail(error);
    throw error;
  }
}
