import type { Command } from "commander";
import { recover } from "../store/zip/repack.js";
import { ZipStore } from "../store/zip/zip-store.js";
import { addExamples } from "./command-help.js";
import { exitCodes } from "./exit-code.js";
import { type CommonOptions, counted, formatBytes, note, print, printJson } from "./output.js";

interface RecoverOptions extends CommonOptions {
  readonly output: string;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(command, "zarrzip recover torn.zarr.zip -o saved.zarr.zip");
  command
    .description(
      "Copy what is whole of a damaged file: its last sound version, or else every entry that is whole. The file itself stays as it is. Ends with 1 if entries are lost.",
    )
    .argument("<file>", "a ZIP file")
    .requiredOption("-o, --output <file>", "the new file")
    .action(recoverFile);
}

async function recoverFile(file: string, { output, ...options }: RecoverOptions): Promise<void> {
  const listed = await namesIn(file).catch(() => []); // where the directory is what is damaged, nothing is known of the others
  const result = await recover(file, output);
  const { entries, bytes, lostBytes, torn } = result;
  const found = new Set([...(await namesIn(output)), ...torn.map(({ key }) => key)]);
  const missing = listed.filter((name) => !found.has(name));
  if (torn.length + missing.length > 0) process.exitCode = exitCodes.findings;
  if (options.json) return await printJson({ ...result, missing });
  for (const { key, offset } of torn) await print(`torn: ${key} at byte ${offset}\n`);
  for (const key of missing) await print(`missing: ${key}\n`);
  const lost = lostBytes === 0 ? "" : `, ${formatBytes(lostBytes)} behind them left out`;
  note(`${output}: ${counted(entries, "entry", "entries")} in ${formatBytes(bytes)}${lost}`, options);
}

/** Names of all values that the directory of a ZIP lists. */
async function namesIn(file: string): Promise<string[]> {
  const store = await ZipStore.open(file);
  const names = (await store.entries()).flatMap(({ name, isCurrent }) => (isCurrent ? [name] : []));
  await store.close();
  return names;
}
