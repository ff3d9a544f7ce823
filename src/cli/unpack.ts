import path from "node:path";
import type { Command } from "commander";
import { renameFile } from "../bytes/file.js";
import { removeIfEmpty, removeTree } from "../bytes/folder.js";
import { newUuid } from "../bytes/uuid.js";
import { copy } from "../hierarchy/copy.js";
import { DirectoryStore } from "../store/directory/directory-store.js";
import { ZipStore } from "../store/zip/zip-store.js";
import { addExamples } from "./command-help.js";
import { interruptible } from "./interruptible.js";
import { type CommonOptions, note } from "./output.js";
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
  await checkIsFree(output, overwrite);
  const bar = progressBar("unpack", options);
  const source = await ZipStore.open(file);
  let values = 0;
  try {
    // Beside its place, under a name of its own, until it is complete.
    const part = path.join(path.dirname(path.resolve(output)), `.${path.basename(output)}.unpack-${newUuid()}`);
    try {
      await interruptible(async (signal) => {
        const target = await DirectoryStore.open(part, { mode: "w" });
        const onProgress = (progress: { done: number; total: number }) => {
          values = progress.total;
          bar.update(progress);
        };
        await copy(source, target, { signal, onProgress });
        await target.close();
      });
      if (overwrite) await removeHierarchy(output);
      await renameFile(part, output);
    } finally {
      await removeTree(part);
    }
  } finally {
    bar.end();
    await source.close();
  }
  note(`${output}: ${values} values unpacked`, options);
}

/** Removes a folder that holds a Zarr hierarchy, or nothing. @throws ZarrError `ERR_EXISTS` - it holds something else */
async function removeHierarchy(folder: string): Promise<void> {
  const store = await DirectoryStore.open(folder, { mode: "w" });
  await store.close();
  await removeIfEmpty(folder);
}
