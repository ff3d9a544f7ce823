import { fillChunk } from "../codecs/chunk-values.js";
import { wholeRegion } from "../codecs/whole-chunk.js";
import { ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { chunkCount } from "../grid/chunk-grid.js";
import type { ArrayContext } from "./array-context.js";
import { chunkShapeAt } from "./chunk-layout.js";
import { checkChunkSize, chunkReader, withChunk } from "./chunk-reader.js";

/**
 * See `ZarrArray.getChunk`.
 * @param coords - one integer from 0 on for each dimension
 */
export async function readChunk(
  array: ArrayContext,
  coords: readonly number[],
  options: { readonly signal?: AbortSignal },
): Promise<Chunk> {
  const { metadata, store, path } = array;
  const grid = metadata.shape.map((length, d) => chunkCount(metadata.chunkGrid[d], length));
  if (coords.some((c, d) => c >= grid[d])) {
    const message = `no chunk has the coordinates [${coords.join(", ")}]: the chunk grid is [${grid.join(", ")}]`;
    throw new ZarrError("ERR_SELECTION", message, { file: store.path, path, chunk: coords });
  }
  checkChunkSize(array, coords);
  const pipeline = array.pipelineAt(coords);
  const chunk = fillChunk({ ...metadata, shape: chunkShapeAt(metadata, coords) });
  const region = wholeRegion(chunk.shape);
  const reader = chunkReader(array, coords, options);
  const decode = () => pipeline.decodeInto(reader, region, { ...chunk, offset: 0 });
  await withChunk(array, coords, decode, options.signal);
  return chunk;
}
