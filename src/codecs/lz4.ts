import { concatenate } from "../bytes/concatenate.js";
import { DecompressionError } from "../bytes/decompression.js";
import { viewOf } from "../bytes/view-of.js";
import type { BytesToBytesCodec, CodecEntry } from "./codec.js";
import { throwCodecError } from "./codec-error.js";
import { ConfigurationReader } from "./configuration.js";
import { decodeLz4, encodeLz4 } from "./kernels/wasm/lz4.js";

/** 0  size of the content, 32 bits, little-endian; then one LZ4 block. */
const headerSize = 4;

/** One byte of a block says at most that 255 bytes more are copied. */
const maxRatio = 255;

const maxInteger = 2 ** 31 - 1;

/**
 * One LZ4 block behind the size of its content, as numcodecs writes it; this is not the frame of the `lz4` program.
 * @see https://numcodecs.readthedocs.io/en/stable/compression/lz4.html
 */
export const lz4Entry: CodecEntry = {
  names: ["numcodecs.lz4", "lz4"],
  kind: "bytes-to-bytes",
  create(configuration, _context, name) {
    const reader = new ConfigurationReader(name, configuration, ["acceleration"]);
    return lz4Codec(name, reader.integer("acceleration", -maxInteger, maxInteger, 1));
  },
};

function lz4Codec(name: string, acceleration: number): BytesToBytesCodec {
  const maxBlockSize = (decodedSize: number) => decodedSize + Math.ceil(decodedSize / maxRatio) + 16;
  return {
    name,
    kind: "bytes-to-bytes",
    configuration: { acceleration },
    maxEncodedSize: (decodedSize) => headerSize + maxBlockSize(decodedSize),
    encode(bytes) {
      // As LZ4 itself does it, 0 and below mean 1.
      const block = encodeLz4(bytes, maxBlockSize(bytes.length), Math.min(Math.max(acceleration, 1), 65536));
      const header = new Uint8Array(headerSize);
      viewOf(header).setUint32(0, bytes.length, true);
      return concatenate([header, block]);
    },
    decode(bytes, maxSize) {
      try {
        return decodeFrame(bytes, maxSize);
      } catch (error) {
        return throwCodecError(error);
      }
    },
  };
}

function decodeFrame(bytes: Uint8Array, maxSize: number): Uint8Array {
  if (bytes.length <= headerSize)
    throw new DecompressionError("truncated", `found ${bytes.length} bytes, expected more`);
  const size = viewOf(bytes).getUint32(0, true);
  if (size > maxSize)
    throw new DecompressionError("too long", `the header says ${size} bytes, expected at most ${maxSize}`);
  if (size > maxRatio * bytes.length) {
    throw new DecompressionError("malformed", `${bytes.length} bytes cannot hold the ${size} that the header says`);
  }
  return decodeLz4(bytes.subarray(headerSize), size);
}
