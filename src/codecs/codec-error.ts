import { DecompressionError } from "../bytes/decompression.js";
import { ZarrError } from "../errors.js";

/**
 * For the `catch` of a decoder: throws a {@link DecompressionError} as the error of a codec, and any other error as it is.
 * @throws ZarrError `ERR_CHECKSUM` - a checksum within the format does not match; `ERR_CODEC` - any other fault of the bytes
 */
export function throwCodecError(error: unknown): never {
  if (!(error instanceof DecompressionError)) throw error;
  throw new ZarrError(error.fault === "checksum" ? "ERR_CHECKSUM" : "ERR_CODEC", error.message, {}, error);
}
