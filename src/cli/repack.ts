import type { Command } from "commander";
import { repack } from "../store/zip/repack.js";
import { addExamples } from "./command-help.js";
import { interruptible } from "./interruptible.js";
import { type CommonOptions, counted, formatBytes, report } from "./output.js";
import { progressBar } from "./progress-bar.js";

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(command, "zarrzip repack heights.zarr.zip");
  command
    .description(
      "Write a file anew, in its own place, without what nothing refers to: replaced and deleted values, older versions, duplicates.",
    )
    .argument("<file>", "a ZIP file")
    .action(repackFile);
}

async function repackFile(file: string, options: CommonOptions): Promise<void> {
  const bar = progressBar("repack", options);
  const result = await interruptible((signal) => repack(file, { signal, onProgress: bar.update })).finally(bar.end);
  const { bytesBefore, bytesAfter, entries } = result;
  const change =
    bytesBefore === bytesAfter
      ? `${formatBytes(bytesBefore)}, nothing to remove`
      : `${formatBytes(bytesBefore)} before, ${formatBytes(bytesAfter)} after`;
  await report({ ...result }, `${file}: ${change}, ${counted(entries, "entry", "entries")}`, options);
}
