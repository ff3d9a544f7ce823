import { ZarrError } from "../errors.js";
import { chunkOf, type DimensionGrid } from "./chunk-grid.js";
import { copyRegion } from "./copy-region.js";
import { type NestedList, type ShapedList, shapedList } from "./nested-list.js";
import { describeEntry, resolveIndex } from "./selection.js";
import { cStrides, product } from "./strides.js";

/** Indices along one dimension: one, a list, nested lists, or `{ data, shape }`. */
export type CoordinateEntry = number | ArrayLike<number> | NestedList<number> | ShapedList<number>;

/** A choice of points of an array: 0 and 1 or booleans in its shape, as nested lists or as `{ data, shape }`. */
export type Mask = number | boolean | NestedList<number | boolean> | ShapedList<number | boolean>;

/** Elements of an array, one by one, in a shape of their own. */
export interface Points {
  readonly shape: readonly number[];
  readonly count: number;
  /** For each dimension of the array the index of each point. */
  readonly indices: readonly ArrayLike<number>[];
}

/** More would not be worth the memory of their indices. */
const maxPoints = 2 ** 26;

/**
 * Points by their indices along each dimension, broadcast against each other.
 * @throws ZarrError `ERR_SELECTION` - wrong number of entries, shapes that do not go together, an index out of bounds
 * @throws ZarrError `ERR_LIMIT` - more than 2^26 points
 */
export function resolveCoordinates(coordinates: readonly CoordinateEntry[], shape: readonly number[]): Points {
  if (!Array.isArray(coordinates) || coordinates.length !== shape.length) {
    const found = Array.isArray(coordinates) ? `${coordinates.length} entries` : describeEntry(coordinates);
    const message = `the coordinates are ${found}: give a list of one entry for each of ${shape.length} dimensions`;
    throw new ZarrError("ERR_SELECTION", message);
  }
  const lists = coordinates.map((entry, d) => {
    const { data, shape: listShape } = shapedList(entry, `the coordinates of dimension ${d}`);
    return { data: Array.from(data, (index) => resolveIndex(index, shape[d], d)), shape: listShape };
  });
  const common = broadcastShape(lists.map((list) => list.shape));
  const count = checkCount(product(common));
  const indices = lists.map((list) => {
    const indicesOfAll = new Float64Array(count);
    const stride = broadcastStride(list.shape, common.length);
    const source = { data: Float64Array.from(list.data), offset: 0, stride };
    copyRegion(source, { data: indicesOfAll, offset: 0, stride: cStrides(common) }, common);
    return indicesOfAll;
  });
  return { shape: common, count, indices };
}

function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    const lengths = shapes.map((shape) => shape[shape.length - rank + i] ?? 1).filter((length) => length !== 1);
    if (lengths.every((length) => length === lengths[0])) return lengths[0] ?? 1;
    const shown = shapes.map((shape) => `[${shape.join(", ")}]`).join(", ");
    throw new ZarrError("ERR_SELECTION", `coordinates of the shapes ${shown} cannot be broadcast to one shape`);
  });
}

function broadcastStride(shape: readonly number[], rank: number): number[] {
  const stride = cStrides(shape).map((distance, d) => (shape[d] === 1 ? 0 : distance));
  return [...new Array<number>(rank - shape.length).fill(0), ...stride];
}

/**
 * The points at which a mask is true, in C order.
 * @throws ZarrError `ERR_SELECTION` - not of the array's shape, or a value that is neither 0, 1, true nor false
 * @throws ZarrError `ERR_LIMIT` - more than 2^26 points
 */
export function resolveMask(mask: Mask, shape: readonly number[]): Points {
  const { data, shape: maskShape } = shapedList(mask, "the mask");
  if (maskShape.length !== shape.length || maskShape.some((length, d) => length !== shape[d])) {
    const message = `the mask has shape [${maskShape.join(", ")}], the array [${shape.join(", ")}]`;
    throw new ZarrError("ERR_SELECTION", message);
  }
  const places: number[] = [];
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (value === 1 || value === true) places.push(i);
    else if (value !== 0 && value !== false) {
      throw new ZarrError("ERR_SELECTION", `value ${i} of the mask is ${String(value)}: expected 0, 1, true or false`);
    }
  }
  const count = checkCount(places.length);
  const stride = cStrides(shape);
  const indices = shape.map((length, d) =>
    Float64Array.from(places, (place) => Math.floor(place / stride[d]) % length),
  );
  return { shape: [count], count, indices };
}

function checkCount(points: number): number {
  if (points <= maxPoints) return points;
  throw new ZarrError("ERR_LIMIT", `the selection has ${points} points, one call takes ${maxPoints}: select less`);
}

/** The points that lie in one chunk, and the box around them. */
export interface PointGroup {
  /** Indices of the box's first element in the array. */
  readonly first: readonly number[];
  /** Elements of the box along each dimension. */
  readonly count: readonly number[];
  /** Place of each point in the box, in elements in C order. */
  readonly inBox: readonly number[];
  /** Place of each point among all; ascending. */
  readonly places: readonly number[];
}

/** The points by the chunk that they lie in, in C order of the chunks' coordinates. */
export function groupPoints({ count, indices }: Points, grid: readonly DimensionGrid[]): PointGroup[] {
  // Numbers of chunks may be beyond 2^53, so chunks are numbered as they are met, one dimension after the other.
  const chunkOfPoint = new Float64Array(count);
  for (const [d, index] of indices.entries()) {
    const slabs = new Map<number, number>();
    const chunks = new Map<number, number>();
    for (let i = 0; i < count; i++) {
      const slab = numberOf(slabs, chunkOf(grid[d], index[i]));
      chunkOfPoint[i] = numberOf(chunks, chunkOfPoint[i] * count + slab);
    }
  }
  const members: number[][] = [];
  for (let i = 0; i < count; i++) {
    members[chunkOfPoint[i]] ??= [];
    members[chunkOfPoint[i]].push(i);
  }
  const coordsOf = ([point]: readonly number[]) => indices.map((index, d) => chunkOf(grid[d], index[point]));
  return members
    .map((places) => ({ places, coords: coordsOf(places) }))
    .sort((a, b) => compareCoords(a.coords, b.coords))
    .map(({ places }) => groupOf(places, indices));
}

/** The number of a value, in the order in which values are met. */
function numberOf(numbers: Map<number, number>, value: number): number {
  let number = numbers.get(value);
  if (number === undefined) {
    number = numbers.size;
    numbers.set(value, number);
  }
  return number;
}

function groupOf(places: readonly number[], indices: Points["indices"]): PointGroup {
  const first: number[] = [];
  const count: number[] = [];
  for (const index of indices) {
    let low = Number.POSITIVE_INFINITY;
    let high = 0;
    for (const place of places) {
      low = Math.min(low, index[place]);
      high = Math.max(high, index[place]);
    }
    first.push(low);
    count.push(high - low + 1);
  }
  const stride = cStrides(count);
  const inBox = places.map((place) => indices.reduce((at, index, d) => at + (index[place] - first[d]) * stride[d], 0));
  return { first, count, inBox, places };
}

/** C order of coordinates. */
export function compareCoords(a: readonly number[], b: readonly number[]): number {
  for (let d = 0; d < a.length; d++) if (a[d] !== b[d]) return a[d] - b[d];
  return 0;
}
