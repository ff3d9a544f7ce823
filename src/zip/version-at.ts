import { type ByteSource, isFailedRead } from "../bytes/byte-source.js";
import { isZarrError } from "../errors.js";
import { Directory } from "./directory.js";

/** True if an error says that the bytes are no version: not that the system failed to read them. */
export function isNoVersion(error: unknown): boolean {
  const isMissing = isZarrError(error, "ERR_STORE_READ") && !isFailedRead(error);
  return isMissing || isZarrError(error, "ERR_ZIP") || isZarrError(error, "ERR_ZIP_TAIL");
}

/** A version, or why there is none. */
export type FoundVersion = Directory | { readonly error: unknown };

/** The version that ends at `end`, or why there is none. */
export async function versionAt(
  source: ByteSource,
  end: number,
  before?: Directory,
  mayTrail = false,
): Promise<FoundVersion> {
  try {
    return await Directory.read(source, end, before, mayTrail);
  } catch (error) {
    if (isNoVersion(error)) return { error };
    throw error;
  }
}
