import type { Command } from "commander";
import { memorySize } from "../data-type/item-size.js";
import { ZarrError } from "../errors.js";
import { chunkCount, chunkLength } from "../grid/chunk-grid.js";
import { product } from "../grid/strides.js";
import { ZarrArray } from "../hierarchy/array.js";
import type { ZarrGroup } from "../hierarchy/group.js";
import { nodeKey } from "../hierarchy/load-node.js";
import { UnreadableNode } from "../hierarchy/unreadable-node.js";
import { openStore } from "../store/any-store.js";
import { storedSizes } from "../store/stored-sizes.js";
import { ZipStore } from "../store/zip/zip-store.js";
import { addressHelp, locateAddress, openAddress } from "./address.js";
import { addExamples } from "./command-help.js";
import { formatRatio, formatShape, jsonOfNode } from "./describe-node.js";
import { type CommonOptions, counted, formatBytes, formatCount, formatTable, print, printJsonLine } from "./output.js";

interface LsOptions extends CommonOptions {
  readonly keys?: true;
  readonly zip?: true;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(
    command,
    "zarrzip ls heights.zarr.zip",
    "zarrzip ls heights.zarr.zip:heights",
    "zarrzip ls --zip heights.zarr.zip",
  );
  command
    .description("List the members of a group, or the stored chunks of an array.")
    .argument("<file>", addressHelp)
    .option("--keys", "list keys and the bytes that are stored of each")
    .option("--zip", "list the entries of the ZIP, and what of the file is dead")
    .action(ls);
}

async function ls(file: string, options: LsOptions): Promise<void> {
  if (options.zip) return await listEntries(file, options);
  if (options.keys) return await listKeys(file, options);
  const node = await openAddress(file);
  try {
    if (node instanceof ZarrArray) await listChunks(node, options);
    else await listMembers(node, options);
  } finally {
    await node.close();
  }
}

async function listMembers(group: ZarrGroup, { json }: LsOptions): Promise<void> {
  const members = await group.members();
  if (json) {
    for (const member of members) await printJsonLine(jsonOfNode(member));
    return;
  }
  const prefix = nodeKey(group.path, "").length;
  const rows = members.map((member) => {
    const name = member.path.slice(prefix);
    if (member instanceof UnreadableNode) return [name, member.error.code, ""];
    if (!(member instanceof ZarrArray)) return [`${name}/`, "group", ""];
    return [name, member.dtype, formatShape(member.shape)];
  });
  await print(formatTable(["name", "type", "shape"], rows));
}

async function listKeys(file: string, { json }: LsOptions): Promise<void> {
  const { input, path = "" } = await locateAddress(file);
  const store = await openStore(input);
  try {
    for (const [key, bytes] of await storedSizes(store, nodeKey(path, ""))) {
      await (json ? printJsonLine({ key, bytes }) : print(`${formatCount(bytes).padStart(15)}  ${key}\n`));
    }
  } finally {
    await store.close();
  }
}

async function listChunks(array: ZarrArray, { json }: LsOptions): Promise<void> {
  const { path, metadata, dataType } = array;
  const { chunkGrid, chunkKeyEncoding, shape } = metadata;
  const prefix = nodeKey(path, "");
  const itemSize = dataType.itemSize === undefined ? undefined : memorySize(dataType);
  const rows: string[][] = [];
  for (const [key, bytes] of await storedSizes(array.store, prefix)) {
    const coords = chunkKeyEncoding.decode(key.slice(prefix.length), shape.length);
    if (coords?.every((coord, d) => coord < chunkCount(chunkGrid[d]!, shape[d]!)) !== true) continue;
    const lengths = coords.map((coord, d) => chunkLength(chunkGrid[d]!, coord));
    const values = itemSize && product(lengths) * itemSize;
    if (json) await printJsonLine({ coords, key, shape: lengths, stored: bytes, bytes: values });
    else
      rows.push([`[${coords.join(", ")}]`, formatShape(lengths), formatCount(bytes), formatRatio(values, bytes), key]);
  }
  if (!json) await print(formatTable(["chunk", "shape", ">stored", ">ratio", "key"], rows));
}

async function listEntries(file: string, { json }: LsOptions): Promise<void> {
  const { input, path = "" } = await locateAddress(file);
  const store = await openStore(input);
  try {
    if (!(store instanceof ZipStore)) {
      throw new ZarrError("ERR_ARGUMENT", `${file} is a folder, and has no ZIP entries: list it without --zip`, {
        file,
      });
    }
    const prefix = nodeKey(path, "");
    const entries = (await store.entries()).filter(({ name }) => name.startsWith(prefix));
    if (json) {
      for (const entry of entries) await printJsonLine({ ...entry });
      return;
    }
    const rows = entries.map(({ offset, size, compressedSize, method, crc32, name, isCurrent }) => [
      formatCount(offset),
      formatCount(size),
      formatCount(compressedSize),
      methods[method] ?? String(method),
      crc32.toString(16).padStart(8, "0"),
      `${name}${isCurrent || name.endsWith("/") ? "" : "  (replaced)"}`,
    ]);
    const { bytes, deadBytes } = (await store.stats()).file;
    const replaced = entries.filter((entry) => !entry.isCurrent && !entry.name.endsWith("/")).length;
    const versions = (await store.versions()).length;
    await print(
      `${formatTable([">offset", ">size", ">packed", "method", "CRC-32", "name"], rows)}\n${counted(entries.length, "entry", "entries")}, ${formatCount(replaced)} of them replaced by later ones; ${counted(versions, "version")}\n${formatBytes(bytes)} (${formatCount(bytes)}), of which ${formatCount(deadBytes)} bytes are dead\n`,
    );
  } finally {
    await store.close();
  }
}

/** APPNOTE 4.4.5 */
const methods: Readonly<Record<number, string>> = {
  0: "stored",
  8: "deflate",
  9: "deflate64",
  12: "bzip2",
  14: "lzma",
  93: "zstd",
};
