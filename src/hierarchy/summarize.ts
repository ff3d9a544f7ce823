import { checkOptions, type OptionKinds } from "../bytes/check-options.js";
import { describe } from "../bytes/json.js";
import { type BinOptions, countIntoBins, edgesOf } from "../data-type/histogram.js";
import { canTally, emptyTally, mergeTallies, type Tally, tallyOf } from "../data-type/tally.js";
import { ZarrError } from "../errors.js";
import { resolveSelection, type Selection } from "../grid/selection.js";
import type { Slice } from "../grid/slice.js";
import { ZarrArray } from "./array.js";
import { selectionOf } from "./array-context.js";
import { type Parts, partsOf } from "./array-parts.js";
import { decodingGrid } from "./chunk-layout.js";
import type { Progress } from "./read-selection.js";
import { readWhole } from "./read-whole.js";

/** Options of {@link summarize}. */
export interface SummarizeOptions {
  /** As for `array.get`; default everything. */
  readonly selection?: Selection;
  /** Number of the histogram's bins, all of one width; from 1 to 65536. Without it there is no histogram. */
  readonly bins?: number;
  /**
   * The lower bound of the first bin, and the upper one of the last; what is outside is left out. Default the smallest and the largest value, for
   * which everything is read twice.
   */
  readonly range?: readonly [low: number, high: number];
  /** Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each part, of some 16 MiB. */
  readonly onProgress?: (progress: Progress) => void;
}

/** The result of {@link summarize}: for complex numbers, of their magnitudes; for `false` and `true`, of 0 and 1. */
export interface ArraySummary {
  /** Number of elements. */
  readonly count: number;
  /** Number of elements that are NaN, or NaT: they are left out of everything below. */
  readonly nanCount: number;
  /** Number of elements that equal the array's fill value, stored or not. */
  readonly fillCount: number;
  /** The smallest value; a bigint for 64-bit integers and for times; `undefined` where there is none. */
  readonly min: number | bigint | boolean | undefined;
  /** The largest value. */
  readonly max: number | bigint | boolean | undefined;
  /** Mean, of times in their own units; NaN where there are no values. */
  readonly mean: number;
  /** Standard deviation of the values as a whole population, as NumPy's `std`. */
  readonly std: number;
  /** The number of values in each bin. */
  readonly histogram?: {
    /** Bounds of the bins, one more than there are bins. The lower one is within a bin, the upper one only within the last. */
    readonly edges: readonly number[];
    /** Number of values in each bin. */
    readonly counts: readonly number[];
  };
}

/** The questions about a part. */
export interface PartWork {
  readonly tally: boolean;
  readonly bins: BinOptions | undefined;
}

/** The findings about a part. */
export interface PartSummary {
  readonly tally: Tally | undefined;
  readonly counts: readonly number[] | undefined;
}

/** Finds out about every part, in any order. */
type SummarizeParts = (parts: Parts, work: PartWork) => AsyncIterable<PartSummary>;

const summarizeOptions: OptionKinds<SummarizeOptions> = {
  selection: "any",
  bins: "any",
  range: "any",
  signal: "signal",
  onProgress: "function",
};

/** Bytes that are read at once, by one thread. */
export const summarizedBytes = 16 * 2 ** 20;

const maxBins = 65536;

/**
 * Minimum, maximum, mean, standard deviation and histogram of an array, or of a selection of it, in bounded memory: parts of some 16 MiB, or of one chunk,
 * are read one by one. 64-bit integers are exact. `WorkerPool.summarize` does the same by its workers.
 *
 * @throws ZarrError `ERR_UNSUPPORTED` - elements are no numbers, booleans, moments or durations
 * @throws ZarrError `ERR_ARGUMENT` - no array; bins or a range that are none, or values that reach to infinity, and no range for the bins
 * @throws ZarrError as `array.get`
 * @example
 * ```js
 * import { createArray, MemoryStore, summarize } from "zarrzip";
 *
 * const array = await createArray(new MemoryStore(), { shape: [4], dtype: "float32", data: [1, 2, NaN, 6] });
 * const { min, max, mean, nanCount } = await summarize(array);
 * console.log(min, max, mean, nanCount); // 1 6 3 1
 * ```
 */
export async function summarize(array: ZarrArray, options: SummarizeOptions = {}): Promise<ArraySummary> {
  if (!(array instanceof ZarrArray)) {
    throw new ZarrError("ERR_ARGUMENT", "expected an array to summarize: open it first");
  }
  return await summarizeBy(array, options, async function* (parts, work) {
    for (const part of parts) yield await summarizePart(array, part, work, options.signal);
  });
}

