import type { Json } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { toContiguous } from "../grid/copy-region.js";
import { cStrides, product } from "../grid/strides.js";
import type { CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";

/**
 * The same elements, in C order, in another shape: of each dimension its length, the dimensions that it joins, or -1 for what is
 * left over.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/codecs/reshape
 */
export const reshapeEntry: CodecEntry = {
  names: ["reshape"],
  kind: "array-to-array",
  create(configuration, { decoded }, name) {
    const given = new ConfigurationReader(name, configuration, ["shape"]).raw("shape");
    const shape = resolveShape(given, decoded.shape, name);
    return {
      name,
      kind: "array-to-array",
      configuration: { shape: given! },
      encodedRepresentation: (before) => ({ ...before, shape }),
      encode: (chunk, { dataType }) => ({ data: toContiguous(chunk, dataType).data, shape, stride: cStrides(shape) }),
      decode: (chunk, before) => ({
        data: toContiguous(chunk, before.dataType).data,
        shape: before.shape,
        stride: cStrides(before.shape),
      }),
    };
  },
};

/** Shape after the codec of a chunk whose shape before it is `before`. */
function resolveShape(given: Json | undefined, before: readonly number[], codec: string): number[] {
  const fail = (problem: string): never => {
    const message = `configuration of codec "${codec}": ${problem} (the chunk's shape is [${before.join(", ")}])`;
    throw new ZarrError("ERR_METADATA", message, { codec });
  };
  if (!Array.isArray(given)) return fail("shape is not a list");
  const joined = given.map((entry, i) => {
    if (entry === -1 || (typeof entry === "number" && Number.isSafeInteger(entry) && entry > 0)) return entry;
    if (Array.isArray(entry) && entry.every((d) => typeof d === "number" && before[d] !== undefined)) {
      return entry as number[];
    }
    return fail(`shape[${i}] is neither a length, nor -1, nor a list of dimensions`);
  });
  const dimensions = joined.flatMap((entry) => (Array.isArray(entry) ? entry : []));
  if (dimensions.some((d, i) => i > 0 && d <= dimensions[i - 1])) fail("the dimensions in shape do not increase");
  const lengths = joined.map((entry) => (Array.isArray(entry) ? product(entry.map((d) => before[d])) : entry));
  const unknown = lengths.indexOf(-1);
  if (unknown !== lengths.lastIndexOf(-1)) fail("shape has -1 more than once");
  const elements = product(before);
  if (unknown >= 0) {
    const others = product(lengths.filter((length) => length !== -1));
    lengths[unknown] = elements / others;
  }
  if (!lengths.every(Number.isInteger) || product(lengths) !== elements) {
    fail(`shape gives ${product(lengths)} elements, expected ${elements}`);
  }
  // What stands before joined dimensions, and behind them, has as many elements as before: so each of them keeps its coordinates.
  joined.forEach((entry, i) => {
    if (!Array.isArray(entry) || entry.length === 0) return;
    const start = product(before.slice(0, entry[0]));
    const end = product(before.slice(entry.at(-1)! + 1));
    if (product(lengths.slice(0, i)) !== start || product(lengths.slice(i + 1)) !== end) {
      fail(`shape[${i}] joins dimensions that do not lie there`);
    }
  });
  return lengths;
}
