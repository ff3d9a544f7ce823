import { checksumCodec } from "./checksum-codec.js";
import type { CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";
import { fletcher32 } from "./kernels/fletcher32.js";

/**
 * The bytes followed by their Fletcher-32 as HDF5 computes it.
 * @see https://numcodecs.readthedocs.io/en/stable/checksum32.html#fletcher32
 */
export const fletcher32Entry: CodecEntry = {
  names: ["numcodecs.fletcher32", "fletcher32"],
  kind: "bytes-to-bytes",
  create(configuration, _context, name) {
    new ConfigurationReader(name, configuration, []);
    return checksumCodec({ name, configuration: {}, atStart: false, title: "Fletcher-32", checksum: fletcher32 });
  },
};