/** As {@link summarize}, where somebody else finds out about the parts. @internal */
export async function summarizeBy(
  array: ZarrArray,
  options: SummarizeOptions,
  summarizeParts: SummarizeParts,
): Promise<ArraySummary> {
  checkOptions(options, summarizeOptions);
  const { bins, range, signal, onProgress } = options;
  checkBins(bins, range);
  const { metadata, dataType, path, store } = array;
  if (!canTally(dataType)) {
    const message = `elements of type ${dataType.name} have no order: expected an array of numbers, booleans or times`;
    throw new ZarrError("ERR_UNSUPPORTED", message, { file: store.path, path });
  }
  const ranges = selectionOf(array, resolveSelection, options.selection);
  const parts = partsOf(array, { ranges, grid: decodingGrid(metadata), bytes: summarizedBytes });
  const isTwice = bins !== undefined && range === undefined;
  const total = parts.size * (isTwice ? 2 : 1);
  let [done, tally, counts] = [0, emptyTally, new Array<number>(bins ?? 0).fill(0)];
  const run = async (work: PartWork) => {
    signal?.throwIfAborted();
    for await (const part of summarizeParts(parts, work)) {
      signal?.throwIfAborted();
      if (part.tally !== undefined) tally = mergeTallies(tally, part.tally);
      if (part.counts !== undefined) counts = counts.map((count, i) => count + (part.counts?.[i] ?? 0));
      onProgress?.({ done: ++done, total });
    }
  };
  const given = bins === undefined || range === undefined ? undefined : { bins, range };
  await run({ tally: true, bins: given });
  const used = bins === undefined ? undefined : (given ?? { bins, range: rangeOf(tally) });
  if (isTwice) await run({ tally: false, bins: used });
  return { ...summaryOf(tally, array), ...(used === undefined ? {} : { histogram: { edges: edgesOf(used), counts } }) };
}

/** Finds out about one part. @internal */
export async function summarizePart(
  array: ZarrArray,
  part: readonly Slice[],
  { tally, bins }: PartWork,
  signal?: AbortSignal,
): Promise<PartSummary> {
  const { dataType, metadata } = array;
  const { data } = await readWhole(array, part, signal);
  const counts = bins === undefined ? undefined : new Array<number>(bins.bins).fill(0);
  if (bins !== undefined && counts !== undefined) countIntoBins(data, dataType, bins, counts);
  return { tally: tally ? tallyOf(data, dataType, metadata.fillValue) : undefined, counts };
}

function summaryOf(tally: Tally, { dataType }: ZarrArray): ArraySummary {
  const { count, nans, fills, min, max, base, offset, squares } = tally;
  const values = count - nans;
  const isBoolean = typeof dataType.defaultFillValue === "boolean";
  const shown = (value: number | bigint | undefined) => (isBoolean && value !== undefined ? value === 1 : value);
  return {
    ...{ count, nanCount: nans, fillCount: fills, min: shown(min), max: shown(max) },
    mean: values === 0 ? Number.NaN : Number(base) + offset,
    std: values === 0 ? Number.NaN : Math.sqrt(squares / values),
  };
}

/** The range of bins for which none is given; for a single value, as NumPy, one unit around it, or more where numbers are further apart. */
function rangeOf({ min = 0, max = 1 }: Tally): readonly [number, number] {
  const [low, high] = [Number(min), Number(max)];
  if (!Number.isFinite(high - low)) {
    const message = `values reach from ${low} to ${high}, which cannot be divided into bins: give the range of the histogram`;
    throw new ZarrError("ERR_ARGUMENT", message);
  }
  if (low < high) return [low, high];
  const margin = Math.max(0.5, Math.abs(low) * 2 ** -52);
  return [Math.max(-Number.MAX_VALUE, low - margin), Math.min(Number.MAX_VALUE, high + margin)];
}

function checkBins(bins: unknown, range: unknown): void {
  if (bins === undefined && range !== undefined) {
    throw new ZarrError("ERR_ARGUMENT", "range is that of a histogram: give the number of its bins, too");
  }
  if (bins !== undefined && !(Number.isInteger(bins) && (bins as number) > 0 && (bins as number) <= maxBins)) {
    throw new ZarrError("ERR_ARGUMENT", `bins is ${describe(bins)}, expected an integer from 1 to ${maxBins}`);
  }
  if (range === undefined) return;
  const [low, high, ...more] = Array.isArray(range) ? range : [];
  if (more.length === 0 && [low, high].every(Number.isFinite) && low < high && Number.isFinite(high - low)) return;
  throw new ZarrError("ERR_ARGUMENT", `range is ${describe(range)}, expected two numbers, the smaller one first`);
}
