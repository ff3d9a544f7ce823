/** Why compressed bytes could not be expanded. */
export type DecompressionFault =
  /** The input ends within the stream. */
  | "truncated"
  /** The stream breaks its format. */
  | "malformed"
  /** A checksum within the stream does not match. */
  | "checksum"
  /** The result is longer than the caller allows. */
  | "too long";

/** The error of this folder's decompressors; the layer that knows key and codec turns it into a `ZarrError`. */
export class DecompressionError extends Error {
  readonly fault: DecompressionFault;

  constructor(fault: DecompressionFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "DecompressionError";
    this.fault = fault;
  }
}

/** Output of a decompressor that stops where its stream stops. */
export interface Decompressed {
  readonly bytes: Uint8Array;
  /** Bytes of the input that the stream took; what follows is the caller's to judge. */
  readonly consumed: number;
}
