import type { ByteSource } from "../bytes/byte-source.js";
import { isConfined } from "../bytes/confinement.js";

/** Up to this length a synchronous read of a local file is faster than a detour through the event loop, in bytes. */
export const nearReadBytes = 256 * 1024;

/** The same where nothing may leave the thread, in bytes. */
const confinedReadBytes = 4 * 2 ** 20;

/** A read that took longer waited for a disk or a network, or this thread for a processor. */
const slowReadMs = 2;

/** So many slow reads in a row are no accident of a busy machine. */
const slowReadsInRow = 3;

/** For each source, how many of the last reads in a row were slow. */
const slowReads = new WeakMap<ByteSource, number>();

/** Reads a small piece at once where the source is as fast as memory, and through the event loop everywhere else. */
export async function readNear(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  return readAtOnce(source, offset, length) ?? (await source.read(offset, length));
}

/** The same source, whose reads a signal ends; not where they are as fast as memory, and end before anybody could ask for it. */
export function endedBy(source: ByteSource, signal: AbortSignal | undefined): ByteSource {
  if (signal === undefined || source.readSync !== undefined) return source;
  const { name, size } = source;
  const read: ByteSource["read"] = (offset, length) => source.read(offset, length, { signal });
  return source.expect === undefined
    ? { name, size, read }
    : { name, size, read, expect: (ranges) => source.expect!(ranges) };
}

/**
 * Reads a small piece where the source is as fast as memory; gives `undefined` everywhere else.
 * @param memory - as for `ByteSource.readSync`
 */
export function readAtOnce(
  source: ByteSource,
  offset: number,
  length: number,
  memory?: Uint8Array,
): Uint8Array | undefined {
  const slow = slowReads.get(source) ?? 0;
  const most = isConfined() ? confinedReadBytes : nearReadBytes;
  if (source.readSync === undefined || length > most || slow >= slowReadsInRow) return undefined;
  const start = performance.now();
  const bytes = source.readSync(offset, length, memory);
  const wasSlow = performance.now() - start > slowReadMs;
  if (wasSlow || slow > 0) slowReads.set(source, wasSlow ? slow + 1 : 0);
  return bytes;
}
