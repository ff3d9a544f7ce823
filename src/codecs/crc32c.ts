import { crc32c } from "../bytes/crc32c.js";
import { checksumCodec } from "./checksum-codec.js";
import type { CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";

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
    const written = numcodecs ? { location } : undefined;
    const atStart = location === "start";
    return checksumCodec({
      name,
      configuration: written,
      atStart,
      title: "CRC-32C",
      checksum: (bytes) => crc32c(bytes),
    });
  },
};
