import type { DataType } from "../data-type/data-type.js";
import { canTally, numbersOf } from "../data-type/tally.js";
import { ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { product } from "../grid/strides.js";

/** Pixels in rows from the top left on, each of one byte of grey, or of three of red, green and blue. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
  /** The values that are black, and white. */
  readonly low: number;
  readonly high: number;
}

/** A value, or how many percent of the values are below it. */
export type Bound = { readonly value: number } | { readonly percent: number };

/** Values of which percentiles are taken, at most. */
const maxSamples = 2 ** 18;

/** Nearly all values, so that a few that are far away leave contrast to the others. */
const usual: readonly [Bound, Bound] = [{ percent: 1 }, { percent: 99 }];

/** Tells pictures in colours, with three channels, from grey ones. */
export function isInColours(shape: readonly number[], dataType: DataType): boolean {
  return shape.length === 3 && shape[2] === 3 && dataType.name === "uint8";
}

/**
 * A region of two dimensions in grey, or one of `uint8` and three, the last of them red, green and blue, in colours. NaN is black.
 *
 * @param bounds - of black and white; by default percentiles, of colours 0 and 255
 * @throws ZarrError `ERR_UNSUPPORTED` - elements are no numbers; `ERR_ARGUMENT` - another number of dimensions, or no element
 */
export function pictureOf({ data, shape }: Chunk, dataType: DataType, bounds?: readonly [Bound, Bound]): Picture {
  const isColoured = isInColours(shape, dataType);
  if (!canTally(dataType)) {
    throw new ZarrError("ERR_UNSUPPORTED", `elements of type ${dataType.name} cannot be drawn: expected numbers`);
  }
  if (shape.length !== 2 && !isColoured) {
    const message = `a picture has two dimensions, and the selection has ${shape.length}: give an index for each of the others, as in '[0, :, :]'`;
    throw new ZarrError("ERR_ARGUMENT", message);
  }
  if (product(shape) === 0) {
    throw new ZarrError("ERR_ARGUMENT", `a picture of ${shape.join(" × ")} elements has none: select more`);
  }
  const values = Float64Array.from({ length: product(shape) }, numberAt(numbersOf(data, dataType)));
  const [low, high] = isColoured && bounds === undefined ? [0, 255] : boundsOf(values, bounds ?? usual);
  const scale = high > low ? 255 / (high - low) : 0;
  const pixels = Uint8Array.from(values, (value) => Math.min(255, Math.max(0, Math.round((value - low) * scale))) || 0);
  const [height = 0, width = 0] = shape;
  return { width, height, channels: isColoured ? 3 : 1, pixels, low, high };
}

function numberAt(values: ArrayLike<number | bigint>): (_: unknown, i: number) => number {
  return (_, i) => Number(values[i]);
}

/** The values that these bounds are. */
function boundsOf(values: Float64Array, bounds: readonly [Bound, Bound]): number[] {
  const step = Math.max(1, Math.ceil(values.length / maxSamples));
  const samples = values.filter((value, i) => i % step === 0 && Number.isFinite(value)).sort();
  return bounds.map((bound) => {
    if ("value" in bound) return bound.value;
    return samples[Math.round((bound.percent / 100) * (samples.length - 1))] ?? 0;
  });
}

/**
 * `low,high` as two numbers, or percentages: `0,255` or `2%,98%`.
 * @throws ZarrError `ERR_ARGUMENT` - it is neither
 */
export function parseBounds(text: string): readonly [Bound, Bound] {
  const words = text.split(",").map((word) => /^\s*(-?[\d.]+(?:e[+-]?\d+)?)\s*(%?)\s*$/i.exec(word));
  const [low, high, ...more] = words.map((word) => {
    const number = Number(word?.[1]);
    if (!Number.isFinite(number) || word === null) return undefined;
    if (word[2] === "") return { value: number };
    return number >= 0 && number <= 100 ? { percent: number } : undefined;
  });
  if (low !== undefined && high !== undefined && more.length === 0 && !isReversed(low, high)) return [low, high];
  throw new ZarrError(
    "ERR_ARGUMENT",
    `--range is ${JSON.stringify(text)}, expected two bounds, the smaller one first, as 0,255 or 2%,98%`,
  );
}

/** Compares the bounds where that needs no values: true if the first is above the second. */
function isReversed(low: Bound, high: Bound): boolean {
  if ("value" in low) return "value" in high && low.value > high.value;
  return "percent" in high && low.percent > high.percent;
}
