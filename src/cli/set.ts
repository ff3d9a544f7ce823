import type { Command } from "commander";
import { ZarrError } from "../errors.js";
import type { ZarrArray } from "../hierarchy/array.js";
import { openArray } from "../hierarchy/open-node.js";
import { changeFile } from "./change-file.js";
import { addExamples } from "./command-help.js";
import { type CommonOptions, report } from "./output.js";
import { readValues } from "./read-values.js";
import { parseSelection } from "./selection-text.js";

interface SetOptions extends CommonOptions {
  readonly from?: string;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(
    command,
    "zarrzip set heights.zarr.zip:heights '[0, 0:3]' 7.5",
    "zarrzip set heights.zarr.zip:heights '[0]' --from row.npy",
  );
  command
    .description("Write one value, or those of a file, to a part of an array.")
    .argument("<array>", "FILE:PATH")
    .argument("<selection>", "as for get")
    .argument("[value]", "fills the selection")
    .option("--from <file>", "values, .npy or .csv")
    .action(set);
}

async function set(address: string, selection: string, value: string | undefined, options: SetOptions): Promise<void> {
  const { from } = options;
  const values = from === undefined ? undefined : await readValues(from);
  if ((values === undefined) === (value === undefined)) {
    throw new ZarrError("ERR_ARGUMENT", "expected a value, or --from and a file, and not both");
  }
  await changeFile(address, async (store, path) => {
    const array = await openArray(store, { path });
    const given = values === undefined ? scalarOf(value!, array) : { data: values.data, shape: values.shape };
    await array.set(parseSelection(selection, array.ndim), given as never);
  });
  await report({ address }, `${address} changed`, options);
}

/** A value as the data type takes it. @throws ZarrError `ERR_ARGUMENT` - the data type does not take it */
function scalarOf(text: string, { dataType }: ZarrArray): unknown {
  const { name } = dataType;
  if (dataType.objectCodec !== undefined || /utf32/.test(name)) return text;
  const refused = (expected: string) =>
    new ZarrError("ERR_ARGUMENT", `${JSON.stringify(text)} is not a value of type ${name}: expected ${expected}`);
  if (name === "bool") {
    if (/^(true|1)$/i.test(text)) return true;
    if (/^(false|0)$/i.test(text)) return false;
    throw refused("true or false");
  }
  if (/int64$|datetime|timedelta/.test(name) && /^[+-]?\d+$/.test(text)) return BigInt(text);
  if (/datetime|timedelta/.test(name)) throw refused("a number of its units");
  const number = Number(text.replace(/^([+-]?)inf(inity)?$/i, "$1Infinity"));
  if (text.trim() === "" || (Number.isNaN(number) && !/^[+-]?nan$/i.test(text))) throw refused("a number");
  return number;
}
