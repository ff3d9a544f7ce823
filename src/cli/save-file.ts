import { fileStatus } from "../bytes/file.js";
import { createPartFile, discardPart, publishPart } from "../bytes/part-file.js";
import { ZarrError } from "../errors.js";
import { interruptible } from "./interruptible.js";
import { print } from "./output.js";

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

function* unlessAborted(pieces: Iterable<Uint8Array>, signal: AbortSignal): Generator<Uint8Array> {
  for (const piece of pieces) {
    yield piece;
    signal.throwIfAborted();
  }
}

/** @throws ZarrError `ERR_EXISTS` - something is there, and it is not to be overwritten */
export async function checkIsFree(path: string, overwrite = false): Promise<void> {
  if (overwrite || (await fileStatus(path)) === undefined) return;
  throw new ZarrError("ERR_EXISTS", `${path} exists: choose another name, or replace it by --overwrite`, {
    file: path,
  });
}
