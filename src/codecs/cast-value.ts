import { isJsonObject, type Json } from "../bytes/json.js";
import { bitsOf } from "../data-type/bits.js";
import { type ChunkData, type DataType, elementOf, exactScalar } from "../data-type/data-type.js";
import { dataTypeFromJson } from "../data-type/registry.js";
import type { TypedArray } from "../data-type/typed-array-type.js";
import { isZarrError, ZarrError } from "../errors.js";
import { toContiguous } from "../grid/copy-region.js";
import { cStrides } from "../grid/strides.js";
import type { ArrayToArrayCodec, ChunkRepresentation, CodecConfiguration, CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";
import { type Cast, castTo, type RealType, realType, roundings } from "./kernels/cast.js";
import { numbersOf } from "./number-filter.js";

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
  create(configuration, { decoded, isStored }, name) {
    const reader = new ConfigurationReader(name, configuration, [
      "data_type",
      "rounding",
      "out_of_range",
      "scalar_map",
    ]);
    const target = dataTypeFromJson(reader.raw("data_type"));
    const rounding = reader.choice("rounding", roundings, "nearest-even");
    const outOfRange = reader.has("out_of_range") ? reader.choice("out_of_range", ["clamp", "wrap"]) : undefined;
    const [from, to] = [realTypeOf(name, decoded.dataType), realTypeOf(name, target)];
    if (outOfRange === "wrap" && "format" in to)
      throw reader.mismatch("out_of_range", '"clamp", since data_type is not an integer type');
    const backwards = outOfRange === "wrap" && "format" in from ? undefined : outOfRange;
    const maps = readScalarMaps(reader, decoded.dataType, target);
    const encode = castAll(name, castTo(to, rounding, outOfRange), maps.encode, decoded.dataType, target);
    const decode = castAll(name, castTo(from, rounding, backwards), maps.decode, target, decoded.dataType);
    const fill = castFillValue(name, decoded, target, encode, decode);
    // What others wrote can be read all the same: of stored chunks nothing is the fill value.
    if (fill.problem !== undefined && isStored !== true) {
      throw new ZarrError("ERR_METADATA", fill.problem, { codec: name }, fill.cause);
    }
    return castValueCodec(name, configuration, target, encode, decode, fill);
  },
};

function castValueCodec(
  name: string,
  configuration: CodecConfiguration,
  target: DataType,
  encode: CastAll,
  decode: CastAll,
  fill: CastFillValue,
): ArrayToArrayCodec {
  return {
    name,
    kind: "array-to-array",
    configuration,
    encodedRepresentation: ({ shape }) => ({
      shape,
      dataType: target,
      fillValue: fill.value ?? target.defaultFillValue,
    }),
    encode(chunk, { dataType }) {
      if (fill.problem !== undefined) throw new ZarrError("ERR_CODEC", fill.problem, { codec: name }, fill.cause);
      const { data, shape } = toContiguous(chunk, dataType);
      return { data: encode(data), shape, stride: cStrides(shape) };
    },
    decode(chunk) {
      const { data, shape } = toContiguous(chunk, target);
      return { data: decode(data), shape, stride: cStrides(shape) };
    },
  };
}

function realTypeOf(codec: string, { name }: DataType): RealType {
  const type = realType(name);
  if (type !== undefined) return type;
  const problem = `codec "${codec}" casts integers and floating-point numbers, found ${name}`;
  throw new ZarrError("ERR_METADATA", problem, { codec });
}

function castAll(
  codec: string,
  cast: Cast,
  map: ReadonlyMap<unknown, ChunkData>,
  source: DataType,
  target: DataType,
): CastAll {
  const isSame = source.name === target.name;
  return (data) => {
    if (isSame && map.size === 0) return data;
    const result = target.allocate(data.length);
    const [from, to] = [numbersOf(data), numbersOf(result)];
    const [fromBits, bits] = [bitsOf(data as TypedArray), bitsOf(result as TypedArray)];
    for (let i = 0; i < from.length; i++) {
      const mapped = map.size === 0 ? undefined : map.get(from[i]);
      if (mapped !== undefined) bits[i] = bitsOf(mapped as TypedArray)[0];
      else if (isSame) bits[i] = fromBits[i];
      else to[i] = cast(from[i]) ?? refuse(codec, from[i], target);
    }
    return result;
  };
}

function refuse(codec: string, element: number | bigint, { name }: DataType): never {
  const problem = `${element} has no value of type ${name}; out_of_range or scalar_map can give it one`;
  throw new ZarrError("ERR_CODEC", problem, { codec });
}

/** Input scalars and their replacements; the first of several entries for one scalar counts. */
function readScalarMaps(reader: ConfigurationReader, array: DataType, target: DataType) {
  const json = reader.raw("scalar_map") ?? {};
  if (!isJsonObject(json)) throw reader.mismatch("scalar_map", "an object");
  const read = (entries: Json | undefined, from: DataType, to: DataType): ReadonlyMap<unknown, ChunkData> => {
    const map = new Map<unknown, ChunkData>();
    if (!Array.isArray(entries ?? [])) throw reader.mismatch("scalar_map", "lists of pairs");
    for (const pair of (entries ?? []) as readonly Json[]) {
      if (!Array.isArray(pair) || pair.length !== 2) throw reader.mismatch("scalar_map", "lists of pairs");
      const key = from.getScalar(element(pair[0], from), 0);
      if (!map.has(key)) map.set(key, element(pair[1], to));
    }
    return map;
  };
  const unknown = Object.keys(json).find((member) => member !== "encode" && member !== "decode");
  if (unknown !== undefined) throw reader.mismatch("scalar_map", "members encode and decode only");
  return { encode: read(json.encode, array, target), decode: read(json.decode, target, array) };
}

function element(json: Json, type: DataType): ChunkData {
  // The specification's example has this sign, its fill values have not.
  return elementOf(type, type.fillValueFromJson(json === "+Infinity" ? "Infinity" : json, 3));
}

/** The fill value in the other type, and what is wrong if it does not survive the way there and back. */
interface CastFillValue {
  readonly value?: unknown;
  readonly problem?: string;
  readonly cause?: unknown;
}

function castFillValue(
  codec: string,
  { dataType, fillValue }: ChunkRepresentation,
  target: DataType,
  encode: CastAll,
  decode: CastAll,
): CastFillValue {
  const data = elementOf(dataType, fillValue);
  const before = dataType.getScalar(data, 0);
  const problem = `codec "${codec}": the fill value ${before} does not survive the cast and the way back`;
  let value: unknown;
  try {
    const encoded = encode(data);
    value = exactScalar(target, encoded);
    const after = dataType.getScalar(decode(encoded), 0);
    return after === before || (Number.isNaN(after) && Number.isNaN(before)) ? { value } : { value, problem };
  } catch (cause) {
    if (isZarrError(cause, "ERR_CODEC")) return { value, problem, cause };
    throw cause;
  }
}
