import type { Command } from "commander";
import { pathTarget } from "../bytes/folder.js";
import { ZarrError } from "../errors.js";
import { repack } from "../store/zip/repack.js";
import { addExamples } from "./command-help.js";
import { interruptible } from "./interruptible.js";
import { type CommonOptions, counted, formatBytes, report } from "./output.js";
import { progressBar } from "./progress-bar.js";

interface RepackCommandOptions extends CommonOptions {
  readonly rfc9?: true;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(command, "zarrzip repack heights.zarr.zip", "zarrzip repack --rfc9 image.ozx");
  command
    .description(
      "Write a file anew, in its own place, without what nothing refers to: replaced and deleted values, older versions, duplicates.",
    )
    .argument("<file>", "a ZIP file")
    .option("--rfc9", "make it zipped OME-Zarr (.ozx), as RFC-9 recommends")
    .action(repackFile);
}

async function repackFile(file: string, options: RepackCommandOptions): Promise<void> {
  if ((await pathTarget(file))?.kind === "folder") {
    throw new ZarrError("ERR_ARGUMENT", `${file} is a folder: only a ZIP file has anything to remove`, { file });
  }
  if (/^(?!file:)[a-z][\w+.-]+:\/\//i.test(file)) {
    throw new ZarrError("ERR_UNSUPPORTED", `${file} cannot be written to: download it, and name the file`, { file });
  }
  const bar = progressBar("repack", options);
  const profile = options.rfc9 ? ({ profile: "rfc9" } as const) : {};
  const work = interruptible((signal) => repack(file, { ...profile, signal, onProgress: bar.update }));
  const result = await work.finally(bar.end);
  const { rewritten, bytesBefore, bytesAfter, entries } = result;
  const change = rewritten
    ? `${formatBytes(bytesBefore)} before, ${formatBytes(bytesAfter)} after`
    : `${formatBytes(bytesBefore)}, ${options.rfc9 ? "in the form of RFC-9 already" : "nothing to remove"}`;
  await report({ ...result }, `${file}: ${change}, ${counted(entries, "entry", "entries")}`, options);
}
