import { GrowingBytes } from "./growing-bytes.js";
import { viewOf } from "./view-of.js";

/** For less, in bytes, a stream of the runtime takes longer to be set up than it saves. */
const worthStreaming = 16 * 1024;

/** Bytes that go in at once: a thousand times as many may come out before more than is allowed can be refused. */
const pieceSize = 16 * 1024;

/**
 * Expands one gzip member (RFC 1952) that is all of `bytes` by the runtime's own decompression, which is twice as fast as ours.
 * @returns `undefined` without such a decoder, and for anything but one whole member: damaged, cut off, several, followed by other bytes, or larger
 *   than `maxSize` bytes. What is wrong then, ours tells.
 */
export async function gunzipWhole(bytes: Uint8Array, maxSize: number): Promise<Uint8Array | undefined> {
  if (bytes.length < worthStreaming || typeof DecompressionStream !== "function") return undefined;
  // The last four bytes are the size of the content (section 2.3.1). Not every runtime refuses what follows a member: it would end otherwise.
  const size = viewOf(bytes).getUint32(bytes.length - 4, true);
  if (size > maxSize || mayHaveMore(bytes)) return undefined;
  const { readable, writable } = new DecompressionStream("gzip");
  const reader = readable.getReader();
  const writing = write(writable, bytes);
  const output = new GrowingBytes(size, bytes.length);
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      output.reserve(part.value.length);
      output.bytes.set(part.value, output.length);
      output.length += part.value.length;
    }
    await writing;
    return output.length === size ? output.finish() : undefined;
  } catch {
    await reader.cancel().catch(() => undefined);
    return undefined;
  }
}

/** Looks for the beginning of another member: the size in the trailer does not give away one of the same size. */
function mayHaveMore(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(0x1f, 1); at > 0; at = bytes.indexOf(0x1f, at + 1)) {
    if (bytes[at + 1] === 0x8b && bytes[at + 2] === 8) return true;
  }
  return false;
}

async function write(writable: DecompressionStream["writable"], bytes: Uint8Array): Promise<void> {
  const writer = writable.getWriter();
  try {
    for (let at = 0; at < bytes.length; at += pieceSize) await writer.write(bytes.subarray(at, at + pieceSize));
    await writer.close();
  } catch {
    // Whoever reads is told.
  }
}
