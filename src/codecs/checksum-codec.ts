import { viewOf } from "../bytes/view-of.js";
import { ZarrError } from "../errors.js";
import type { BytesToBytesCodec } from "./codec.js";

/** Bytes of a checksum, little-endian. */
const checksumSize = 4;

/** The differences between checksum codecs. */
export interface ChecksumOptions {
  readonly name: string;
  readonly configuration: BytesToBytesCodec["configuration"];
  /** True if the checksum stands before the bytes, and not behind them. */
  readonly atStart: boolean;
  /** The checksum's own name, for messages. */
  readonly title: string;
  /** The checksum of all bytes, as an unsigned number. */
  readonly checksum: (bytes: Uint8Array) => number;
}

/** A codec that adds a checksum of 32 bits to the bytes. */
export function checksumCodec({ name, configuration, atStart, title, checksum }: ChecksumOptions): BytesToBytesCodec {
  return {
    name,
    kind: "bytes-to-bytes",
    configuration,
    maxEncodedSize: (decodedSize) => decodedSize + checksumSize,
    encodedSize: (decodedSize) => decodedSize + checksumSize,
    encode(bytes) {
      const encoded = new Uint8Array(bytes.length + checksumSize);
      encoded.set(bytes, atStart ? checksumSize : 0);
      viewOf(encoded).setUint32(atStart ? 0 : bytes.length, checksum(bytes), true);
      return encoded;
    },
    decode(bytes, maxSize) {
      const size = bytes.length - checksumSize;
      if (size < 0 || size > maxSize) {
        const problem = `found ${bytes.length} bytes, expected ${checksumSize} of checksum and at most ${maxSize} of content`;
        throw new ZarrError("ERR_CODEC", problem, { codec: name });
      }
      const content = atStart ? bytes.subarray(checksumSize) : bytes.subarray(0, size);
      const stored = viewOf(bytes).getUint32(atStart ? 0 : size, true);
      const computed = checksum(content);
      if (stored !== computed) {
        const problem = `${title} is ${hex(computed)}, but ${hex(stored)} is stored: the ${size} bytes are damaged`;
        throw new ZarrError("ERR_CHECKSUM", problem, { codec: name });
      }
      return content;
    },
  };
}

function hex(checksum: number): string {
  return `0x${checksum.toString(16).padStart(8, "0")}`;
}
