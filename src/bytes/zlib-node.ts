/**
 * DEFLATE, CRC-32 and, from Node 22.15 on, Zstandard of `node:zlib`. `zlib-fflate.ts` has the same exports for runtimes
 * without it; the `#zlib` import chooses.
 */
import zlib from "node:zlib";
import { type Inflated, InflateError, type ZstdBackend } from "./inflate-error.js";

/** With `info: true` node:zlib answers this instead of a buffer, which its types do not say. */
interface WithEngine {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

type NodeCallback = (error: Error | null, result: Buffer) => void;

/** CRC-32 of ZIP and gzip; `seed` continues an earlier one. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  return zlib.crc32(bytes, seed);
}

/**
 * Expands the raw DEFLATE stream (RFC 1951) at the start of `bytes`.
 * @throws InflateError - damaged, cut off, or more than `maxSize` bytes
 */
export function inflateRaw(bytes: Uint8Array, maxSize: number): Inflated {
  try {
    return inflated(zlib.inflateRawSync(bytes, inflateOptions(bytes, maxSize)), maxSize);
  } catch (error) {
    throw inflateError(error, maxSize);
  }
}

/** As {@link inflateRaw}, on the thread pool. */
export async function inflateRawAsync(bytes: Uint8Array, maxSize: number): Promise<Inflated> {
  try {
    const options = inflateOptions(bytes, maxSize);
    return inflated(await settled((done) => zlib.inflateRaw(bytes, options, done)), maxSize);
  } catch (error) {
    throw inflateError(error, maxSize);
  }
}

/** One raw DEFLATE stream; `level` is 0 (stored) to 9, or -1 for zlib's default. */
export function deflateRaw(bytes: Uint8Array, level: number): Uint8Array {
  return plain(zlib.deflateRawSync(bytes, { level }));
}

/** As {@link deflateRaw}, on the thread pool. */
export async function deflateRawAsync(bytes: Uint8Array, level: number): Promise<Uint8Array> {
  return plain(await settled((done) => zlib.deflateRaw(bytes, { level }, done)));
}

/** Zstandard, or `undefined` where this Node has none (before 22.15). */
export const zstd: ZstdBackend | undefined =
  typeof zlib.zstdDecompressSync === "function"
    ? {
        decompress(bytes, maxSize) {
          try {
            return bounded(zlib.zstdDecompressSync(bytes, outputOptions(bytes, maxSize)), maxSize);
          } catch (error) {
            throw inflateError(error, maxSize);
          }
        },
        async decompressAsync(bytes, maxSize) {
          try {
            const options = outputOptions(bytes, maxSize);
            return bounded(await settled((done) => zlib.zstdDecompress(bytes, options, done)), maxSize);
          } catch (error) {
            throw inflateError(error, maxSize);
          }
        },
        compress: (bytes, level, checksum) => plain(zlib.zstdCompressSync(bytes, zstdOptions(bytes, level, checksum))),
        async compressAsync(bytes, level, checksum) {
          const options = zstdOptions(bytes, level, checksum);
          return plain(await settled((done) => zlib.zstdCompress(bytes, options, done)));
        },
      }
    : undefined;

function zstdOptions(bytes: Uint8Array, level: number, checksum: boolean): zlib.ZstdOptions {
  return {
    chunkSize: Math.max(64, bytes.length + 64),
    pledgedSrcSize: bytes.length,
    params: {
      [zlib.constants.ZSTD_c_compressionLevel]: level,
      [zlib.constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0,
    },
  };
}

function settled(start: (done: NodeCallback) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error === null ? resolve(result) : reject(error)));
  });
}

/**
 * node:zlib allocates `chunkSize` bytes, and again each time these are full: even when nothing more would come, so an
 * exact size allocates twice. A bound far above the input is no promise of so much output, and is not allocated.
 */
function outputOptions(bytes: Uint8Array, maxSize: number) {
  const chunkSize = Math.min(maxSize, Math.max(16 * 2 ** 20, 8 * bytes.length)) + 64;
  return { maxOutputLength: Math.max(1, maxSize), chunkSize };
}

function inflateOptions(bytes: Uint8Array, maxSize: number) {
  return { ...outputOptions(bytes, maxSize), info: true };
}

function inflated(result: Buffer, maxSize: number): Inflated {
  const { buffer, engine } = result as unknown as WithEngine;
  return { bytes: bounded(buffer, maxSize), consumed: engine.bytesWritten };
}

/** `maxOutputLength` cannot be 0, so that one bound is checked here. */
function bounded(buffer: Buffer, maxSize: number): Uint8Array {
  if (buffer.length > maxSize) throw tooLong(maxSize);
  return plain(buffer);
}

/** Results are plain byte arrays that keep no much larger allocation, nor Node's shared pool, alive. */
function plain(buffer: Buffer): Uint8Array {
  const view = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  return view.byteLength * 2 < buffer.buffer.byteLength ? view.slice() : view;
}

function tooLong(maxSize: number, cause?: unknown): InflateError {
  return new InflateError("too long", `the stream holds more than ${maxSize} bytes`, cause);
}

/** Tells the failures of the data from those of the caller, which pass. */
function inflateError(error: unknown, maxSize: number): unknown {
  if (!(error instanceof Error) || error instanceof InflateError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ERR_BUFFER_TOO_LARGE") return tooLong(maxSize, error);
  if (code === "Z_BUF_ERROR") return new InflateError("truncated", "the stream ends too early", error);
  if (code === "ZSTD_error_checksum_wrong") return new InflateError("checksum", "the checksum does not match", error);
  if (code?.startsWith("Z_") || code?.startsWith("ZSTD_")) return new InflateError("malformed", message, error);
  return error;
}
