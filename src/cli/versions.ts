import type { Command } from "commander";
import { ZarrError } from "../errors.js";
import { openStore } from "../store/any-store.js";
import { ZipStore } from "../store/zip/zip-store.js";
import { addExamples } from "./command-help.js";
import { type CommonOptions, formatCount, formatTable, print, printJson } from "./output.js";

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(command, "zarrzip versions heights.zarr.zip");
  command.argument("<file>", "a ZIP file, or the URL of one").action(versions);
}

async function versions(file: string, { json }: CommonOptions): Promise<void> {
  const store = await openStore(file);
  try {
    if (!(store instanceof ZipStore)) {
      throw new ZarrError("ERR_ARGUMENT", `${file} is a folder: only a ZIP file keeps versions`, { file });
    }
    const found = await store.versions();
    if (json) return await printJson({ versions: found });
    const rows = found.map(({ id, time, end, entries }) => [id, time ?? "", formatCount(entries), formatCount(end)]);
    await print(formatTable(["version, newest first", "time", ">entries", ">bytes"], rows));
  } finally {
    await store.close();
  }
}
