import { crc32 } from "../bytes/crc32.js";
import { checksumCodec } from "./checksum-codec.js";
import type { CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";

/**
 * The bytes behind their CRC-32, or before it (`location: "end"`).
 * @see https://numcodecs.readthedocs.io/en/stable/checksum32.html#crc32
 */
export const crc32Entry: CodecEntry = {
  names: ["numcodecs.crc32", "crc32"],
  kind: "bytes-to-bytes",
  create(configuration, _context, name) {
    const reader = new ConfigurationReader(name, configuration, ["location"]);
    const location = reader.choice("location", ["start", "end"], "start");
    const atStart = location === "start";
    const checksum = (bytes: Uint8Array) => crc32(bytes);
    return checksumCodec({ name, configuration: { location }, atStart, title: "CRC-32", checksum });
  },
};
