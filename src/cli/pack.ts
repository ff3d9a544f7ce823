import type { Command } from "commander";
import { exportZip } from "../hierarchy/export-zip.js";
import { openStore } from "../store/any-store.js";
import { locateAddress, openAddress } from "./address.js";
import { addExamples } from "./command-help.js";
import { interruptible } from "./interruptible.js";
import { type CommonOptions, counted, note, report } from "./output.js";
import { progressBar } from "./progress-bar.js";
import { checkIsFree, checkKeepsSource, saveFile } from "./save-file.js";

interface PackOptions extends CommonOptions {
  readonly output: string;
  readonly overwrite?: true;
  readonly rfc9?: true;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(
    command,
    "zarrzip pack heights.zarr -o packed.zarr.zip",
    "zarrzip pack heights.zarr.zip:heights -o one.zarr.zip",
  );
  command
    .description("Put a folder into one ZIP, values as they are stored, metadata first.")
    .argument(
      "<source>",
      "a folder, a ZIP file or a URL; with :PATH behind it, an array or group, which becomes the root",
    )
    .requiredOption("-o, --output <file>", "the new file; - is standard output")
    .option("--overwrite", "replace the file if it exists")
    .option("--rfc9", "write zipped OME-Zarr (.ozx), as RFC-9 recommends")
    .action(pack);
}

async function pack(source: string, options: PackOptions): Promise<void> {
  const { output, overwrite, rfc9 } = options;
  await checkIsFree(output, overwrite);
  const { input, path } = await locateAddress(source);
  const from = path === undefined ? await openStore(input) : await openAddress(source);
  if ("kind" in from && output !== "-") await checkKeepsSource(output, from);
  const bar = progressBar("pack", options);
  let values = 0;
  try {
    await interruptible(async (signal) => {
      const stream = exportZip(from, {
        signal,
        onProgress: (progress) => {
          values = progress.total;
          bar.update(progress);
        },
        ...(rfc9 ? { profile: "rfc9" } : {}),
      });
      await saveFile(output, stream, overwrite);
    });
  } finally {
    bar.end();
    await from.close();
  }
  const text = `${output}: ${counted(values, "value")} packed`;
  if (output === "-") note(text, options);
  else await report({ source, output, values }, text, options);
}
