import { DecompressionError } from "../bytes/decompression.js";
import { isZarrError, ZarrError } from "../errors.js";
import { xxHash64Low } from "./kernels/xxhash64.js";

type ZstdWasm = typeof import("@cloudpss/zstd/wasm");

/** Looked up at every call, an import would cost as much as a small frame. */
let loaded: ZstdWasm | undefined;
let loading: Promise<ZstdWasm> | undefined;

/** Whether the package is there; loads it. */
export async function hasWasm(): Promise<boolean> {
  try {
    await loadWasm();
    return true;
  } catch (error) {
    if (isZarrError(error, "ERR_CODEC_UNAVAILABLE")) return false;
    throw error;
  }
}

/**
 * The reference implementation compiled to WASM, for runtimes without Zstandard of their own; loaded at first use. Only the
 * package's WASM is used: its native addon keeps one context for all threads.
 */
async function loadWasm(): Promise<ZstdWasm> {
  try {
    // Once: in Vitest's vm pools a second import gives the module before it has been evaluated.
    loading ??= import("@cloudpss/zstd/wasm");
    loaded ??= await loading;
    return loaded;
  } catch (cause) {
    loading = undefined;
    const message =
      "this Node has no Zstandard (22.15 and later have), and the optional package for it is missing: npm install @cloudpss/zstd";
    throw new ZarrError("ERR_CODEC_UNAVAILABLE", message, { codec: "zstd" }, cause);
  }
}

/**
 * How far the blocks of a frame without a declared size may exceed what is asked for: the build allocates what they can hold.
 */
const undeclaredSlack = 16 * 2 ** 20;

/**
 * Content of one frame, whose headers `readZstdFrames` has walked.
 *
 * @param maxDecodedSize - bytes that the frame can give
 * @param maxSize - bytes that are wanted at most
 * @throws DecompressionError - malformed, a wrong checksum, or surely more than `maxSize`
 */
export async function decompressWasm(bytes: Uint8Array, maxDecodedSize: number, maxSize: number): Promise<Uint8Array> {
  if (maxDecodedSize > maxSize + undeclaredSlack) {
    const message = `the frame declares no size, and its blocks can hold ${maxDecodedSize} bytes, expected ${maxSize} at most`;
    throw new DecompressionError("too long", message);
  }
  const { decompress } = await loadWasm();
  try {
    return decompress(bytes);
  } catch (cause) {
    const { message } = cause as Error;
    throw new DecompressionError(message.includes("checksum") ? "checksum" : "malformed", message, cause);
  }
}

/** One frame with its content size. */
export async function compressWasm(bytes: Uint8Array, level: number, checksum: boolean): Promise<Uint8Array> {
  const { compress } = await loadWasm();
  const frame = compress(bytes, level);
  if (!checksum) return frame;
  // The build writes no checksum: set Content_Checksum_flag (bit 2 of the descriptor at byte 4), and append it.
  const checked = new Uint8Array(frame.length + 4);
  checked.set(frame);
  checked[4] |= 4;
  new DataView(checked.buffer).setUint32(frame.length, xxHash64Low(bytes), true);
  return checked;
}
