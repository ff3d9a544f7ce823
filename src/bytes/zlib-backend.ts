import type { Decompressed } from "./decompression.js";

/**
 * The functions behind the import `#zlib`: the exports of `zlib-node.ts`, or those of `zlib-fflate.ts` where there is no `node:zlib`.
 * Large input may be worked on off the thread, and is answered with a promise then.
 */
export interface ZlibBackend {
  /** CRC-32 of ZIP and gzip; `seed` continues an earlier one. */
  crc32(bytes: Uint8Array, seed?: number): number;
  /**
   * Expands the raw DEFLATE stream (RFC 1951) at the start of `bytes`.
   * @throws DecompressionError - damaged, cut off, or more than `maxSize` bytes
   */
  inflateRaw(bytes: Uint8Array, maxSize: number): Decompressed | Promise<Decompressed>;
  /**
   * Expands the gzip members (RFC 1952) at the start of `bytes`, their checksums checked. A zero byte behind a member ends them.
   * @throws DecompressionError - damaged, cut off, or more than `maxSize` bytes
   */
  gunzip(bytes: Uint8Array, maxSize: number): Decompressed | Promise<Decompressed>;
  /** One gzip member that is all of `bytes`, faster, or `undefined`: see `gunzip-whole.ts`. Left out where {@link inflateRaw} is as fast. */
  readonly gunzipWhole: ((bytes: Uint8Array, maxSize: number) => Promise<Uint8Array | undefined>) | undefined;
  /** One raw DEFLATE stream; `level` is 0 (stored) to 9, or -1 for zlib's default. */
  deflateRaw(bytes: Uint8Array, level: number): Uint8Array | Promise<Uint8Array>;
  /** Zstandard, where the runtime has it. */
  readonly zstd: ZstdBackend | undefined;
  /** Loads the optional package of Zstandard, or rejects; left out where programs are bundled, which nothing that may be missing survives. */
  readonly loadZstd: (() => Promise<typeof import("@cloudpss/zstd/wasm")>) | undefined;
}

/** Zstandard of a runtime. */
export interface ZstdBackend {
  /** @throws DecompressionError - the frame is damaged, or holds more than `maxSize` bytes */
  decompress(bytes: Uint8Array, maxSize: number): Uint8Array | Promise<Uint8Array>;
  /**
   * Contents of `count` frames that follow each other, each of `size` bytes, for less than one by one. No frame can refer to another.
   * @returns `undefined` where a frame may have another size, or is too small for this
   * @throws DecompressionError - a frame is damaged, or holds more than `size` bytes
   */
  decompressEach(frames: Uint8Array, size: number, count: number): Uint8Array | undefined;
  /** One frame that declares its content size, with the content's checksum if asked. */
  compress(bytes: Uint8Array, level: number, checksum: boolean): Uint8Array | Promise<Uint8Array>;
}
