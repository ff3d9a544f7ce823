import type { ByteSource } from "../bytes/byte-source.js";
import { isSameBytes } from "../bytes/find-bytes.js";
import { ZarrError } from "../errors.js";
import { Directory, type SharedDirectory } from "./directory.js";
import { directoryViews } from "./directory-columns.js";
import { readNear } from "./source-reading.js";
import { isNoVersion } from "./version-at.js";

/** The identity of one version of one file: see `ArchiveReader.identity`. Plain JSON. */
export interface ArchiveIdentity {
  /** Byte at which the archive ends in this version. */
  readonly end: number;
  /** CRC-32 and CRC-32C, in hexadecimal, of the directory and end records that lead up to `end`. */
  readonly digest: string;
  /** Name of the file's first version: its digest, or what the archive comment says; also that of the file written anew. */
  readonly root: string;
}

/**
 * The directory of one version of a file that may have grown since.
 * @throws ZarrError `ERR_STALE_STATE` - the file never had this version, or has lost it
 */
export async function readVersion(
  source: ByteSource,
  identity: ArchiveIdentity,
  shared: SharedDirectory | undefined,
  isKnown = false,
): Promise<Directory> {
  const { end, digest } = identity;
  const stale = (found: string, cause?: unknown) => {
    const message = `${source.name} does not hold the version that was handed over: ${found}; open the file again by its name`;
    return new ZarrError("ERR_STALE_STATE", message, { file: source.name }, cause);
  };
  if (source.size < end) throw stale(`it has ${source.size} bytes, fewer than the ${end} at that time`);
  if (shared !== undefined) {
    const directory = Directory.attach(shared);
    const isSame = directory.end === end && (isKnown || (await holdsDirectory(source, directory, shared)));
    if (isSame) return directory;
    throw stale(`its directory at byte ${end} is not the one that was shared`);
  }
  const directory = await Directory.read(source, end).catch((error) => {
    if (!isNoVersion(error)) throw error;
    throw stale(`no archive ends at byte ${end} now (${error.message})`, error);
  });
  if (directory.digest() === digest) return directory;
  throw stale(`its directory at byte ${end} has digest ${directory.digest()}, expected ${digest}`);
}

/** True if the file has the very bytes from which a shared directory was parsed; comparing is faster than a digest. */
async function holdsDirectory(source: ByteSource, { start, end }: Directory, shared: SharedDirectory) {
  const parsed = directoryViews(shared.buffer, shared.extents).bytes.subarray(0, end - start);
  return isSameBytes(await readNear(source, start, end - start), parsed);
}
