import type { ArrayToArrayCodec, CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";

/**
 * Permutes the dimensions: dimension i of the encoded chunk is dimension `order[i]` of the decoded one. No element moves;
 * only shape and strides change, and the array-to-bytes codec copies once.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/codecs/transpose/index.html
 */
export const transposeEntry: CodecEntry = {
  names: ["transpose"],
  kind: "array-to-array",
  create(configuration, { decoded }, name) {
    const reader = new ConfigurationReader(name, configuration, ["order"]);
    return transposeCodec(name, readOrder(reader, decoded.shape.length));
  },
};

function transposeCodec(name: string, order: readonly number[]): ArrayToArrayCodec {
  const inverse = order.map((_, dimension) => order.indexOf(dimension));
  const permute = (values: readonly number[], by: readonly number[]) => by.map((dimension) => values[dimension]);
  return {
    name,
    kind: "array-to-array",
    configuration: { order },
    encodedRepresentation: (decoded) => ({ ...decoded, shape: permute(decoded.shape, order) }),
    encode: ({ data, shape, stride }) => ({ data, shape: permute(shape, order), stride: permute(stride, order) }),
    decode: ({ data, shape, stride }) => ({ data, shape: permute(shape, inverse), stride: permute(stride, inverse) }),
  };
}

function readOrder(reader: ConfigurationReader, rank: number): number[] {
  const order = reader.raw("order");
  const identity = Array.from({ length: rank }, (_, dimension) => dimension);
  // Drafts of the specification had these two words; files with them exist.
  if (order === "C") return identity;
  if (order === "F") return identity.reverse();
  if (Array.isArray(order) && order.length === rank && identity.every((dimension) => order.includes(dimension))) {
    return [...order];
  }
  throw reader.mismatch("order", `a permutation of [${identity}]`);
}
