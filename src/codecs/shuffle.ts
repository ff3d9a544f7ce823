import { ZarrError } from "../errors.js";
import type { BytesToBytesCodec, CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";
import { shuffle, unshuffle } from "./kernels/wasm/shuffle.js";

/** Larger items than any data type has mean a damaged document. */
const maxItemSize = 2 ** 20;

/**
 * First byte 0 of every item, then byte 1 of every item, and so on, so that a compressor finds alike bytes together. Where a v3
 * document names no `elementsize` it is that of the data type, in v2 it is 4. The data type's is also what 0 means: netCDF-C writes it.
 * @see https://numcodecs.readthedocs.io/en/stable/filter/shuffle.html
 */
export const shuffleEntry: CodecEntry = {
  names: ["numcodecs.shuffle", "shuffle"],
  kind: "bytes-to-bytes",
  create(configuration, { decoded, zarrFormat }, name) {
    const reader = new ConfigurationReader(name, configuration, ["elementsize"]);
    const itemSize = decoded.dataType.itemSize ?? 4;
    const elementsize = reader.integer("elementsize", 0, maxItemSize, zarrFormat === 2 ? 4 : itemSize);
    return shuffleCodec(name, elementsize === 0 ? itemSize : elementsize);
  },
};

function shuffleCodec(name: string, elementsize: number): BytesToBytesCodec {
  const convert = (bytes: Uint8Array, apply: typeof shuffle): Uint8Array => {
    if (elementsize <= 1) return bytes;
    if (bytes.length % elementsize !== 0) {
      const problem = `found ${bytes.length} bytes, which is not a whole number of elements of ${elementsize} bytes`;
      throw new ZarrError("ERR_CODEC", problem, { codec: name });
    }
    const converted = new Uint8Array(bytes.length);
    apply(bytes, converted, elementsize);
    return converted;
  };
  return {
    name,
    kind: "bytes-to-bytes",
    configuration: { elementsize },
    maxEncodedSize: (decodedSize) => decodedSize,
    encodedSize: (decodedSize) => decodedSize,
    encode: (bytes) => convert(bytes, shuffle),
    decode(bytes, maxSize) {
      if (bytes.length > maxSize) {
        throw new ZarrError("ERR_CODEC", `found ${bytes.length} bytes, expected at most ${maxSize}`, { codec: name });
      }
      return convert(bytes, unshuffle);
    },
  };
}
