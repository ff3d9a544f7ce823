import { isBytes } from "../bytes/built-in.js";
import { type ChunkData, type DataType, elementOf } from "../data-type/data-type.js";
import { ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { copyRegion, type StridedRegion } from "../grid/copy-region.js";
import { cStrides, product } from "../grid/strides.js";
import type { ArrayMetadata } from "../metadata/node-metadata.js";

/**
 * The values to write as a chunk of the region's shape; a scalar becomes one element with strides of 0.
 * @throws ZarrError `ERR_VALUE` - their number or shape is not the region's, or one does not fit the data type
 */
export function valuesFor({ dataType }: ArrayMetadata, values: unknown, region: readonly number[]): Chunk {
  const mismatch = (found: string) => {
    const expected = `the selected region has shape [${region.join(", ")}], ${product(region)} elements`;
    return new ZarrError("ERR_VALUE", `${found}, but ${expected}`);
  };
  if (!dataType.isScalar(values) && isChunk(values)) {
    const { data: given, shape } = values;
    if (!isList(given) || !isList(shape)) throw mismatch("the values are not a chunk { data, shape, stride }");
    const { stride = cStrides(shape) } = values;
    if (shape.length !== region.length || shape.some((length, d) => length !== region[d])) {
      throw mismatch(`the values have shape [${shape.join(", ")}]`);
    }
    const data = dataType.checkValues(given);
    const span = shape.includes(0) ? 0 : 1 + shape.reduce((last, length, d) => last + (length - 1) * stride[d], 0);
    const isStride = (s: number) => Number.isSafeInteger(s) && s >= 0;
    if (stride?.length !== shape.length || !stride.every(isStride) || span * dataType.width > data.length) {
      throw mismatch(`the values have strides [${stride}] and ${data.length} entries of data`);
    }
    return { data, shape, stride };
  }
  if (!dataType.isScalar(values) && isList(values)) {
    const entries = product(region) * dataType.width;
    if (!(values.length >= 0 && values.length <= entries))
      throw mismatch(`the values have a length of ${values.length}`);
    const data = dataType.checkValues(values);
    if (data.length !== entries) throw mismatch(`the values have ${data.length / dataType.width} elements`);
    return { data, shape: region, stride: cStrides(region) };
  }
  const data = elementOf(dataType, dataType.checkScalar(values));
  return { data, shape: region, stride: region.map(() => 0) };
}

export function isList(values: unknown): values is ArrayLike<unknown> {
  return typeof values === "object" && values !== null && "length" in values;
}

export function isChunk(values: unknown): values is Pick<Chunk, "data" | "shape"> & Partial<Chunk> {
  return typeof values === "object" && values !== null && "data" in values && "shape" in values;
}

/** A copy of the caller's elements that nobody else changes; what is repeated, by a stride of 0, stays so. */
export function copyOfRegion(source: StridedRegion, count: readonly number[], dataType: DataType): StridedRegion {
  const counts = count.map((n, d) => (source.stride[d] === 0 ? Math.min(n, 1) : n));
  const data = dataType.allocate(product(counts));
  const stride = cStrides(counts);
  copyRegion(source, { data, offset: 0, stride }, counts, dataType.width);
  return { data: unshared(data), offset: 0, stride: stride.map((s, d) => (source.stride[d] === 0 ? 0 : s)) };
}

/** Data whose entries, where they are byte strings or JSON, are copies, too. */
export function unshared(data: ChunkData): ChunkData {
  return Array.isArray(data) ? data.map((entry: unknown) => copyOfEntry(entry)) : data;
}

function copyOfEntry(entry: unknown): unknown {
  if (isBytes(entry)) return new Uint8Array(entry);
  return typeof entry === "object" ? structuredClone(entry) : entry;
}
