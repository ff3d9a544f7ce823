import type { Command } from "commander";
import { fileStatus } from "../bytes/file.js";
import { ZarrError } from "../errors.js";
import type { ZarrArray } from "../hierarchy/array.js";
import { type ConvertOptions, convert } from "../hierarchy/convert.js";
import { exportZip } from "../hierarchy/export-zip.js";
import type { ZarrGroup } from "../hierarchy/group.js";
import type { Store } from "../store/store.js";
import { ZipStore } from "../store/zip/zip-store.js";
import { addressHelp, openAddress } from "./address.js";
import { addExamples } from "./command-help.js";
import { addLayout, type LayoutOptions, layoutOf } from "./layout-options.js";
import { isNameOfZip, partialName, withNewFolder, withNewZip, withPartial } from "./new-store.js";
import { note, report } from "./output.js";
import { progressBar } from "./progress-bar.js";
import { checkIsFree, checkKeepsSource, saveFile } from "./save-file.js";
import { addWorkers, type WorkersOptions, withWorkers } from "./workers.js";

interface ConvertCommandOptions extends WorkersOptions, LayoutOptions {
  readonly to?: string;
  readonly rfc9?: true;
  readonly memory?: string;
  readonly overwrite?: true;
  readonly resume?: true;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(
    command,
    "zarrzip convert heights.zarr.zip sharded.zarr.zip --chunks 50,50 --shards 200,300 --codec zstd:5",
    "zarrzip convert heights.zarr.zip:heights old.zarr --to v2 --codec blosc",
  );
  addWorkers(addLayout(command))
    .description(
      "Write an array, or a group with all below it, anew: in other chunks, shards or codecs, or the other Zarr format.",
    )
    .argument("<source>", addressHelp)
    .argument("<target>", "the new file: a ZIP, where its name ends with .zip or .ozx, else a folder")
    .option("--to <format>", "v2 or v3")
    .option("--rfc9", "OME-Zarr 0.4 becomes 0.5, and zipped OME-Zarr (.ozx) is written, as RFC-9 recommends")
    .option("--memory <MiB>", "values in memory at a time; at least a chunk or shard; default 64")
    .option("--overwrite", "replace the target if it exists")
    .option("--resume", "keep what is done in TARGET.partial, and go on with what is there when it was interrupted")
    .action(convertFile);
}

async function convertFile(source: string, output: string, options: ConvertCommandOptions): Promise<void> {
  const { overwrite = false, rfc9 = false, resume = false } = options;
  const asked = { ...layoutOf(options), ...formatOf(options), ...memoryOf(options) };
  if (output === "-") {
    const advice = "convert writes a file or a folder, which zarrzip pack TARGET -o - puts on standard output";
    throw new ZarrError("ERR_ARGUMENT", `the target is ${JSON.stringify(output)}: ${advice}`);
  }
  await checkIsFree(output, overwrite, rfc9 || isNameOfZip(output) ? "file" : "folder");
  const bar = progressBar("convert", options);
  const from = await openAddress(source);
  try {
    await checkKeepsSource(output, from);
    await withWorkers(options, async (pool, signal) => {
      const how = { ...asked, pool, signal, onProgress: bar.update };
      if (resume) return await resumed(from, output, how, options);
      const into = async (target: Store) => await run(from, target, how);
      if (rfc9) await writeOzx(output, overwrite, into, signal);
      else if (isNameOfZip(output)) await withNewZip(output, overwrite, into);
      else await withNewFolder(output, overwrite, into);
    });
  } finally {
    bar.end();
    await from.close();
  }
  await report({ source, output }, `${source} converted to ${output}`, options);
}

async function run(from: ZarrArray | ZarrGroup, target: Store, how: ConvertOptions): Promise<void> {
  await (from.kind === "array" ? convert(from, target, how) : convert(from, target, how));
}

/** Converts into a file that stays when this is interrupted. */
async function resumed(
  from: ZarrArray | ZarrGroup,
  output: string,
  how: ConvertOptions & { readonly signal: AbortSignal },
  options: ConvertCommandOptions,
): Promise<void> {
  const { overwrite = false, rfc9 = false } = options;
  const { signal } = how;
  const exported = async (store: ZipStore) =>
    await saveFile(output, exportZip(store, { profile: "rfc9", signal }), overwrite);
  try {
    const into = async (target: Store) => await run(from, target, { ...how, resume: true });
    await withPartial(output, overwrite, signal, into, rfc9 ? exported : undefined);
  } catch (error) {
    if (signal.aborted && (await fileStatus(partialName(output))) !== undefined) {
      note(`${partialName(output)} has what was done: the same command goes on with it`, options);
    }
    throw error;
  }
}

/** Converts into a part file that is never published, since its entries are not in the order of RFC-9, and exports that. */
async function writeOzx(
  output: string,
  overwrite: boolean,
  into: (target: Store) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const store = await ZipStore.open(output, { mode: "w" });
  try {
    await into(store);
    await saveFile(output, exportZip(store, { profile: "rfc9", signal }), overwrite);
  } finally {
    await store.abort();
  }
}

function formatOf({ to, rfc9 }: ConvertCommandOptions): Pick<ConvertOptions, "zarrFormat" | "ome"> {
  if (rfc9 && to !== undefined && to !== "v3") {
    throw new ZarrError("ERR_ARGUMENT", `--rfc9 writes Zarr format 3: leave out --to ${to}`);
  }
  if (rfc9) return { ome: "0.5" };
  if (to === undefined) return {};
  if (to === "v2" || to === "v3") return { zarrFormat: to === "v2" ? 2 : 3 };
  throw new ZarrError("ERR_ARGUMENT", `--to is ${JSON.stringify(to)}, expected v2 or v3`);
}

function memoryOf({ memory }: ConvertCommandOptions): { memoryBytes?: number } {
  if (memory === undefined) return {};
  if (/^\d{1,7}$/.test(memory) && Number(memory) > 0) return { memoryBytes: Number(memory) * 2 ** 20 };
  throw new ZarrError("ERR_ARGUMENT", `--memory is ${JSON.stringify(memory)}, expected a number of MiB`);
}
