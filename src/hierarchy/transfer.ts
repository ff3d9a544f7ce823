import { memorySize } from "../data-type/item-size.js";
import type { Chunk } from "../grid/chunk.js";
import { commonLength } from "../grid/chunk-grid.js";
import type { Slice } from "../grid/slice.js";
import { product } from "../grid/strides.js";
import type { ZarrArray } from "./array.js";
import { type Parts, partBytes, partsOf } from "./array-parts.js";
import { decodingGrid } from "./chunk-layout.js";
import type { CopyPool, TransferOptions } from "./copy.js";

/** Boxes of which no two have elements of the same chunk, neither of the source nor of the target. */
export interface TransferCells {
  /** Their shape, as that of chunks. */
  readonly grid: readonly number[];
  /** Bytes of one, decoded. */
  readonly bytes: number;
}

/** The smallest cells of two arrays of one shape. */
export function transferCells({ metadata: from, store }: ZarrArray, { metadata: to }: ZarrArray): TransferCells {
  // Where the store is far away, parts of a shard would cost more requests than they save.
  const grid = store.expect === undefined ? decodingGrid(from) : from.chunkGrid;
  const cell = to.shape.map((length, d) => commonLength(grid[d], to.chunkGrid[d], length));
  return { grid: cell, bytes: product(cell) * memorySize(to.dataType) };
}

/** The parts in which values go to `target`: whole chunks, or shards, of it. They divide no chunk of `source` where that takes no more memory. */
export function transferParts(source: ZarrArray, target: ZarrArray, bytes = partBytes): Parts {
  const cells = transferCells(source, target);
  return partsOf(target, cells.bytes <= bytes ? { bytes, grid: cells.grid } : { bytes });
}

/** Reads the values of `source`, and writes them to `target`, which has its shape, one part after the other. */
export async function transfer(
  source: ZarrArray,
  target: ZarrArray,
  parts: Iterable<Slice[]>,
  options: TransferOptions & { readonly pool?: CopyPool | undefined; readonly bytes?: number | undefined },
): Promise<void> {
  const { pool, signal, onPart, bytes = partBytes } = options;
  if (await pool?.transfer?.(source, target, parts, { signal, onPart, bytes })) return;
  const used = signal === undefined ? {} : { signal };
  for (const part of parts) {
    signal?.throwIfAborted();
    const values = (await (pool?.read(source, part, used) ?? source.get(part, used))) as Chunk;
    await (pool?.write(target, part, values, { ...used, flush: false }) ?? target.set(part, values, used));
    await onPart();
  }
}
