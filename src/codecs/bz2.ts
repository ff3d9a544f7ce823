import { Bzip2Expander } from "../bytes/bzip2.js";
import { GrowingBytes } from "../bytes/growing-bytes.js";
import type { CodecEntry } from "./codec.js";
import { throwCodecError } from "./codec-error.js";
import { ConfigurationReader } from "./configuration.js";
import { encodeBzip2 } from "./kernels/bzip2-encode.js";

/**
 * bzip2; `level` is the size of its blocks in units of 100,000 bytes. Several streams in a row are read as one. In format 2 bytes behind
 * the streams that do not begin another one are left out, as numcodecs does.
 * @see https://numcodecs.readthedocs.io/en/stable/compression/bz2.html
 */
export const bz2Entry: CodecEntry = {
  names: ["numcodecs.bz2", "bz2"],
  kind: "bytes-to-bytes",
  create(configuration, { zarrFormat }, name) {
    const level = new ConfigurationReader(name, configuration, ["level"]).integer("level", 1, 9, 1);
    return {
      name,
      kind: "bytes-to-bytes",
      configuration: { level },
      maxEncodedSize: (decodedSize) => decodedSize + Math.ceil(decodedSize / 32) + 1024,
      encode: (bytes) => encodeBzip2(bytes, level),
      decode(bytes, maxSize) {
        try {
          return decodeStreams(bytes, maxSize, zarrFormat === 2);
        } catch (error) {
          return throwCodecError(error);
        }
      },
    };
  },
};

function decodeStreams(bytes: Uint8Array, maxSize: number, mayBeFollowed: boolean): Uint8Array {
  const output = new GrowingBytes(maxSize, bytes.length);
  const expander = new Bzip2Expander(output);
  let position = 0;
  do position = expander.expand(bytes, position);
  while (position < bytes.length && (!mayBeFollowed || beginsStream(bytes, position)));
  return output.finish();
}

/** True if "BZh" is at `position`. */
function beginsStream(bytes: Uint8Array, position: number): boolean {
  return [0x42, 0x5a, 0x68].every((byte, i) => bytes[position + i] === byte);
}
