import type { ChunkPart } from "./chunk-plan.js";
import { compareCoords } from "./points.js";

/** A part of a chunk, and the number of the plan that it belongs to. */
export interface PlannedPart {
  readonly plan: number;
  readonly part: ChunkPart;
}

/** The rest of a plan. */
interface Walk {
  readonly plan: number;
  readonly rest: Iterator<ChunkPart>;
  part: ChunkPart;
}

/** The parts of several plans over one grid, chunk by chunk in C order. Holds one part of each plan, however long they are. */
export function* mergePlans(plans: readonly Iterable<ChunkPart>[]): Generator<readonly PlannedPart[]> {
  const heap: Walk[] = [];
  for (const [plan, parts] of plans.entries()) {
    const rest = parts[Symbol.iterator]();
    const { value, done } = rest.next();
    if (done !== true) push(heap, { plan, rest, part: value });
  }
  while (heap.length > 0) {
    const { coords } = heap[0].part;
    const parts: PlannedPart[] = [];
    while (heap.length > 0 && compareCoords(heap[0].part.coords, coords) === 0) {
      const walk = pop(heap);
      parts.push({ plan: walk.plan, part: walk.part });
      const { value, done } = walk.rest.next();
      if (done !== true) push(heap, { ...walk, part: value });
    }
    yield parts;
  }
}

function isBefore(a: Walk, b: Walk): boolean {
  return (compareCoords(a.part.coords, b.part.coords) || a.plan - b.plan) < 0;
}

/** Adds to a binary heap whose first member comes before all others. */
function push(heap: Walk[], walk: Walk): void {
  let at = heap.length;
  for (let parent = (at - 1) >> 1; at > 0 && isBefore(walk, heap[parent]); parent = (at - 1) >> 1) {
    heap[at] = heap[parent];
    at = parent;
  }
  heap[at] = walk;
}

/** Removes the first member; there is one. */
function pop(heap: Walk[]): Walk {
  const first = heap[0];
  const last = heap.pop() as Walk;
  if (heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
    if (child >= heap.length || isBefore(last, heap[child])) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = last;
  return first;
}
