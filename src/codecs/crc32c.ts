import { crc32c } from "../bytes/crc32c.js";
import { ZarrError } from "../errors.js";
import type { BytesToBytesCodec, CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";

/** Bytes of the checksum, little-endian. */
const checksumSize = 4;

/**
 * The bytes followed by their CRC-32C. `numcodecs.crc32c` may have it in front (`location: "start"`).
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/codecs/crc32c/index.html
 */
export const crc32cEntry: CodecEntry = {
  names: ["crc32c", "numcodecs.crc32c"],
  kind: "bytes-to-bytes",
  create(configuration, { zarrFormat }, name) {
    const numcodecs = zarrFormat === 2 || name === "numcodecs.crc32c";
    const reader = new ConfigurationReader(name, configuration, numcodecs ? ["location"] : []);
    const location = reader.choice("location", ["start", "end"], "end");
    return crc32cCodec(name, location === "start", numcodecs ? { location } : undefined);
  },
};

function crc32cCodec(
  name: string,
  atStart: boolean,
  configuration: BytesToBytesCodec["configuration"],
): BytesToBytesCodec {
  return {
    name,
    kind: "bytes-to-bytes",
    configuration,
    maxEncodedSize: (decodedSize) => decodedSize + checksumSize,
    encode(bytes) {
      const encoded = new Uint8Array(bytes.length + checksumSize);
      encoded.set(bytes, atStart ? checksumSize : 0);
      new DataView(encoded.buffer).setUint32(atStart ? 0 : bytes.length, crc32c(bytes), true);
      return encoded;
    },
    decode(bytes, maxSize) {
      const size = bytes.length - checksumSize;
      if (size < 0 || size > maxSize) {
        const problem = `found ${bytes.length} bytes, expected ${checksumSize} of checksum and at most ${maxSize} of content`;
        throw new ZarrError("ERR_CODEC", problem, { codec: name });
      }
      const content = atStart ? bytes.subarray(checksumSize) : bytes.subarray(0, size);
      const offset = bytes.byteOffset + (atStart ? 0 : size);
      const stored = new DataView(bytes.buffer, offset, checksumSize).getUint32(0, true);
      const computed = crc32c(content);
      if (stored !== computed) {
        const problem = `CRC-32C is ${hex(computed)}, but ${hex(stored)} is stored: the ${size} bytes are damaged`;
        throw new ZarrError("ERR_CHECKSUM", problem, { codec: name });
      }
      return content;
    },
  };
}

function hex(crc: number): string {
  return `0x${crc.toString(16).padStart(8, "0")}`;
}
