import type { ChunkData } from "../data-type/data-type.js";
import type { ChunkPart, Picks } from "./chunk-plan.js";
import { copyRow, entriesOf, RegionCopier, type StridedRegion } from "./copy-region.js";

/** One dimension of a copy: element `i` of `count` is at place `from[i]` of the source, or `i`, and `to[i]` of the target, or `i`. */
interface Axis {
  readonly count: number;
  readonly from?: readonly number[];
  readonly to?: readonly number[];
}

/** Copies what `part` lists from the part, as it was decoded, to the region. */
export function gatherPicked(source: StridedRegion, target: StridedRegion, part: ChunkPart, width: number): void {
  copyAxes(
    source,
    target,
    axesOf(part, ({ from, to }) => ({ count: from.length, from, to })),
    width,
  );
}

/** Copies what `part` lists from the region into the part. If an element is listed twice, the later one stays. */
export function scatterPicked(source: StridedRegion, target: StridedRegion, part: ChunkPart, width: number): void {
  copyAxes(
    source,
    target,
    axesOf(part, ({ from, to }) => ({ count: from.length, from: to, to: from })),
    width,
  );
}

function axesOf({ count, picks }: ChunkPart, axisOf: (picks: Picks) => Axis): Axis[] {
  return count.map((n, d) => {
    const listed = picks?.[d];
    return listed === undefined ? { count: n } : axisOf(listed);
  });
}

function copyAxes(source: StridedRegion, target: StridedRegion, axes: readonly Axis[], width: number): void {
  const listed = axes.findLastIndex(({ from }) => from !== undefined);
  const rest = axes.slice(listed + 1).map(({ count }) => count);
  const copier = new RegionCopier(source.stride.slice(listed + 1), target.stride.slice(listed + 1), rest, width);
  const [from, to] = [entriesOf(source.data), entriesOf(target.data)];
  const copy = (d: number, s: number, t: number): void => {
    const { count, from: fromPlaces, to: toPlaces } = axes[d];
    for (let i = 0; i < count; i++) {
      const inSource = s + (fromPlaces?.[i] ?? i) * source.stride[d];
      const inTarget = t + (toPlaces?.[i] ?? i) * target.stride[d];
      if (d < listed) copy(d + 1, inSource, inTarget);
      else if (rest.length === 0) copyRow(from, inSource * width, 1, to, inTarget * width, 1, width);
      else copier.copy(source.data, inSource, target.data, inTarget);
    }
  };
  copy(0, source.offset, target.offset);
}

/** Some elements of some data. */
export interface Elements {
  readonly data: ChunkData;
  /** The place of each of them, in elements. */
  readonly places: ArrayLike<number>;
}

/** Copies elements one by one, each from its place in the source to its place in the target. */
export function copyElements(source: Elements, target: Elements, width: number): void {
  const [from, to] = [entriesOf(source.data), entriesOf(target.data)];
  for (let i = 0; i < source.places.length; i++) {
    copyRow(from, source.places[i] * width, 1, to, target.places[i] * width, 1, width);
  }
}
