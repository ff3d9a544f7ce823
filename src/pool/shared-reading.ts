import { memorySize } from "../data-type/item-size.js";
import type { DimensionGrid } from "../grid/chunk-grid.js";
import { ChunkPlan } from "../grid/chunk-plan.js";
import { mergePlans, type PlannedPart } from "../grid/merge-plans.js";
import type { IndexRange } from "../grid/selection.js";
import { regionShape } from "../grid/selection.js";
import { cStrides, product } from "../grid/strides.js";
import type { ArrayContext } from "../hierarchy/array-context.js";
import { decodingGrid } from "../hierarchy/chunk-layout.js";
import { announceReads } from "../hierarchy/chunks-in-order.js";
import { inOrder } from "../hierarchy/in-order.js";
import { partsReader, readOfParts, windowOf } from "../hierarchy/read-many.js";
import type { SharedControl, SharedReading } from "./protocol.js";
import { fromShared } from "./wire-values.js";

/** The chunks of a plan, or the inner chunks. */
export function gridOf({ metadata }: ArrayContext, byInnerChunk: boolean): readonly DimensionGrid[] {
  return byInnerChunk ? decodingGrid(metadata) : metadata.chunkGrid;
}

/** The parts of one chunk after the other that the windows take. */
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

/** The number of claims. */
export function claimsOf({ claims }: SharedControl): number {
  return Atomics.load(claims, 0);
}

/** True if there is anything to claim. */
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
 * @param signal - stops requests that are under way
 */
export async function participate(
  array: ArrayContext,
  reading: SharedReading,
  slot: number,
  whenDone: (parts: number) => void,
  goesOn: () => boolean = () => true,
  signal?: AbortSignal,
): Promise<void> {
  const { ranges, byInnerChunk, windows, control, todo } = reading;
  const { claims, done } = control;
  const { dataType } = array.metadata;
  const memory = windows.map(({ data, isFresh }, i) => {
    const shape = regionShape(ranges[i]);
    return windowOf(ranges[i], { data: fromShared(data, dataType), shape, stride: cStrides(shape) }, isFresh);
  });
  const read = partsReader(array, gridOf(array, byInnerChunk), memory, { signal });
  /** Runs of parts, each claimed at once. */
  function* claimed() {
    const plan = partsOf(array, ranges, byInnerChunk);
    const end = todo?.length ?? reading.parts;
    const length = runLength(array, reading);
    // Claims ascend, so one walk over the plan meets them all.
    for (let at = 0; goesOn(); ) {
      const first = Atomics.add(claims, 0, length);
      if (first >= end) return;
      const run: ClaimedPart[] = [];
      for (let claim = first; claim < Math.min(end, first + length); claim++) {
        const part = todo?.[claim] ?? claim;
        for (; at < part; at++) plan.next();
        run.push({ part, planned: plan.next().value as readonly PlannedPart[] });
        at++;
      }
      yield run;
    }
  }
  const readPart = ({ part, planned }: ClaimedPart) => {
    Atomics.store(claims, 1 + slot, part + 1);
    return read(planned);
  };
  const finish = (_: unknown, { part, planned }: ClaimedPart) => {
    done[part] = 1;
    Atomics.store(claims, 1 + slot, 0);
    whenDone(planned.length);
  };
  // One at a time: if this thread dies, it is known which part it was at.
  if (array.store.expect === undefined) {
    await inOrder(flat(claimed()), 1, readPart, finish);
    return;
  }
  for (const run of claimed()) {
    const giveUp = await announceReads(
      array,
      run.map(({ planned }) => readOfParts(array, planned)),
    );
    try {
      await inOrder(run, 1, readPart, finish);
    } finally {
      giveUp();
    }
  }
}

/** A part that this thread has claimed. */
interface ClaimedPart {
  readonly part: number;
  readonly planned: readonly PlannedPart[];
}

/** Bytes, decoded, that one participant has a store fetch together that is far away. */
const runBytes = 16 * 2 ** 20;

/** Parts that are claimed at once: where requests are dear, neighbours, but no more than leaves some for everybody. */
function runLength({ store, metadata }: ArrayContext, { parts, control }: SharedReading): number {
  if (store.expect === undefined) return 1;
  const participants = control.claims.length - 1;
  const partBytes = product(metadata.chunkShape) * memorySize(metadata.dataType);
  return Math.max(1, Math.min(Math.floor(runBytes / Math.max(1, partBytes)), Math.ceil(parts / (2 * participants))));
}

function* flat<T>(runs: Iterable<readonly T[]>): Generator<T> {
  for (const run of runs) yield* run;
}
