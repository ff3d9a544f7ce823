import type { Command } from "commander";
import { copy } from "../hierarchy/copy.js";
import { ZipStore } from "../store/zip/zip-store.js";
import { addExamples } from "./command-help.js";
import { interruptible } from "./interruptible.js";
import { withNewFolder } from "./new-store.js";
import { type CommonOptions, counted, report } from "./output.js";
import { progressBar } from "./progress-bar.js";
import { checkIsFree } from "./save-file.js";

interface UnpackOptions extends CommonOptions {
  readonly output: string;
  readonly overwrite?: true;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(command, "zarrzip unpack heights.zarr.zip -o unpacked.zarr");
  command
    .description(
      "Put what is in a ZIP into a folder, one file for each key. A name that leads out of the folder is refused.",
    )
    .argument("<file>", "a ZIP file, or the URL of one")
    .requiredOption("-o, --output <folder>", "the new folder")
    .option("--overwrite", "replace the folder if it exists, and holds a Zarr hierarchy")
    .action(unpack);
}

async function unpack(file: string, options: UnpackOptions): Promise<void> {
  const { output, overwrite } = options;
  await checkIsFree(output, overwrite, "folder");
  const bar = progressBar("unpack", options);
  const source = await ZipStore.open(file);
  let values = 0;
  try {
    await withNewFolder(output, overwrite ?? false, (target) =>
      interruptible(async (signal) => {
        const onProgress = (progress: { done: number; total: number }) => {
          values = progress.total;
          bar.update(progress);
        };
        await copy(source, target, { signal, onProgress });
      }),
    );
  } finally {
    bar.end();
    await source.close();
  }
  await report({ output, values }, `${output}: ${counted(values, "value")} unpacked`, options);
}
