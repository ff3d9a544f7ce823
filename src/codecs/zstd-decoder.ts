import { DecompressionError } from "../bytes/decompression.js";
import { xxHash64Low } from "./kernels/xxhash64.js";

/**
 * Gives the content of one frame, whose headers `readZstdFrames` has walked.
 * @param maxDecodedSize - bytes that the frame can give
 * @throws DecompressionError - malformed, or another checksum
 */
export type DecodeZstd = (frame: Uint8Array, maxDecodedSize: number) => Uint8Array;

/** Memory of a WebAssembly module that a frame and its content may take together. */
const maxWasmBytes = 2 ** 30;

/** Bit 2 of the frame header's descriptor, byte 4: the content's checksum is behind the last block (RFC 8878, 3.1.1.1.1). */
const checksumFlag = 4;

/** The decoder for runtimes without Zstandard: the reference implementation as WebAssembly; where that is refused, one in JavaScript. */
export async function loadZstdDecoder(): Promise<DecodeZstd> {
  try {
    const { ZSTDDecoder } = await import("zstddec");
    const decoder = new ZSTDDecoder();
    await decoder.init();
    return wasmDecoder((frame, size) => decoder.decode(frame, size));
  } catch {
    const { decompress } = await import("fzstd");
    return scriptDecoder(decompress); // a page may forbid WebAssembly, or the data: URL that this one is in
  }
}

/** @param decode - looks at no checksum */
function scriptDecoder(decode: (frame: Uint8Array) => Uint8Array): DecodeZstd {
  return (frame) => {
    const content = attempt(() => decode(frame));
    if ((frame[4] & checksumFlag) === 0) return content;
    const { buffer, byteOffset, length } = frame;
    const expected = new DataView(buffer, byteOffset, length).getUint32(length - 4, true);
    if (xxHash64Low(content) === expected) return content;
    throw wrongChecksum();
  };
}

/** @param decode - gives no bytes where it fails */
function wasmDecoder(decode: (frame: Uint8Array, size: number) => Uint8Array): DecodeZstd {
  return (frame, maxDecodedSize) => {
    if (maxDecodedSize === 0) return new Uint8Array(0);
    if (frame.length + maxDecodedSize > maxWasmBytes) {
      const message = `the frame can hold ${maxDecodedSize} bytes, more than this decoder has memory for: use Node 22.15 or later`;
      throw new DecompressionError("too long", message);
    }
    const content = attempt(() => decode(frame, maxDecodedSize));
    if (content.length > 0) return content;
    if ((frame[4] & checksumFlag) !== 0) {
      const unchecked = frame.slice(0, -4);
      unchecked[4] &= ~checksumFlag;
      if (attempt(() => decode(unchecked, maxDecodedSize)).length > 0) {
        throw wrongChecksum();
      }
    }
    throw new DecompressionError("malformed", "the frame is damaged");
  };
}

function wrongChecksum(): DecompressionError {
  return new DecompressionError("checksum", "the content has another checksum than its frame says");
}

function attempt<T>(decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw new DecompressionError("malformed", (cause as Error).message, cause);
  }
}
