import { checkOptions } from "../bytes/check-options.js";
import type { EncodedReader } from "../codecs/codec.js";
import type { DataType } from "../data-type/data-type.js";
import type { Chunk } from "../grid/chunk.js";
import { copyElements, type Elements } from "../grid/copy-picked.js";
import { groupPoints, type PointGroup, type Points } from "../grid/points.js";
import { offsetOf } from "../grid/strides.js";
import type { ArrayMetadata } from "../metadata/node-metadata.js";
import { type ArrayContext, atOneMoment, chunksAtOnce } from "./array-context.js";
import { ChunkDecoder } from "./chunk-decoder.js";
import { decodingGrid, type LocatedRegion, locateRegion } from "./chunk-layout.js";
import { chunksInOrder } from "./chunks-in-order.js";
import { unshared, valuesFor } from "./given-values.js";
import { inOrder } from "./in-order.js";
import { newRegion, progressOf, type ReadOptions, readOptions } from "./read-selection.js";
import { type Change, checkWriteOptions, type WriteOptions, writeChunks } from "./write-selection.js";

/** The elements at some points, in the points' shape. Each chunk, of a shard each inner chunk, is decoded once. */
export async function readPoints(array: ArrayContext, points: Points, options: ReadOptions): Promise<Chunk> {
  checkOptions(options, readOptions);
  return await atOneMoment(array, (stored) => readPointsOf(stored, points, options));
}

async function readPointsOf(array: ArrayContext, points: Points, options: ReadOptions): Promise<Chunk> {
  const { metadata } = array;
  const { region } = newRegion(array, points.shape, options.out);
  const groups = groupPoints(points, decodingGrid(metadata));
  const decoder = new ChunkDecoder(array, { signal: options.signal });
  const chunks = [...groupsByChunk(metadata, groups)];
  const width = chunksAtOnce(array);
  const read = async ({ coords, groups }: ChunkGroups) => {
    const readGroups = (reader?: EncodedReader) => {
      const readGroup = async ({ region: part, inBox, places }: PlacedGroup) => {
        const box = await decoder.decode(coords, part, reader);
        copyElements({ data: box.data, places: inBox }, { data: region.data, places }, metadata.dataType.width);
      };
      return inOrder(groups, width, readGroup, () => undefined, options.signal);
    };
    await (groups.length === 1 ? readGroups() : decoder.hold(coords, readGroups));
  };
  const readOf = ({ coords, groups }: ChunkGroups) => ({ coords, regions: groups.map(({ region }) => region) });
  await chunksInOrder(array, chunks, readOf, read, progressOf(chunks.length, options), options.signal);
  return region;
}

/** Points that lie together in one chunk, or inner chunk, and where that part is in its chunk. */
type PlacedGroup = PointGroup & Pick<LocatedRegion, "region">;

/** The groups of one chunk. */
interface ChunkGroups {
  readonly coords: readonly number[];
  readonly groups: PlacedGroup[];
}

function groupsByChunk(metadata: ArrayMetadata, groups: readonly PointGroup[]): Iterable<ChunkGroups> {
  const chunks = new Map<string, ChunkGroups>();
  for (const group of groups) {
    const step = group.first.map(() => 1);
    const { coords, region } = locateRegion(metadata, group.first, step, group.count);
    const key = coords.join();
    const chunk = chunks.get(key) ?? { coords, groups: [] };
    chunk.groups.push({ ...group, region });
    chunks.set(key, chunk);
  }
  return chunks.values();
}

/** Writes `values`, of the points' shape or one scalar for all, to some points; the last value if a point is there twice. */
export async function writePoints(
  array: ArrayContext,
  points: Points,
  values: unknown,
  options: WriteOptions,
): Promise<void> {
  checkWriteOptions(options);
  const { metadata } = array;
  const source = valuesFor(metadata, values, points.shape);
  const parts = groupPoints(points, metadata.chunkGrid).map(({ first, count, inBox, places }) => {
    const { coords, region } = locateRegion(
      metadata,
      first,
      first.map(() => 1),
      count,
    );
    return { ...region, coords, inBox, places };
  });
  await writeChunks(array, parts, progressOf(parts.length, options), options, ({ inBox, places }, isOwned) => {
    const inSource = places.map((place) => offsetOf(indexAt(place, points.shape), source.stride));
    const { data } = source;
    return pointsChange({ data, places: inSource }, inBox, metadata.dataType, isOwned);
  });
}

/** The change of single elements of a chunk. */
function pointsChange(
  { data, places }: Elements,
  inBox: readonly number[],
  dataType: DataType,
  isOwned: boolean,
): Change {
  const { width } = dataType;
  if (!isOwned) return { source: { data, offset: 0, stride: [] }, put: putting(places, inBox, width) };
  const copied = { data: dataType.allocate(places.length), places: inBox.map((_, i) => i) };
  copyElements({ data, places }, copied, width);
  return { source: { data: unshared(copied.data), offset: 0, stride: [] }, put: putting(copied.places, inBox, width) };
}

/** In a function of its own, so that it keeps nothing else in memory. */
function putting(places: ArrayLike<number>, inBox: readonly number[], width: number): NonNullable<Change["put"]> {
  return (source, box) => copyElements({ data: source.data, places }, { data: box.data, places: inBox }, width);
}

/** Index of an element by its number in C order. */
function indexAt(number: number, shape: readonly number[]): number[] {
  const index = new Array<number>(shape.length);
  let rest = number;
  for (let d = shape.length - 1; d >= 0; d--) {
    index[d] = rest % shape[d];
    rest = Math.floor(rest / shape[d]);
  }
  return index;
}
