import type { Command } from "commander";
import { stringifyJson } from "../bytes/json.js";
import type { DataType } from "../data-type/data-type.js";
import { ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { cStrides } from "../grid/strides.js";
import { readWhole } from "../hierarchy/read-whole.js";
import { addressHelp, openArrayAt } from "./address.js";
import { addExamples } from "./command-help.js";
import { formatNpy } from "./npy-file.js";
import { type CommonOptions, print, printJson, pure } from "./output.js";
import { pictureOf } from "./picture.js";
import { formatPng } from "./png-file.js";
import { formatElements, printValues } from "./print-values.js";
import { checkIsFree, reportSaved, saveBytes } from "./save-file.js";
import { parseSelection } from "./selection-text.js";

interface GetOptions extends CommonOptions {
  readonly output?: string;
  readonly overwrite?: true;
  readonly all?: true;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(
    command,
    "zarrzip get heights.zarr.zip:heights '[10:12, 0:3]'",
    "zarrzip get heights.zarr.zip:heights '[0]' -o row.npy",
  );
  command
    .argument("<array>", addressHelp)
    .argument("[selection]", "as NumPy writes it: [0, :, 10:20], [..., ::2]; without one everything")
    .option(
      "-o, --output <file>",
      "save as .npy, .csv, .json, .png or .raw (little-endian); - is standard output, as .raw",
    )
    .option("--overwrite", "replace the file if it exists")
    .option("--all", "print every element, not only those at the edges of a large region")
    .action(get);
}

async function get(address: string, selection = "", options: GetOptions): Promise<void> {
  const { output, overwrite, all = false, json } = options;
  const format = output === undefined ? undefined : formatOf(output);
  if (output !== undefined) await checkIsFree(output, overwrite);
  const array = await openArrayAt(address);
  try {
    const { dataType, dtype } = array;
    const region = await readWhole(array, parseSelection(selection, array.ndim));
    if (format !== undefined) {
      await saveBytes(output!, format(region, dataType), overwrite);
      return await reportSaved(output!, region.shape, options);
    }
    if (json) return await printJson({ dtype, shape: region.shape, values: nested(region, dataType) });
    await print(`${printValues(region, dataType, all)}\n`);
  } finally {
    await array.close();
  }
}

type Format = (region: Chunk, dataType: DataType) => readonly Uint8Array[];

const formats: Readonly<Record<string, Format>> = {
  npy: formatNpy,
  csv: (region, dataType) => [text(formatCsv(region, dataType))],
  json: (region, dataType) => [text(`${stringifyJson(pure(nested(region, dataType)))}\n`)],
  raw: ({ data }, dataType) => [rawBytes(data, dataType)],
  png: (region, dataType) => formatPng(pictureOf(region, dataType)),
};

/** @throws ZarrError `ERR_UNSUPPORTED` - elements vary in length */
function rawBytes(data: Chunk["data"], dataType: DataType): Uint8Array {
  if (dataType.objectCodec === undefined) return dataType.toBytes(data);
  throw new ZarrError(
    "ERR_UNSUPPORTED",
    `elements of type ${dataType.name} vary in length: save them as .json or .csv`,
  );
}

function formatOf(path: string): Format {
  const ending = path === "-" ? "raw" : /\.(\w+)$/.exec(path)?.[1]?.toLowerCase();
  const format = ending !== undefined && Object.hasOwn(formats, ending) ? formats[ending] : undefined;
  if (format !== undefined) return format;
  const expected = Object.keys(formats)
    .map((name) => `.${name}`)
    .join(", ");
  throw new ZarrError(
    "ERR_ARGUMENT",
    `cannot tell from the name ${path} how to save: expected one that ends in ${expected}`,
  );
}

function text(lines: string): Uint8Array {
  return new TextEncoder().encode(lines);
}

/** Values in a list for each dimension. */
function nested({ data, shape }: Chunk, dataType: DataType): unknown {
  const stride = cStrides(shape);
  const at = (d: number, base: number): unknown =>
    d === shape.length
      ? dataType.getScalar(data, base * dataType.width)
      : Array.from({ length: shape[d]! }, (_, i) => at(d + 1, base + i * stride[d]!));
  return at(0, 0);
}

/** A line for each row. @throws ZarrError `ERR_ARGUMENT` - more than two dimensions */
function formatCsv(region: Chunk, dataType: DataType): string {
  const { shape } = region;
  if (shape.length > 2) {
    const message = `a table has at most two dimensions, and the selection has ${shape.length}: give an index for each of the others, as in '[0, :, :]'`;
    throw new ZarrError("ERR_ARGUMENT", message);
  }
  const values = nested(region, dataType);
  const rows = (
    shape.length === 2 ? values : shape.length === 1 ? (values as unknown[]).map((value) => [value]) : [[values]]
  ) as unknown[][];
  return rows.map((row) => `${row.map((value) => csvCell(value, dataType)).join(",")}\n`).join("");
}

function csvCell(value: unknown, dataType: DataType): string {
  const shown =
    typeof value === "string"
      ? value
      : typeof value === "number"
        ? String(value)
        : formatElements([value], dataType)[0]!.replace(/^'(.*)'$/, "$1");
  return /[",\n\r]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
