import type { Command } from "commander";
import { ComplexType } from "../data-type/complex.js";
import type { DataType } from "../data-type/data-type.js";
import { TimeType } from "../data-type/time.js";
import { ZarrError } from "../errors.js";
import type { ArraySummary } from "../hierarchy/summarize.js";
import { addressHelp, openArrayAt } from "./address.js";
import { addExamples } from "./command-help.js";
import { formatCount, formatTable, print, printJson } from "./output.js";
import { formatElements } from "./print-values.js";
import { progressBar } from "./progress-bar.js";
import { parseSelection } from "./selection-text.js";
import { addWorkers, type WorkersOptions, withWorkers } from "./workers.js";

interface StatsOptions extends WorkersOptions {
  readonly bins?: string;
  readonly range?: string;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(
    command,
    "zarrzip stats heights.zarr.zip:heights",
    "zarrzip stats heights.zarr.zip:heights '[:100]' --bins 8 --range 0,100000",
  );
  addWorkers(command)
    .description("Minimum, maximum, mean, standard deviation and histogram of an array, NaN and NaT left out.")
    .argument("<array>", addressHelp)
    .argument("[selection]", "as NumPy writes it: [0, :, 10:20], [..., ::2]; without one everything")
    .option("--bins <count>", "a histogram of so many bins")
    .option("--range <low,high>", "what the bins cover; default all values, which are read twice then")
    .action(stats);
}

async function stats(address: string, selection = "", options: StatsOptions): Promise<void> {
  const histogram = { ...binsOf(options), ...rangeOf(options) };
  const bar = progressBar("stats", options);
  const array = await openArrayAt(address);
  try {
    const parsed = parseSelection(selection, array.ndim);
    const summary = await withWorkers(options, (pool, signal) =>
      pool.summarize(array, { ...histogram, selection: parsed, signal, onProgress: bar.update }),
    ).finally(bar.end);
    if (options.json) await printJson({ dtype: array.dtype, ...summary });
    else await print(describe(summary, array.dataType));
  } finally {
    await array.close();
  }
}

function binsOf({ bins }: StatsOptions): { bins?: number } {
  if (bins === undefined) return {};
  if (/^\d{1,9}$/.test(bins)) return { bins: Number(bins) };
  throw new ZarrError("ERR_ARGUMENT", `--bins is ${JSON.stringify(bins)}, expected a number from 1 on`);
}

function rangeOf({ range }: StatsOptions): { range?: readonly [number, number] } {
  if (range === undefined) return {};
  const [low, high, ...more] = range.split(",").map((bound) => (bound.trim() === "" ? Number.NaN : Number(bound)));
  if (more.length === 0 && Number.isFinite(low) && Number.isFinite(high)) return { range: [low!, high!] };
  throw new ZarrError("ERR_ARGUMENT", `--range is ${JSON.stringify(range)}, expected two numbers, as 0,100`);
}

function describe(
  { count, nanCount, fillCount, min, max, mean, std, histogram }: ArraySummary,
  dataType: DataType,
): string {
  const isTime = dataType instanceof TimeType;
  const scale = isTime ? dataType.scaleFactor : 1;
  const value = (found: ArraySummary["min"]) => (found === undefined ? "none" : formatOne(found, dataType));
  const isMoment = isTime && dataType.name === "numpy.datetime64" && !Number.isNaN(mean);
  const rows = [
    ["count", formatCount(count)],
    [isTime ? "NaT" : "NaN", formatCount(nanCount)],
    ["fill value", formatCount(fillCount)],
    ["min", value(min)],
    ["max", value(max)],
    ["mean", isMoment ? formatOne(BigInt(Math.round(mean)), dataType) : formatNumber(mean * scale)],
    ["std", `${formatNumber(std * scale)}${isTime ? ` ${dataType.unit}` : ""}`],
  ];
  const width = Math.max(...rows.map(([label]) => label!.length));
  const lines = rows.map(([label, text]) => `${label!.padEnd(width)}  ${text}\n`).join("");
  return histogram === undefined ? lines : `${lines}\n${drawHistogram(histogram)}`;
}

/** An element as `get` prints it; a complex number by its magnitude. */
function formatOne(value: unknown, dataType: DataType): string {
  if (dataType instanceof ComplexType) return formatNumber(value as number);
  const isDuration = dataType instanceof TimeType && dataType.name === "numpy.timedelta64";
  if (isDuration && typeof value === "bigint") return String(value * BigInt(dataType.scaleFactor)); // in units, as mean and std
  return formatElements([value], dataType)[0]!
    .trim()
    .replace(/^'(.*)'$/, "$1")
    .replace(/\.$/, "");
}

/** With eight digits. */
function formatNumber(value: number): string {
  return Number.isFinite(value)
    ? String(Number(value.toPrecision(8)))
    : String(value).toLowerCase().replace("infinity", "inf");
}

/** Characters of the longest bar. */
const barWidth = 40;

function drawHistogram({ edges, counts }: NonNullable<ArraySummary["histogram"]>): string {
  const most = Math.max(1, ...counts);
  const rows = counts.map((count, i) => [
    formatNumber(edges[i]!),
    formatNumber(edges[i + 1]!),
    formatCount(count),
    "█".repeat(Math.round((barWidth * count) / most)),
  ]);
  return formatTable([">from", ">to", ">count", ""], rows);
}
