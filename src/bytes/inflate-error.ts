/** Why compressed bytes could not be expanded. */
export type InflateFault =
  /** The input ends within the stream. */
  | "truncated"
  /** The stream breaks its format. */
  | "malformed"
  /** A checksum within the stream does not match. */
  | "checksum"
  /** The result is longer than the caller allows. */
  | "too long";

/** What the decompressors of this folder throw; the layer that knows key and codec turns it into a `ZarrError`. */
export class InflateError extends Error {
  readonly fault: InflateFault;

  constructor(fault: InflateFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "InflateError";
    this.fault = fault;
  }
}

/** Output of a decompressor that stops where its stream stops. */
export interface Inflated {
  readonly bytes: Uint8Array;
  /** Bytes of the input that the stream took; what follows is the caller's to judge. */
  readonly consumed: number;
}

/** Zstandard, where the runtime has it. */
export interface ZstdBackend {
  /** @throws InflateError - the frames are damaged, or hold more than `maxSize` bytes */
  decompress(bytes: Uint8Array, maxSize: number): Uint8Array;
  decompressAsync(bytes: Uint8Array, maxSize: number): Promise<Uint8Array>;
  /** One frame that declares its content size, with the content's checksum if asked. */
  compress(bytes: Uint8Array, level: number, checksum: boolean): Uint8Array;
  compressAsync(bytes: Uint8Array, level: number, checksum: boolean): Promise<Uint8Array>;
}
