import { checksumCodec } from "./checksum-codec.js";
import type { CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";
import { adler32 } from "./kernels/adler32.js";

/**
 * The bytes behind their Adler-32, or before it (`location: "end"`).
 * @see https://numcodecs.readthedocs.io/en/stable/checksum32.html#adler32
 */
export const adler32Entry: CodecEntry = {
  names: ["numcodecs.adler32", "adler32"],
  kind: "bytes-to-bytes",
  create(configuration, _context, name) {
    const reader = new ConfigurationReader(name, configuration, ["location"]);
    const location = reader.choice("location", ["start", "end"], "start");
    const atStart = location === "start";
    return checksumCodec({ name, configuration: { location }, atStart, title: "Adler-32", checksum: adler32 });
  },
};
