import process from "node:process";
import type { Command } from "commander";
import { diff } from "../hierarchy/diff.js";
import { addressHelp, openAddress } from "./address.js";
import { addExamples } from "./command-help.js";
import { exitCodes } from "./exit-code.js";
import { type CommonOptions, print, printJson } from "./output.js";

interface DiffCommandOptions extends CommonOptions {
  readonly data: boolean;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(command, "zarrzip diff heights.zarr.zip heights.zarr");
  command
    .description(
      "Say in what two arrays or groups differ for whoever reads them, however they are stored. Ends with 1 if they do.",
    )
    .argument("<here>", addressHelp)
    .argument("<there>", "the same")
    .option("--no-data", "compare metadata alone")
    .action(compare);
}

async function compare(here: string, there: string, { data, json }: DiffCommandOptions): Promise<void> {
  const one = await openAddress(here);
  try {
    const other = await openAddress(there);
    try {
      const differences = await diff(one, other, { data });
      if (differences.length > 0) process.exitCode = exitCodes.findings;
      if (json) return await printJson({ differences });
      for (const { path, what, message } of differences) await print(`/${path}: ${what}: ${message}\n`);
    } finally {
      await other.close();
    }
  } finally {
    await one.close();
  }
}
