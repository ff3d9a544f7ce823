import { performance } from "node:perf_hooks";
import { memorySize } from "../data-type/item-size.js";
import { chunkLength, chunkOf, chunkStart } from "../grid/chunk-grid.js";
import { type Slice, slice } from "../grid/slice.js";
import { product } from "../grid/strides.js";
import type { ZarrArray } from "../hierarchy/array.js";
import { partsOf } from "../hierarchy/array-parts.js";
import type { WorkerPool } from "../pool/index.js";
import { ZipStore } from "../store/zip/zip-store.js";

/** Options of a measurement. */
export interface MeasureOptions {
  /** Opens the array anew. */
  readonly open: () => Promise<ZarrArray>;
  readonly pool: WorkerPool;
  /** Those of the pool; with 0 it is not measured. */
  readonly workers: number;
  /** About how long all takes, unless a single chunk, or part of 4 MiB, takes longer. */
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** Times of reading: the first time after the array was opened, or again. */
export interface Timing {
  readonly ms: number;
  /** Megabytes of values in a second; `undefined` where nothing is read, or elements vary in length. */
  readonly megabytesPerSecond?: number | undefined;
  /** HTTP requests of this thread. */
  readonly requests?: number;
}

/** One measurement: a chunk or a window on average, or everything. */
export interface Measurement {
  readonly what: "open" | "chunk" | "window" | "all";
  readonly shape?: readonly number[];
  /** The share that was read within the time limit: 1 is all of it. */
  readonly share?: number;
  readonly workers?: number;
  readonly cold: Timing;
  readonly warm: Timing;
}

/** Different chunks and windows that are read, at most. */
const maxBoxes = 16;

/** Elements of a window along each of the last two dimensions. */
const windowLength = 256;

/** Bytes of values that are read at once where everything is read: no less, and no more. */
const partBytes = { least: 4 * 2 ** 20, most: 64 * 2 ** 20 };

/** Ranges of all dimensions. */
type Box = readonly Slice[];

/** Reads a box of an array that is open. */
type ReadBox = (array: ZarrArray, box: Box) => Promise<unknown>;

/** Measures opening an array, and reading chunks, windows and everything. */
export async function measureReading(array: ZarrArray, options: MeasureOptions): Promise<Measurement[]> {
  const { open, pool, workers, seconds, signal } = options;
  const { shape, dataType } = array;
  const milliseconds = (1000 * seconds) / (workers === 0 ? 4 : 5);
  const opening: Measurement = { what: "open", ...(await measureOpening(open, milliseconds)) };
  if (product(shape) === 0) return [opening];
  const here: ReadBox = (node, box) => node.get(box, { signal });
  const shared: ReadBox = (node, box) => pool.read(node, box, { signal });
  const one = async (what: Measurement["what"], boxes: readonly Box[]): Promise<Measurement> => {
    const { cold, warm } = await measureBoxes(boxes, here, open, milliseconds);
    return { what, shape: lengthsOf(boxes[0]!), cold: perRead(cold), warm: perRead(warm) };
  };
  const chunk = await one("chunk", chunkBoxes(array));
  const window = await one("window", windowBoxes(shape));
  // The time of a chunk tells how much can be read at once without exceeding the limit.
  const perMillisecond = (product(chunk.shape!) * memorySize(dataType)) / chunk.cold.ms;
  const bytes = Math.min(partBytes.most, Math.max(partBytes.least, (perMillisecond * milliseconds) / 4));
  const parts = [...partsOf(array, { bytes })];
  const all = async (read: ReadBox): Promise<Measurement> => {
    const { cold, warm } = await measureBoxes(parts, read, open, milliseconds);
    const share = cold.elements / product(shape);
    return { what: "all", shape, share, cold: perRead(cold, cold.reads), warm: perRead(warm, cold.reads) };
  };
  const alone = await all(here);
  return [opening, chunk, window, alone, ...(workers === 0 ? [] : [{ ...(await all(shared)), workers }])];
}

async function measureOpening(
  open: () => Promise<ZarrArray>,
  milliseconds: number,
): Promise<Pick<Measurement, "cold" | "warm">> {
  const once = async (): Promise<Timing> => {
    const begin = performance.now();
    const array = await open();
    const ms = performance.now() - begin;
    const requests = await requestsOf(array);
    await array.close();
    return requests === 0 ? { ms } : { ms, requests };
  };
  const cold = await once();
  let [count, elapsed] = [0, 0];
  for (; count === 0 || (count < maxBoxes && elapsed < milliseconds); count++) elapsed += (await once()).ms;
  return { cold, warm: { ms: elapsed / count } };
}

/** Many reads, one after the other. */
interface Reads {
  readonly reads: number;
  readonly elements: number;
  readonly bytes: number | undefined;
  readonly ms: number;
  readonly requests?: number;
}

/** Reads boxes of an array that was opened for it, as many as half of the time allows, and then the same ones again. */
async function measureBoxes(
  boxes: readonly Box[],
  read: ReadBox,
  open: () => Promise<ZarrArray>,
  milliseconds: number,
): Promise<{ readonly cold: Reads; readonly warm: Reads }> {
  const array = await open();
  try {
    const before = await requestsOf(array);
    const cold = await readInTurn(array, boxes, read, boxes.length, milliseconds / 2);
    const requests = (await requestsOf(array)) - before;
    const again = boxes.slice(0, cold.reads);
    const warm = await readInTurn(array, again, read, Number.POSITIVE_INFINITY, milliseconds / 2);
    return { cold: requests === 0 ? cold : { ...cold, requests }, warm };
  } finally {
    await array.close();
  }
}

/** Reads at least one box, and no more than `most`. */
async function readInTurn(
  array: ZarrArray,
  boxes: readonly Box[],
  read: ReadBox,
  most: number,
  milliseconds: number,
): Promise<Reads> {
  const { itemSize } = array.dataType;
  const begin = performance.now();
  let [reads, elements, ms] = [0, 0, 0];
  do {
    const box = boxes[reads % boxes.length]!;
    await read(array, box);
    elements += product(lengthsOf(box));
    ms = performance.now() - begin;
    reads++;
  } while (reads < most && ms < milliseconds);
  return { reads, elements, bytes: itemSize && elements * itemSize, ms };
}

/** The average time of a number of reads. */
function perRead({ reads, bytes, ms, requests }: Reads, count = 1): Timing {
  const scale = count / reads;
  const timing = { ms: ms * scale, megabytesPerSecond: bytes && bytes / 1000 / ms };
  return requests === undefined ? timing : { ...timing, requests: requests * scale };
}

/** HTTP requests until now. */
async function requestsOf({ store }: ZarrArray): Promise<number> {
  return store instanceof ZipStore ? (await store.stats()).requests.count : 0;
}

/** Different chunks, inner ones where there are shards. */
function chunkBoxes({ metadata, shape, chunks, shards }: ZarrArray): Box[] {
  const grid = shards === undefined ? metadata.chunkGrid : chunks;
  const boxes = places(shape).map((place) =>
    place.map((index, d) => {
      const coord = chunkOf(grid[d]!, index);
      const start = chunkStart(grid[d]!, coord);
      return slice(start, Math.min(shape[d]!, start + chunkLength(grid[d]!, coord)));
    }),
  );
  return [...new Map(boxes.map((box) => [box.map(({ start }) => start).join(), box])).values()];
}

/** Windows of the last two dimensions, at one index of all others. */
function windowBoxes(shape: readonly number[]): Box[] {
  const lengths = shape.map((length, d) => (d < shape.length - 2 ? 1 : Math.min(length, windowLength)));
  const room = shape.map((length, d) => length - lengths[d]! + 1);
  return places(room).map((place) => place.map((start, d) => slice(start, start + lengths[d]!)));
}

/** Points that are spread over a grid, always the same ones, so that one run can be compared with the next. */
function places(lengths: readonly number[]): number[][] {
  return Array.from({ length: maxBoxes }, (_, i) =>
    lengths.map((length, d) => Math.floor(((i * Math.sqrt((d + 1) ** 2 + 1)) % 1) * length)),
  );
}

function lengthsOf(box: Box): number[] {
  return box.map(({ start, stop }) => stop! - start!);
}
