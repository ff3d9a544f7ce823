import { readFile } from "node:fs/promises";
import { systemError } from "../bytes/file.js";
import { dataTypeToName } from "../data-type/registry.js";
import { ZarrError } from "../errors.js";
import { parseNpy } from "./npy-file.js";

/** Values from a file, in C order. */
export interface FileValues {
  readonly data: ArrayLike<unknown>;
  readonly shape: readonly number[];
  /** As `createArray` takes it. */
  readonly dtype: string;
}

/**
 * Reads `.npy`, and `.csv` of numbers: a line for each row, a single column as one dimension.
 * @throws ZarrError `ERR_ARGUMENT` - neither, or not well formed; `ERR_NOT_FOUND`, `ERR_STORE_READ`
 */
export async function readValues(file: string): Promise<FileValues> {
  const ending = /\.(\w+)$/.exec(file)?.[1]?.toLowerCase();
  if (ending !== "npy" && ending !== "csv") {
    throw new ZarrError(
      "ERR_ARGUMENT",
      `cannot tell from the name ${file} what is in it: expected one that ends in .npy or .csv`,
      { file },
    );
  }
  const bytes = await readFile(file).catch((cause) => {
    throw systemError(`cannot read ${file}`, file, cause, "ERR_STORE_READ");
  });
  if (ending === "csv") return parseCsv(bytes.toString("utf8"), file);
  const { data, shape, dataType } = parseNpy(bytes, file);
  return { data, shape, dtype: dataTypeToName(dataType) };
}

function parseCsv(text: string, file: string): FileValues {
  const rows = text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(","));
  const columns = rows[0]!.length;
  const data = rows.flatMap((row, i) => {
    if (row.length !== columns) {
      const message = `line ${i + 1} of ${file} has ${row.length} values, and the first has ${columns}`;
      throw new ZarrError("ERR_ARGUMENT", message, { file });
    }
    return row.map((cell) => numberIn(cell, i, file));
  });
  return { data, shape: columns === 1 ? [rows.length] : [rows.length, columns], dtype: "float64" };
}

function numberIn(cell: string, line: number, file: string): number {
  const text = cell.trim();
  const value = /^nan$/i.test(text) ? Number.NaN : Number(text.replace(/^([+-]?)inf(inity)?$/i, "$1Infinity"));
  if (text !== "" && (!Number.isNaN(value) || /^nan$/i.test(text))) return value;
  throw new ZarrError("ERR_ARGUMENT", `line ${line + 1} of ${file} has ${JSON.stringify(text)}, expected a number`, {
    file,
  });
}
