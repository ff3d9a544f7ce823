import type { Command } from "commander";
import { ZarrError } from "../errors.js";
import { openArray } from "../hierarchy/open-node.js";
import { changeFile } from "./change-file.js";
import { addExamples } from "./command-help.js";
import { type CommonOptions, report } from "./output.js";
import { readValues } from "./read-values.js";
import { parseScalar } from "./scalar-text.js";
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
    .argument(
      "[value]",
      "fills the selection, as get prints one: 7.5, 2024-05-01, 1.5-2j; behind -- where it begins with a sign and is no plain number",
    )
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
    const given =
      values === undefined ? parseScalar(value!, array.dataType) : { data: values.data, shape: values.shape };
    await array.set(parseSelection(selection, array.ndim), given as never);
  });
  await report({ address }, `${address} changed`, options);
}
