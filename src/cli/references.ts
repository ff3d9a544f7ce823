import type { Command } from "commander";
import { stringifyJson } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { references } from "../hierarchy/references.js";
import { ZipStore } from "../store/zip/zip-store.js";
import { addExamples } from "./command-help.js";
import { interruptible } from "./interruptible.js";
import { type CommonOptions, counted, pure, report } from "./output.js";
import { progressBar } from "./progress-bar.js";
import { checkIsFree, saveBytes } from "./save-file.js";

interface ReferencesOptions extends CommonOptions {
  readonly output: string;
  readonly overwrite?: true;
  readonly url?: string;
  readonly inline?: string;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(
    command,
    "zarrzip references heights.zarr.zip",
    "zarrzip references heights.zarr.zip --url https://example.org/heights.zarr.zip -o heights.json",
  );
  command
    .description(
      "Say where the values in a ZIP are, as kerchunk does (JSON, version 1), for programs that know nothing of ZIP: xarray by fsspec, GDAL, zarrita.",
    )
    .argument("<file>", "a ZIP file, or the URL of one, whose entries are stored, not compressed")
    .option("-o, --output <file>", "where to write it; - is standard output", "-")
    .option("--overwrite", "replace the output if it exists")
    .option("--url <url>", "where readers find the file; default where it is now")
    .option("--inline <bytes>", "write values up to this size into the JSON; default 500")
    .action(refer);
}

async function refer(file: string, options: ReferencesOptions): Promise<void> {
  const { output, overwrite, url } = options;
  if (output !== "-") await checkIsFree(output, overwrite);
  const inline = inlineOf(options);
  const bar = progressBar("references", options);
  const store = await ZipStore.open(file);
  try {
    const found = await interruptible((signal) =>
      references(store, { signal, onProgress: bar.update, ...inline, ...(url === undefined ? {} : { url }) }),
    );
    bar.end();
    await saveBytes(output, [new TextEncoder().encode(`${stringifyJson(pure(found), { indent: 2 })}\n`)], overwrite);
    const values = Object.keys(found.refs).length;
    if (output !== "-") await report({ output, values }, `${output}: ${counted(values, "value")} referred to`, options);
  } finally {
    bar.end();
    await store.close();
  }
}

function inlineOf({ inline }: ReferencesOptions): { inlineBytes?: number } {
  if (inline === undefined) return {};
  if (/^\d{1,12}$/.test(inline)) return { inlineBytes: Number(inline) };
  throw new ZarrError("ERR_ARGUMENT", `--inline is ${JSON.stringify(inline)}, expected a number of bytes`);
}
