import type { Chunk } from "../grid/chunk.js";
import type { Slice } from "../grid/slice.js";
import type { ZarrArray } from "./array.js";
import { type Parts, partsOf } from "./array-parts.js";
import type { CopyPool } from "./copy.js";

/** Options for moving values from one array to another. */
export interface TransferOptions {
  readonly pool?: CopyPool | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each part. */
  readonly onPart: () => void | Promise<void>;
}

/** The parts in which values go to `target`: whole chunks, or shards, of it. */
export function transferParts(target: ZarrArray, bytes?: number): Parts {
  return partsOf(target, bytes === undefined ? {} : { bytes });
}

/** Reads the values of `source`, and writes them to `target`, which has its shape, one part after the other. */
export async function transfer(
  source: ZarrArray,
  target: ZarrArray,
  parts: Iterable<Slice[]>,
  { pool, signal, onPart }: TransferOptions,
): Promise<void> {
  const used = signal === undefined ? {} : { signal };
  for (const part of parts) {
    signal?.throwIfAborted();
    const values = (await (pool?.read(source, part, used) ?? source.get(part, used))) as Chunk;
    await (pool?.write(target, part, values, { ...used, flush: false }) ?? target.set(part, values, used));
    await onPart();
  }
}
