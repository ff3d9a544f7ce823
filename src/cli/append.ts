import { type Command, InvalidArgumentError } from "commander";
import { openArray } from "../hierarchy/open-node.js";
import { changeFile } from "./change-file.js";
import { addExamples } from "./command-help.js";
import { type CommonOptions, report } from "./output.js";
import { readValues } from "./read-values.js";

interface AppendCommandOptions extends CommonOptions {
  readonly axis: number;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(command, "zarrzip append new.zarr.zip:row row.npy");
  command
    .description("Put values behind the last ones of an array. Any number of programs may do so at once.")
    .argument("<array>", "FILE:PATH")
    .argument("<values>", "a file, .npy or .csv")
    .option("--axis <number>", "the dimension that grows", wholeNumber, 0)
    .action(append);
}

async function append(address: string, file: string, options: AppendCommandOptions): Promise<void> {
  const { data, shape } = await readValues(file);
  const { start, end } = await changeFile(address, async (store, path) => {
    const array = await openArray(store, { path });
    return await array.append({ data, shape }, { axis: options.axis });
  });
  await report({ address, start, end }, `${address}: rows ${start} to ${end - 1} appended`, options);
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected the number of a dimension.");
}
