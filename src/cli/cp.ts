import type { Command } from "commander";
import { copy } from "../hierarchy/copy.js";
import { open } from "../hierarchy/open-node.js";
import { addressHelp, openAddress } from "./address.js";
import { changeFile } from "./change-file.js";
import { addExamples } from "./command-help.js";
import { interruptible } from "./interruptible.js";
import { type CommonOptions, report } from "./output.js";
import { progressBar } from "./progress-bar.js";

interface CpOptions extends CommonOptions {
  readonly overwrite?: true;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(
    command,
    "zarrzip cp heights.zarr.zip:heights copies.zarr.zip:first",
    "zarrzip cp heights.zarr.zip:heights heights.zarr.zip:again",
  );
  command
    .argument("<source>", addressHelp)
    .argument("<target>", "FILE:PATH, a file or folder that is created if it is missing, and the path there")
    .option("--overwrite", "replace whatever is at the path")
    .action(copyNode);
}

async function copyNode(source: string, target: string, options: CpOptions): Promise<void> {
  const bar = progressBar("cp", options);
  const from = await openAddress(source);
  try {
    const work = (signal: AbortSignal) =>
      changeFile(
        target,
        async (store, path) => {
          // Within one file the source is read from the store that is written to, which refuses a copy into itself.
          const node = store.path === from.store.path ? await open(store, { path: from.path }) : from;
          const how = { path, signal, onProgress: bar.update, overwrite: options.overwrite ?? false };
          await (node.kind === "array" ? copy(node, store, how) : copy(node, store, how));
        },
        { create: true },
      );
    await interruptible(work);
  } finally {
    bar.end();
    await from.close();
  }
  await report({ source, target }, `${source} copied to ${target}`, options);
}
