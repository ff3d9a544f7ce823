/** The {@link ZlibBackend} of `node:zlib`, which has Zstandard from Node 22.15 on. */
import { createRequire } from "node:module";
import zlib from "node:zlib";
import { isConfined } from "./confinement.js";
import { type Decompressed, DecompressionError } from "./decompression.js";
import { type Done, settled } from "./settled.js";
import type { ZlibBackend, ZstdBackend } from "./zlib-backend.js";

/** Content from this size on, in bytes, is worth the way to the thread pool and back. */
const threadPoolMinimum = 64 * 1024;

/** With `info: true` node:zlib answers this instead of a buffer, which its types do not say. */
interface WithEngine {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

export const crc32: ZlibBackend["crc32"] = (bytes, seed) => {
  if (bytes.length < fastCrcMinimum) return zlib.crc32(bytes, seed);
  summed += bytes.length;
  if (summed > worthLoading) fastCrc ??= loadFastCrc();
  return (fastCrc ?? zlib.crc32)(bytes, seed);
};

/** A call of the optional package costs more than it saves on less, in bytes. */
const fastCrcMinimum = 4096;

/** Loading the package takes as long as zlib takes for so much, in bytes. */
const worthLoading = 8 * 2 ** 20;

/** Bytes that it could have summed so far. */
let summed = 0;

let fastCrc: ZlibBackend["crc32"] | undefined;

/** A CRC-32 by carry-less multiplication, five to thirty times as fast as zlib's; zlib's where the package is missing. */
function loadFastCrc(): ZlibBackend["crc32"] {
  try {
    return (createRequire(import.meta.url ?? __filename)("@node-rs/crc32") as Pick<ZlibBackend, "crc32">).crc32;
  } catch {
    return zlib.crc32;
  }
}

export const inflateRaw: ZlibBackend["inflateRaw"] = (bytes, maxSize) => {
  const options = { ...outputOptions(bytes, maxSize), info: true };
  return decompress(
    maxSize,
    () => zlib.inflateRawSync(bytes, options),
    (done) => zlib.inflateRaw(bytes, options, done),
    (result) => withConsumed(result, maxSize),
  );
};

export const gunzipWhole: ZlibBackend["gunzipWhole"] = undefined;

export const gunzip: ZlibBackend["gunzip"] = (bytes, maxSize) => {
  const options = { ...outputOptions(bytes, maxSize), info: true };
  return decompress(
    maxSize,
    () => zlib.gunzipSync(bytes, options),
    (done) => zlib.gunzip(bytes, options, done),
    (result) => withConsumed(result, maxSize),
  );
};

export const deflateRaw: ZlibBackend["deflateRaw"] = (bytes, level) => {
  if (isConfined() || bytes.length < threadPoolMinimum) return plain(zlib.deflateRawSync(bytes, { level }));
  return settled<Buffer>((done) => zlib.deflateRaw(bytes, { level }, done)).then(plain);
};

const nodeZstd: ZstdBackend = {
  decompress(bytes, maxSize) {
    // Windows are bounded by whoever has walked the frame's headers; a single segment's is its content.
    const params = { [zlib.constants.ZSTD_d_windowLogMax]: 31 };
    const options = { ...outputOptions(bytes, maxSize), params };
    return decompress(
      maxSize,
      () => zlib.zstdDecompressSync(bytes, options),
      (done) => zlib.zstdDecompress(bytes, options, done),
      (result) => bounded(result, maxSize),
    );
  },
  decompressEach(frames, size, count) {
    if (size < zlib.constants.Z_MIN_CHUNK) return undefined;
    // A decoder ends with the frame, and the stream goes on with the next one only where the output is full: so it has room for one.
    const options = { chunkSize: size, maxOutputLength: size * count };
    try {
      const bytes = plain(zlib.zstdDecompressSync(frames, options));
      return bytes.length === size * count ? bytes : undefined;
    } catch (error) {
      throw dataError(error, size * count);
    }
  },
  compress(bytes, level, checksum) {
    const options = zstdOptions(bytes, level, checksum);
    if (isConfined() || bytes.length < threadPoolMinimum) return plain(zlib.zstdCompressSync(bytes, options));
    return settled<Buffer>((done) => zlib.zstdCompress(bytes, options, done)).then(plain);
  },
};

export const zstd: ZlibBackend["zstd"] = typeof zlib.zstdDecompressSync === "function" ? nodeZstd : undefined;

/** Decompresses on this thread where little can come of it, else on the thread pool. */
function decompress<Result>(
  maxSize: number,
  here: () => Buffer,
  onPool: (done: Done<Buffer>) => void,
  finish: (result: Buffer) => Result,
): Result | Promise<Result> {
  const fail = (error: unknown): never => {
    throw dataError(error, maxSize);
  };
  if (!isConfined() && maxSize >= threadPoolMinimum) return settled(onPool).then(finish).catch(fail);
  try {
    return finish(here());
  } catch (error) {
    return fail(error);
  }
}

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

/**
 * node:zlib allocates `chunkSize` bytes, and again each time these are full: even when nothing more would come, so an
 * exact size allocates twice. A bound far above the input is no promise of so much output, and is not allocated.
 */
function outputOptions(bytes: Uint8Array, maxSize: number) {
  const chunkSize = Math.min(maxSize, Math.max(16 * 2 ** 20, 8 * bytes.length)) + 64;
  return { maxOutputLength: Math.max(1, maxSize), chunkSize };
}

function withConsumed(result: Buffer, maxSize: number): Decompressed {
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

function tooLong(maxSize: number, cause?: unknown): DecompressionError {
  return new DecompressionError("too long", `the stream holds more than ${maxSize} bytes`, cause);
}

/** Tells the failures of the data from those of the caller, which pass. */
function dataError(error: unknown, maxSize: number): unknown {
  if (error instanceof DecompressionError) return error;
  const { code, message = "" } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  if (code === "ERR_BUFFER_TOO_LARGE") return tooLong(maxSize, error);
  if (code === "Z_BUF_ERROR") return new DecompressionError("truncated", "the stream ends too early", error);
  if (code === "ZSTD_error_checksum_wrong" || message === "incorrect data check" || message === "header crc mismatch")
    return new DecompressionError("checksum", "the checksum does not match", error);
  if (code?.startsWith("Z_") || code?.startsWith("ZSTD_")) return new DecompressionError("malformed", message, error);
  return error;
}

export const loadZstd: ZlibBackend["loadZstd"] = () => import("@cloudpss/zstd/wasm");
