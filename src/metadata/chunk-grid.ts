import type { Limits } from "../bytes/limits.js";
import { type Extension, memberOf, parseChunkShape } from "./document.js";
import type { ArrayMetadata } from "./node-metadata.js";

/** The chunk grid of an array: the largest lengths, and the chunks along each dimension. */
export type ChunkGrid = Pick<ArrayMetadata, "chunkShape" | "chunkGrid">;

/**
 * A chunk grid of the name `regular`.
 * @throws ZarrError `ERR_METADATA` - one that does not go with `shape`
 * @throws ZarrError `ERR_LIMIT` - lengths that a number cannot hold
 */
export function parseRegularGrid(
  configuration: Extension["configuration"],
  shape: readonly number[],
  limits: Limits,
): ChunkGrid {
  const chunkShape = parseChunkShape(memberOf(configuration, "chunk_shape"), "chunk_shape", shape, limits);
  return { chunkShape, chunkGrid: chunkShape };
}
