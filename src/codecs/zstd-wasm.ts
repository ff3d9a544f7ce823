import { loadZstd } from "#zlib";
import { DecompressionError } from "../bytes/decompression.js";
import { isZarrError, ZarrError } from "../errors.js";
import { xxHash64Low } from "./kernels/xxhash64.js";
import { type DecodeZstd, loadZstdDecoder } from "./zstd-decoder.js";

type ZstdPackage = Awaited<ReturnType<NonNullable<typeof loadZstd>>>;

/** Looked up at every call, an import would cost as much as a small frame. */
let loaded: ZstdPackage | undefined;
let loading: Promise<ZstdPackage> | undefined;

let decode: DecodeZstd | undefined;
let loadingDecoder: Promise<DecodeZstd> | undefined;

/**
 * The reference implementation compiled to WebAssembly, which also encodes. Only this of the package is used: its native addon keeps one
 * context for all threads.
 */
async function loadPackage(): Promise<ZstdPackage> {
  try {
    if (loadZstd === undefined) throw new Error("there is no such package outside of Node");
    // Once: in Vitest's vm pools a second import gives the module before it has been evaluated.
    loading ??= loadZstd();
    loaded ??= await loading;
    return loaded;
  } catch (cause) {
    loading = undefined;
    const advice =
      loadZstd === undefined
        ? "there is no encoder of Zstandard here, only a decoder: choose another compressor, as gzip"
        : "this Node has no Zstandard (22.15 and later have), and the optional package that encodes it is missing: npm install @cloudpss/zstd";
    throw new ZarrError("ERR_CODEC_UNAVAILABLE", advice, { codec: "zstd" }, cause);
  }
}

/** The package's decoder, which is a little faster, or where it is missing the one that is always there. */
async function loadDecoder(): Promise<DecodeZstd> {
  try {
    const { decompress } = await loadPackage();
    return decompress;
  } catch (error) {
    if (!isZarrError(error, "ERR_CODEC_UNAVAILABLE")) throw error;
    return await loadZstdDecoder();
  }
}

/** The excess of blocks of a frame without a declared size over the requested size: the build allocates what they can hold. */
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
  loadingDecoder ??= loadDecoder();
  decode ??= await loadingDecoder.catch((error) => {
    loadingDecoder = undefined; // a page may be online again
    throw error;
  });
  try {
    return decode(bytes, maxDecodedSize);
  } catch (cause) {
    if (cause instanceof DecompressionError) throw cause;
    const { message } = cause as Error;
    throw new DecompressionError(message.includes("checksum") ? "checksum" : "malformed", message, cause);
  }
}

/** One frame with its content size. */
export async function compressWasm(bytes: Uint8Array, level: number, checksum: boolean): Promise<Uint8Array> {
  const { compress } = await loadPackage();
  const frame = compress(bytes, level);
  if (!checksum) return frame;
  // The build writes no checksum: set Content_Checksum_flag (bit 2 of the descriptor at byte 4), and append it.
  const checked = new Uint8Array(frame.length + 4);
  checked.set(frame);
  checked[4] |= 4;
  new DataView(checked.buffer).setUint32(frame.length, xxHash64Low(bytes), true);
  return checked;
}
