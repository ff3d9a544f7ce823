import type { DimensionGrid } from "../grid/chunk-grid.js";
import { ChunkPlan } from "../grid/chunk-plan.js";
import { mergePlans, type PlannedPart } from "../grid/merge-plans.js";
import type { IndexRange } from "../grid/selection.js";
import { regionShape } from "../grid/selection.js";
import { cStrides } from "../grid/strides.js";
import type { ArrayContext } from "../hierarchy/array-context.js";
import { decodingGrid } from "../hierarchy/chunk-layout.js";
import { inOrder } from "../hierarchy/in-order.js";
import { partsReader, windowOf } from "../hierarchy/read-many.js";
import type { SharedControl, SharedReading } from "./protocol.js";
import { fromShared } from "./wire-values.js";

/** The chunks of a plan, or the inner chunks. */
export function gridOf({ metadata }: ArrayContext, byInnerChunk: boolean): readonly DimensionGrid[] {
  return byInnerChunk ? decodingGrid(metadata) : metadata.chunkGrid;
}

/** What the windows take of one chunk after the other. */
export function partsOf(
  array: ArrayContext,
  ranges: readonly (readonly IndexRange[])[],
  byInnerChunk: boolean,
): Generator<readonly PlannedPart[]> {
  const grid = gridOf(array, byInnerChunk);
  return mergePlans(ranges.map((window) => new ChunkPlan(window, array.metadata.shape, grid)));
}

/** Memory for so many parts and participants. */
export function sharedControl(parts: number, participants: number): SharedControl {
  return {
    claims: new Int32Array(new SharedArrayBuffer(4 * (1 + participants))),
    done: new Uint8Array(new SharedArrayBuffer(parts)),
  };
}

/** Begins again with the first part that is to be read. */
export function restartClaims({ claims }: SharedControl): void {
  Atomics.store(claims, 0, 0);
}

/** Lets nobody claim anything more. */
export function endClaims({ claims }: SharedControl, parts: number): void {
  Atomics.store(claims, 0, parts);
}

/** The part that a participant is at, or was when it died. */
export function partUnderWay({ claims }: SharedControl, slot: number): number | undefined {
  const at = Atomics.exchange(claims, 1 + slot, 0);
  return at === 0 ? undefined : at - 1;
}

/** How many claims there were. */
export function claimsOf({ claims }: SharedControl): number {
  return Atomics.load(claims, 0);
}

/** Whether there is anything to claim. */
export function hasClaims({ control, parts, todo }: SharedReading): boolean {
  return claimsOf(control) < (todo?.length ?? parts);
}

/** Numbers of the parts that are not done, ascending. */
export function openParts({ done }: SharedControl): Int32Array {
  const open: number[] = [];
  for (let part = done.indexOf(0); part >= 0; part = done.indexOf(0, part + 1)) open.push(part);
  return Int32Array.from(open);
}

/**
 * Takes part in a reading: claims one part after the other until none is left, and decodes each to its place.
 *
 * @param slot - number of this participant
 * @param whenDone - called after each chunk with the number of parts that it had
 * @param goesOn - asked before each claim
 */
export async function participate(
  array: ArrayContext,
  reading: SharedReading,
  slot: number,
  whenDone: (parts: number) => void,
  goesOn: () => boolean = () => true,
): Promise<void> {
  const { ranges, byInnerChunk, windows, control, todo } = reading;
  const { claims, done } = control;
  const { dataType } = array.metadata;
  const memory = windows.map(({ data, isFresh }, i) => {
    const shape = regionShape(ranges[i]);
    return windowOf(ranges[i], { data: fromShared(data, dataType), shape, stride: cStrides(shape) }, isFresh);
  });
  const read = partsReader(array, gridOf(array, byInnerChunk), memory, {});
  function* claimed() {
    const plan = partsOf(array, ranges, byInnerChunk);
    // Claims ascend, so one walk over the plan meets them all.
    for (let at = 0; goesOn(); at++) {
      const claim = Atomics.add(claims, 0, 1);
      if (claim >= (todo?.length ?? reading.parts)) return;
      const part = todo?.[claim] ?? claim;
      Atomics.store(claims, 1 + slot, part + 1);
      for (; at < part; at++) plan.next();
      const { value } = plan.next();
      yield { part, planned: value as readonly PlannedPart[] };
    }
  }
  const finish = (_: unknown, { part, planned }: { part: number; planned: readonly PlannedPart[] }) => {
    done[part] = 1;
    Atomics.store(claims, 1 + slot, 0);
    whenDone(planned.length);
  };
  // One at a time: if this thread dies, it is known which part it was at.
  await inOrder(claimed(), 1, ({ planned }) => read(planned), finish);
}
