import { freeMemory } from "../bytes/free-memory.js";
import { isTurnDue, nextTurn } from "../bytes/turn.js";
import type { Chunk } from "../grid/chunk.js";
import { type Batch, stepBytes } from "./batch.js";
import type { DecodedBatch, PlaceChunk } from "./codec.js";

/** Steps that are under way at once: as many as the system's thread pool has threads. */
const stepsAtOnce = 4;

/** Decodes small chunks, several in one step: as `Pipeline.decodeMany`. */
export async function decodeMany(batch: Batch, values: readonly Uint8Array[], place: PlaceChunk): Promise<number[]> {
  const left: number[] = [];
  const perStep = Math.floor(stepBytes / batch.size);
  let next = 0;
  const takeSteps = async () => {
    while (next < values.length) {
      const first = next;
      next += perStep;
      const step = values.slice(first, next);
      while (isTurnDue()) await nextTurn();
      const decoded = step.length === 1 ? undefined : await batch.decode(step);
      if (decoded === undefined) for (let i = 0; i < step.length; i++) left.push(first + i);
      else placeAll(batch, decoded, first, step.length, place);
    }
  };
  const steps = Array.from({ length: stepsAtOnce }, takeSteps);
  try {
    await Promise.all(steps);
  } finally {
    await Promise.allSettled(steps);
  }
  return left;
}

function placeAll(
  { toBytes, chunk, itemSize }: Batch,
  { bytes, stride }: DecodedBatch,
  first: number,
  count: number,
  place: PlaceChunk,
): void {
  const shape = [bytes.length / itemSize];
  const { data } = toBytes.decode(bytes, { ...chunk, shape }) as Chunk;
  for (let i = 0; i < count; i++) place(first + i, data, (i * stride) / itemSize);
  if (ArrayBuffer.isView(data) && data.buffer !== bytes.buffer) freeMemory(data);
  freeMemory(bytes);
}
