import { type ChunkData, type DataType, elementOf, exactScalar } from "../data-type/data-type.js";
import { dataTypeFromName, dataTypeToV2 } from "../data-type/registry.js";
import { ZarrError } from "../errors.js";
import { toContiguous } from "../grid/copy-region.js";
import { cStrides, product } from "../grid/strides.js";
import type { ArrayToArrayCodec, ChunkRepresentation, CodecConfiguration, CodecContext } from "./codec.js";
import type { ConfigurationReader } from "./configuration.js";
import { convertAll, isNumberType, type Numbers, type NumberTypeName } from "./kernels/numbers.js";

/** A data type of numbers. */
export interface NumberType {
  readonly name: NumberTypeName;
  readonly dataType: DataType;
  /** NumPy's notation, as `<f4`. */
  readonly code: string;
}

/** The conversion of elements by a filter of numcodecs, in C order. */
export interface NumberFilter {
  readonly name: string;
  readonly configuration: CodecConfiguration;
  /** The type that {@link encode} takes. In v2 the bytes of elements of another type are taken for it, in v3 their values. */
  readonly dtype: NumberType;
  /** The type that {@link encode} gives. */
  readonly astype: NumberType;
  /** Fills `target`, which is as long as `source`. */
  readonly encode: (source: Numbers, target: Numbers) => void;
  readonly decode: (source: Numbers, target: Numbers) => void;
}

/** The codec that applies a filter to chunks of `decoded`. */
export function numberFilterCodec(
  filter: NumberFilter,
  { decoded, zarrFormat }: Pick<CodecContext, "decoded" | "zarrFormat">,
): ArrayToArrayCodec {
  const { name, configuration, dtype, astype } = filter;
  // zarr-python casts what a filter of a v3 array decodes to the array's type, and in v2 takes its bytes for it.
  const cast = zarrFormat === 3 && isNumberType(decoded.dataType.name) ? convertData : reinterpret;
  if (decoded.dataType.itemSize !== dtype.dataType.itemSize) {
    const problem = `codec "${name}" takes elements of type ${dtype.name}, found ${decoded.dataType.name}`;
    throw new ZarrError("ERR_METADATA", problem, { codec: name });
  }
  const encode = (data: ChunkData, { dataType, shape }: ChunkRepresentation): ChunkData => {
    const target = astype.dataType.allocate(product(shape));
    filter.encode(numbersOf(cast(data, dataType, dtype.dataType)), numbersOf(target));
    return target;
  };
  return {
    name,
    kind: "array-to-array",
    configuration,
    encodedRepresentation: (before) => encodedRepresentation(before, astype.dataType, encode),
    encode(chunk, before) {
      const { data, shape } = toContiguous(chunk, before.dataType);
      return { data: encode(data, before), shape, stride: cStrides(shape) };
    },
    decode(chunk, { dataType }) {
      const { data, shape } = toContiguous(chunk, astype.dataType);
      const target = dtype.dataType.allocate(product(shape));
      filter.decode(numbersOf(data), numbersOf(target));
      return { data: cast(target, dtype.dataType, dataType), shape, stride: cStrides(shape) };
    },
  };
}

/** The form of a chunk after a codec that encodes elements one by one: the fill value is encoded as the elements are. */
export function encodedRepresentation(
  { shape, dataType, fillValue }: ChunkRepresentation,
  target: DataType,
  encode: (data: ChunkData, representation: ChunkRepresentation) => ChunkData,
): ChunkRepresentation {
  const encoded = encode(elementOf(dataType, fillValue), { shape: [1], dataType, fillValue });
  return { shape, dataType: target, fillValue: exactScalar(target, encoded) };
}

/** The data type that a member of a filter's configuration names, in NumPy's notation or by its name. */
export function readNumberType(
  reader: ConfigurationReader,
  codec: string,
  member: string,
  absent: DataType,
): NumberType {
  const named = reader.has(member) ? dataTypeFromName(reader.string(member)) : { dataType: absent, endian: undefined };
  const { dataType, endian } = named;
  if (isNumberType(dataType.name))
    return { name: dataType.name, dataType, code: String(dataTypeToV2(dataType, endian)) };
  const problem = `codec "${codec}" computes with booleans, integers and floating-point numbers, found ${member} ${dataType.name}`;
  throw new ZarrError("ERR_METADATA", problem, { codec });
}

/** The data of a type of numbers, whose entries are numbers, or bigints. */
export function numbersOf(data: ChunkData): Numbers {
  return data as Numbers;
}

function reinterpret(data: ChunkData, from: DataType, to: DataType): ChunkData {
  return from.name === to.name ? data : to.fromBytes(from.toBytes(data));
}

function convertData(data: ChunkData, from: DataType, to: DataType): ChunkData {
  if (from.name === to.name) return data;
  const target = to.allocate(data.length);
  convertAll(numbersOf(data), from.name as NumberTypeName, numbersOf(target), to.name as NumberTypeName);
  return target;
}
