import { ZarrError } from "../errors.js";
import { checksumCodec } from "./checksum-codec.js";
import type { CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";
import { lookup3 } from "./kernels/lookup3.js";

/**
 * The bytes followed by their hash by Bob Jenkins' lookup3, which begins with `initval`.
 * @see https://numcodecs.readthedocs.io/en/stable/checksum32.html#jenkinslookup3
 */
export const jenkinsLookup3Entry: CodecEntry = {
  names: ["numcodecs.jenkins_lookup3", "jenkins_lookup3"],
  kind: "bytes-to-bytes",
  create(configuration, _context, name) {
    const reader = new ConfigurationReader(name, configuration, ["initval", "prefix"]);
    const initval = reader.integer("initval", 0, 2 ** 32 - 1, 0);
    if (reader.has("prefix")) {
      const problem = `configuration of codec "${name}": prefix is not null, but numcodecs has no JSON form of one; leave it out`;
      throw new ZarrError("ERR_METADATA", problem, { codec: name });
    }
    return checksumCodec({
      name,
      configuration: { initval, prefix: null },
      atStart: false,
      title: "Jenkins' lookup3",
      checksum: (bytes) => lookup3(bytes, initval),
    });
  },
};
