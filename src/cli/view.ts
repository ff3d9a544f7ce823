import process from "node:process";
import type { Command } from "commander";
import { ZarrError } from "../errors.js";
import { type IndexRange, resolveSelection, type SelectionEntry } from "../grid/selection.js";
import { slice } from "../grid/slice.js";
import type { ZarrArray } from "../hierarchy/array.js";
import { readWhole } from "../hierarchy/read-whole.js";
import { addressHelp, openArrayAt } from "./address.js";
import { addExamples } from "./command-help.js";
import { colourMode, drawPicture, drawScale, rowsPerLine } from "./draw-picture.js";
import { interruptible } from "./interruptible.js";
import { type CommonOptions, note, print, printJson } from "./output.js";
import { isInColours, parseBounds, pictureOf } from "./picture.js";
import { formatPng } from "./png-file.js";
import { checkIsFree, reportSaved, saveBytes } from "./save-file.js";
import { parseSelection } from "./selection-text.js";

interface ViewOptions extends CommonOptions {
  readonly output?: string;
  readonly overwrite?: true;
  readonly range?: string;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(
    command,
    "zarrzip view heights.zarr.zip:heights",
    "zarrzip view heights.zarr.zip:heights '[:100]' -o heights.png --range 0,100000",
  );
  command
    .description("Draw two dimensions of an array, in the terminal as large as it is, or as a PNG with all elements.")
    .argument("<array>", addressHelp)
    .argument("[selection]", "as NumPy writes it: [0, :, 10:20]; of dimensions before the last two the first index")
    .option("-o, --output <file>", "save as .png")
    .option("--overwrite", "replace the file if it exists")
    .option("--range <low,high>", "what is black and white, as 0,255 or 2%,98%; default 1%,99% of the values")
    .action(view);
}

async function view(address: string, selection = "", options: ViewOptions): Promise<void> {
  const { output, overwrite, range, json } = options;
  const bounds = range === undefined ? undefined : parseBounds(range);
  if (output !== undefined && !/\.png$/i.test(output)) {
    throw new ZarrError("ERR_ARGUMENT", `cannot save a picture as ${output}: expected a name that ends in .png`);
  }
  if (output !== undefined) await checkIsFree(output, overwrite);
  const array = await openArrayAt(address);
  try {
    const { stdout, env } = process;
    const mode = colourMode(stdout.isTTY, env);
    const { columns = 80, rows = 24 } = stdout;
    // A line for the scale, and one for the prompt behind it.
    const size = { width: columns, lines: Math.max(1, rows - 3), rowsPerLine: rowsPerLine(mode) };
    const ranges = resolveSelection(parseSelection(selection, array.ndim), array.shape, array.dimensionNames);
    const { entries, shown } = planeOf(array, ranges, output === undefined ? size : undefined);
    const region = await interruptible((signal) => readWhole(array, entries, signal));
    const picture = pictureOf(region, array.dataType, bounds);
    if (shown !== undefined) note(`this is [${shown}]`, options);
    if (output !== undefined) {
      await saveBytes(output, formatPng(picture), overwrite);
      return await reportSaved(output, region.shape, options);
    }
    const { low, high, width, height, channels, pixels } = picture;
    if (json) return await printJson({ width, height, channels, range: [low, high], pixels });
    const scale = channels === 3 ? "" : `${format(low)} ${drawScale(16, mode)} ${format(high)}\n`;
    await print(`${drawPicture(picture, mode)}${scale}`);
  } finally {
    await array.close();
  }
}

interface TextSize {
  readonly width: number;
  readonly lines: number;
  readonly rowsPerLine: 1 | 2;
}

/** Two dimensions of a selection, or a picture in colours: no more elements of them than a text has pixels. */
function planeOf(
  { dataType }: ZarrArray,
  ranges: readonly IndexRange[],
  size: TextSize | undefined,
): { entries: SelectionEntry[]; shown: string | undefined } {
  const kept = ranges.flatMap(({ dropped }, d) => (dropped ? [] : [d]));
  const counts = kept.map((d) => ranges[d]!.count);
  const isColoured = isInColours(counts.slice(-3), dataType);
  const [y, x] = kept.slice(isColoured ? -3 : -2);
  const others = kept.slice(0, isColoured ? -3 : -2);
  const every = size === undefined || x === undefined ? 1 : stepOf(ranges[y!]!.count, ranges[x]!.count, size);
  const entries = ranges.map(({ start, step, count, dropped }, d): SelectionEntry => {
    if (dropped || others.includes(d)) return start;
    // A character without colours is about twice as high as it is wide.
    const factor = d === x ? every : d === y ? every * (size?.rowsPerLine === 1 ? 2 : 1) : 1;
    return slice(start, start + Math.max(0, count - 1) * step + (count === 0 ? 0 : 1), step * factor);
  });
  const shown = ranges.map(({ start, dropped }, d) => (dropped || others.includes(d) ? String(start) : ":"));
  return { entries, shown: others.length === 0 ? undefined : shown.join(", ") };
}

/** The step between drawn elements along a dimension, so that all fit. */
function stepOf(height: number, width: number, size: TextSize): number {
  return Math.max(1, Math.ceil(width / size.width), Math.ceil(height / (2 * size.lines)));
}

function format(value: number): string {
  return String(Number(value.toPrecision(6)));
}
