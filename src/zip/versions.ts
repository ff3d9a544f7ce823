import type { ByteSource } from "../bytes/byte-source.js";
import { isZarrError } from "../errors.js";
import { versionLinkOf } from "./archive-comment.js";
import { Directory } from "./directory.js";
import { type ArchiveEnd, readArchiveEnd } from "./end-record.js";
import { readNear } from "./source-reading.js";

/** One version of an archive, older ones of which are in the file until it is written anew. */
export interface ArchiveVersion {
  /** Name of the commit, a UUID; of a first version, which no commit has made, its digest. */
  readonly id: string;
  /** Time of the commit, ISO 8601; unknown of a first version. */
  readonly time: string | undefined;
  /** Byte of the file at which it ends. */
  readonly end: number;
  /** Number of entries, folders included. */
  readonly entries: number;
}

/** The versions that the file still has, from `newest` back to the first one, or to one that says of none before. */
export async function listVersions(source: ByteSource, newest: Directory): Promise<ArchiveVersion[]> {
  const versions: ArchiveVersion[] = [];
  for (let end: number | undefined = newest.end; end !== undefined; ) {
    const found: ArchiveEnd | undefined = await readArchiveEnd(source, end).catch((error) => {
      if (versions.length > 0 && isZarrError(error)) return undefined; // what a comment said was not so
      throw error;
    });
    if (found === undefined) break;
    const comment = await readNear(source, end - found.commentSize, found.commentSize);
    const link = versionLinkOf(comment);
    const id = link?.commit ?? (await Directory.read(source, end)).digest();
    versions.push({ id, time: link?.time, end, entries: found.count });
    const previous: number | undefined = link?.appended?.previous;
    end = previous !== undefined && previous > 0 && previous < found.start ? previous : undefined;
  }
  return versions;
}
