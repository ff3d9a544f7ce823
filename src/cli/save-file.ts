import process from "node:process";
import { fileStatus } from "../bytes/file.js";
import { folderOf, pathTarget } from "../bytes/folder.js";
import { createPartFile, discardPart, publishPart } from "../bytes/part-file.js";
import { realPath } from "../bytes/real-path.js";
import { ZarrError } from "../errors.js";
import { product } from "../grid/strides.js";
import type { ZarrArray } from "../hierarchy/array.js";
import type { ZarrGroup } from "../hierarchy/group.js";
import { namesToRemove } from "../store/directory/directory-store-options.js";
import { interruptible } from "./interruptible.js";
import { type CommonOptions, counted, print, report } from "./output.js";

/**
 * Writes a file that is there when it is complete, and not before; `-` is standard output.
 *
 * @param pieces - its bytes, one piece after the other
 * @throws ZarrError `ERR_EXISTS` - there is one, and it is not to be overwritten; `ERR_STORE_WRITE`; what `pieces` throws
 */
export async function saveFile(
  path: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  overwrite = false,
): Promise<void> {
  if (path === "-") {
    for await (const piece of pieces) await print(piece);
    return;
  }
  await checkIsFree(path, overwrite);
  const part = await createPartFile(path);
  try {
    let at = 0;
    for await (const piece of pieces) {
      await part.write(piece, at);
      at += piece.length;
    }
    await publishPart(part, path, { exclusive: !overwrite, isDurable: true, model: path });
  } catch (error) {
    await discardPart(part);
    throw error;
  }
}

/** As {@link saveFile}, of pieces that are in memory: a program that is interrupted meanwhile leaves nothing of the file. */
export async function saveBytes(path: string, pieces: Iterable<Uint8Array>, overwrite = false): Promise<void> {
  if (path === "-") return await saveFile(path, pieces);
  await interruptible((signal) => saveFile(path, unlessAborted(pieces, signal), overwrite));
}

/** Says that a region of this shape was saved, unless it has gone to standard output. */
export async function reportSaved(output: string, shape: readonly number[], options: CommonOptions): Promise<void> {
  if (output === "-") return;
  await report({ output, shape }, `${output}: ${counted(product(shape), "element")} saved`, options);
}

function* unlessAborted(pieces: Iterable<Uint8Array>, signal: AbortSignal): Generator<Uint8Array> {
  for (const piece of pieces) {
    yield piece;
    signal.throwIfAborted();
  }
}

/**
 * Checks, before any work is done, that its result, which is binary, can have this place; `-` is standard output.
 * @throws ZarrError `ERR_ARGUMENT` - standard output is a terminal; `ERR_EXISTS` - something is there, and is not to be overwritten; or a folder is in the way of a file, or a file, or a folder that
 *   holds no Zarr hierarchy, in that of a folder; `ERR_NOT_FOUND` - the folder that a file is to be in is not there
 */
export async function checkIsFree(path: string, overwrite = false, kind: "file" | "folder" = "file"): Promise<void> {
  if (path === "-") return checkIsNoTerminal();
  if ((await fileStatus(path)) === undefined) {
    if (kind === "folder" || (await pathTarget(folderOf(path)))?.kind === "folder") return;
    throw new ZarrError("ERR_NOT_FOUND", `${path} cannot be written: there is no folder ${folderOf(path)}`, {
      file: path,
    });
  }
  const refused = (problem: string) => new ZarrError("ERR_EXISTS", `${path} ${problem}`, { file: path });
  if (!overwrite) throw refused("exists: choose another name, or replace it by --overwrite");
  const found = (await pathTarget(path))?.kind;
  if (found === "folder" && kind === "file") throw refused("is a folder: remove it first, or choose another name");
  if (found === "file" && kind === "folder") throw refused("is a file: remove it first, or choose another name");
  if (found === "folder") await namesToRemove(path);
}

function checkIsNoTerminal(): void {
  if (!process.stdout.isTTY) return;
  const message = "- is this terminal, and the output is binary: redirect it, as > FILE does, pipe it, or name a file";
  throw new ZarrError("ERR_ARGUMENT", message);
}

/**
 * Checks that nothing is lost of a file of which one node becomes all.
 * @throws ZarrError `ERR_ARGUMENT` - the node is in the file that is to be replaced
 */
export async function checkKeepsSource(
  output: string,
  { store, path }: Pick<ZarrArray | ZarrGroup, "store" | "path">,
): Promise<void> {
  if (
    path === "" ||
    (await fileStatus(output)) === undefined ||
    (await realPath(output)) !== (await realPath(store.path))
  )
    return;
  const message = `${output} is the file that /${path} is in, and all else in it would be lost: choose another name`;
  throw new ZarrError("ERR_ARGUMENT", message, { file: output, path });
}
