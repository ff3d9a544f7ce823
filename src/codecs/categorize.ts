import type { ChunkData, DataType } from "../data-type/data-type.js";
import { dataTypeFromName } from "../data-type/registry.js";
import { ZarrError } from "../errors.js";
import { toContiguous } from "../grid/copy-region.js";
import { cStrides } from "../grid/strides.js";
import type { ArrayToArrayCodec, ChunkRepresentation, CodecConfiguration, CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";
import { isBigInt, isFloat, type NumberTypeName } from "./kernels/numbers.js";
import { encodedRepresentation, numbersOf, readNumberType } from "./number-filter.js";

/** The meaning of an absent `astype`. */
const { dataType: uint8 } = dataTypeFromName("uint8");

/**
 * Strings as their places in a list of labels, from 1 on; 0 is any other string, and decodes to the empty one.
 * @see https://numcodecs.readthedocs.io/en/stable/filter/categorize.html
 */
export const categorizeEntry: CodecEntry = {
  names: ["numcodecs.categorize", "categorize"],
  kind: "array-to-array",
  create(configuration, { decoded }, name) {
    const reader = new ConfigurationReader(name, configuration, ["labels", "dtype", "astype"]);
    const labels = reader.raw("labels");
    if (!Array.isArray(labels) || !labels.every((label) => typeof label === "string")) {
      throw reader.mismatch("labels", "a list of strings");
    }
    if (typeof decoded.dataType.defaultFillValue !== "string") {
      const problem = `codec "${name}" takes strings, found ${decoded.dataType.name}`;
      throw new ZarrError("ERR_METADATA", problem, { codec: name });
    }
    const astype = readNumberType(reader, name, "astype", uint8);
    if (isFloat(astype.name) || astype.name === "bool") throw reader.mismatch("astype", "a type of integers");
    return categorizeCodec(name, configuration, labels, astype);
  },
};

function categorizeCodec(
  name: string,
  configuration: CodecConfiguration,
  labels: readonly string[],
  astype: { readonly name: NumberTypeName; readonly dataType: DataType },
): ArrayToArrayCodec {
  // A label that is there twice has its last place.
  const places = new Map(labels.map((label, i) => [label, i + 1]));
  const encode = (data: ChunkData): ChunkData => {
    const target = astype.dataType.allocate(data.length);
    const numbers = numbersOf(target);
    (data as string[]).forEach((label, i) => {
      const place = places.get(label) ?? 0;
      numbers[i] = isBigInt(astype.name) ? BigInt(place) : place;
    });
    return target;
  };
  return {
    name,
    kind: "array-to-array",
    configuration,
    encodedRepresentation: (decoded) => encodedRepresentation(decoded, astype.dataType, encode),
    encode(chunk, { dataType }) {
      const { data, shape } = toContiguous(chunk, dataType);
      return { data: encode(data), shape, stride: cStrides(shape) };
    },
    decode(chunk, { dataType }: ChunkRepresentation) {
      const { data, shape } = toContiguous(chunk, astype.dataType);
      const fitting = labels.map((label) => cutTo(label, dataType));
      const strings = Array.from(numbersOf(data), (place) => fitting[Number(place) - 1] ?? "");
      return { data: strings, shape, stride: cStrides(shape) };
    },
  };
}

/** As much of a label as an element holds: its characters take four bytes each. */
function cutTo(label: string, { itemSize }: DataType): string {
  return itemSize === undefined ? label : [...label].slice(0, itemSize / 4).join("");
}
