import type { ByteSource } from "../bytes/byte-source.js";
import { nearReadBytes, readAtOnce } from "./source-reading.js";

/** Up to this length, in bytes, memory is filled without leaving the thread; beyond, by such pieces through the event loop. */
const mostAtOnce = 16 * 2 ** 20;

/** Fills `memory` with the bytes of the source from `offset` on: at once where the source is as fast as memory. */
export async function readIntoMemory(source: ByteSource, offset: number, memory: Uint8Array): Promise<void> {
  let done = 0;
  while (memory.length <= mostAtOnce && done < memory.length) {
    const place = memory.subarray(done, done + nearReadBytes);
    const piece = readAtOnce(source, offset + done, place.length, place);
    if (piece === undefined) break;
    if (piece.buffer !== memory.buffer) place.set(piece);
    done += piece.length;
  }
  while (done < memory.length) {
    const piece = await source.read(offset + done, Math.min(mostAtOnce, memory.length - done));
    memory.set(piece, done);
    done += piece.length;
  }
}
