import type { ChunkData, DataType } from "../data-type/data-type.js";
import { ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { type ChunkPart, ChunkPlan } from "../grid/chunk-plan.js";
import { copyRegion } from "../grid/copy-region.js";
import { regionShape, resolveSelection, type Selection, strideByDimension } from "../grid/selection.js";
import { cStrides, isContiguous, offsetOf, product } from "../grid/strides.js";
import { type ArrayParts, chunksAtOnce, loadChunk } from "./array-parts.js";
import { inOrder } from "./in-order.js";

/** How far a read or write has come, in chunks. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** Options of a read of a selection. */
export interface ReadOptions<Data extends ChunkData = ChunkData> {
  /** Rejects with the signal's reason; what is under way is waited for. */
  readonly signal?: AbortSignal;
  /** Called after each chunk. */
  readonly onProgress?: (progress: Progress) => void;
  /**
   * Where to put the values instead of a new array: data of the region's length in C order, or such a chunk. Saves the
   * allocation of the result, which for large reads costs more than the reading. Its contents are undefined after an error.
   */
  readonly out?: Data | Chunk<Data>;
}

/** The selected region in C order; its shape is `[]` when every dimension was indexed, or there is none. */
export async function readSelection(
  array: ArrayParts,
  selection: Selection | undefined,
  options: ReadOptions,
): Promise<Chunk> {
  const { shape, chunkShape, dataType, fillValue } = array.metadata;
  const ranges = resolveSelection(selection, shape);
  const region = regionShape(ranges);
  const elements = product(region);
  checkReadSize(array, elements);

  const data = options.out === undefined ? dataType.allocate(elements) : outData(options.out, region, dataType);
  const fill = dataType.allocate(1);
  dataType.fill(fill, fillValue, 0, dataType.width);
  const fillNeeded = options.out !== undefined || !isZero(fill);
  const stride = strideByDimension(ranges, cStrides(region));
  const plan = new ChunkPlan(ranges, shape, chunkShape);

  const copy = (part: ChunkPart, source: Chunk | undefined) => {
    if (source === undefined && !fillNeeded) return;
    const target = { data, offset: offsetOf(part.regionStart, stride), stride };
    if (source === undefined) {
      copyRegion({ data: fill, offset: 0, stride: shape.map(() => 0) }, target, part.count, dataType.width);
    } else {
      const from = {
        data: source.data,
        offset: offsetOf(part.start, source.stride),
        stride: source.stride.map((distance, d) => distance * part.step[d]),
      };
      copyRegion(from, target, part.count, dataType.width);
    }
  };
  let done = 0;
  await inOrder(
    plan,
    chunksAtOnce(array),
    (part) => loadChunk(array, part.coords, { signal: options.signal }),
    (chunk, part) => {
      copy(part, chunk);
      done++;
      options.onProgress?.({ done, total: plan.size });
    },
    options.signal,
  );
  return { data, shape: region, stride: cStrides(region) };
}

function checkReadSize({ metadata, store }: ArrayParts, elements: number): void {
  const bytes = elements * (metadata.dataType.itemSize ?? 1);
  if (bytes > store.limits.readBytes) {
    throw new ZarrError(
      "ERR_LIMIT",
      `the selection has ${elements} elements of ${bytes} bytes, more than limits.readBytes (${store.limits.readBytes}): select less, or open the store with a higher limit`,
      { file: store.path },
    );
  }
}

function outData(out: ChunkData | Chunk, region: readonly number[], dataType: DataType): ChunkData {
  const chunk = "data" in out ? out : undefined;
  const data = chunk?.data ?? (out as ChunkData);
  const entries = product(region) * dataType.width;
  const expected = dataType.allocate(0).constructor;
  if (data.constructor !== expected || data.length !== entries || (chunk !== undefined && !isContiguous(chunk))) {
    throw new ZarrError(
      "ERR_VALUE",
      `out is a ${data.constructor.name} of length ${data.length}: expected a ${expected.name} of length ${entries} in C order`,
    );
  }
  return data;
}

/** Whether fresh data holds this element already. */
function isZero(element: ChunkData): boolean {
  if (Array.isArray(element)) return false;
  const bytes = new Uint8Array(element.buffer, element.byteOffset, element.byteLength);
  return bytes.every((byte) => byte === 0);
}
