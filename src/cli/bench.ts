import { availableParallelism } from "node:os";
import type { Command } from "commander";
import { ZarrError } from "../errors.js";
import { ZarrArray } from "../hierarchy/array.js";
import { nodeKey } from "../hierarchy/load-node.js";
import { openArray } from "../hierarchy/open-node.js";
import { addressHelp, locateAddress, openAddress } from "./address.js";
import { addExamples } from "./command-help.js";
import { formatCodecs, formatGrid, formatShape, jsonOfNode } from "./describe-node.js";
import { type Measurement, measureReading } from "./measure-reading.js";
import { usageBelow } from "./node-usage.js";
import { counted, formatTable, print, printJson } from "./output.js";
import { addWorkers, type WorkersOptions, withWorkers } from "./workers.js";

interface BenchOptions extends WorkersOptions {
  readonly seconds: string;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(
    command,
    "zarrzip bench heights.zarr.zip --seconds 1",
    "zarrzip bench heights.zarr.zip:heights --workers 0 --seconds 1",
  );
  addWorkers(command)
    .description(
      "Measure how fast an array is read here: single chunks, windows, and everything, without and with workers. Cold is the first time after it was opened, warm is again. Of a group, the array of which most is stored is read.",
    )
    .argument("<file>", addressHelp)
    .option("--seconds <count>", "how long to measure, about; where that is too short, a part is read", "5")
    .action(bench);
}

async function bench(file: string, options: BenchOptions): Promise<void> {
  const seconds = secondsOf(options);
  const { input } = await locateAddress(file);
  const path = await pathToRead(file);
  const open = async () => await openArray(input, { path });
  const workers = options.workers === undefined ? availableParallelism() : Number(options.workers);
  await withWorkers(options, async (pool, signal) => {
    const array = await open();
    try {
      const measurements = await measureReading(array, { open, pool, workers, seconds, signal });
      if (options.json) return await printJson({ file, ...jsonOfNode(array), measurements });
      const { dtype, shape } = array;
      const title = `/${path}: ${dtype}, ${formatShape(shape)}, chunks of ${formatGrid(array)}, codecs ${formatCodecs(array)}`;
      await print(`${title}\n\n${tableOf(measurements)}`);
    } finally {
      await array.close();
    }
  });
}

function secondsOf({ seconds: text }: BenchOptions): number {
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds > 0 && seconds <= 3600) return seconds;
  throw new ZarrError("ERR_ARGUMENT", `--seconds is ${JSON.stringify(text)}, expected a number above 0, up to 3600`);
}

/** @throws ZarrError `ERR_NOT_FOUND` - there is no array */
async function pathToRead(file: string): Promise<string> {
  const node = await openAddress(file);
  try {
    if (node instanceof ZarrArray) return node.path;
    const { usage } = await usageBelow(node.store, node.path);
    usage.delete(node.path);
    const paths = [...usage.keys()].sort((a, b) => usage.get(b)!.bytes - usage.get(a)!.bytes);
    for (const path of paths) {
      const member = await node.get(path.slice(nodeKey(node.path, "").length));
      if (member instanceof ZarrArray) return path;
    }
    throw new ZarrError("ERR_NOT_FOUND", `there is no array in ${file}: zarrzip tree shows what there is`, { file });
  } finally {
    await node.close();
  }
}

function tableOf(measurements: readonly Measurement[]): string {
  const rows = measurements.map((measurement) => {
    const { cold, warm } = measurement;
    const numbers = [cold.ms, warm.ms, cold.megabytesPerSecond, warm.megabytesPerSecond, cold.requests];
    return [titleOf(measurement), ...numbers.map(formatNumber)];
  });
  const headings = ["", ">cold ms", ">warm ms", ">cold MB/s", ">warm MB/s", ">requests"];
  const columns = measurements.some(({ cold }) => cold.requests !== undefined) ? 6 : 5;
  return formatTable(
    headings.slice(0, columns),
    rows.map((row) => row.slice(0, columns)),
  );
}

function titleOf({ what, shape, share = 1, workers }: Measurement): string {
  const part = share === 1 ? what : `${formatNumber(100 * share)} % of ${what}`;
  const size = shape === undefined ? "" : ` ${formatShape(shape)}`;
  return `${part}${size}${workers === undefined ? "" : `, ${counted(workers, "worker")}`}`;
}

/** With three digits. */
function formatNumber(value: number | undefined): string {
  if (value === undefined) return "";
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
