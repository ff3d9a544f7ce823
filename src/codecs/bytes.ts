import { type Endian, hostIsLittleEndian } from "../bytes/endian.js";
import { ZarrError } from "../errors.js";
import { toContiguous } from "../grid/copy-region.js";
import { cStrides, product } from "../grid/strides.js";
import type { ArrayToBytesCodec, ChunkRepresentation, CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";

/**
 * The elements in C order, each in the given byte order.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/codecs/bytes/index.html
 */
export const bytesEntry: CodecEntry = {
  // "endian" is this codec's name in the specification's drafts; files with it exist.
  names: ["bytes", "endian"],
  kind: "array-to-bytes",
  create(configuration, { decoded, zarrFormat }, name) {
    const reader = new ConfigurationReader(name, configuration, ["endian"]);
    if (decoded.dataType.itemSize === undefined) {
      const problem = `codec "${name}" needs elements of one size, but those of ${decoded.dataType.name} vary`;
      throw new ZarrError("ERR_METADATA", problem, { codec: name });
    }
    // Version 2 keeps the byte order in its dtype, where absence means that it does not matter.
    const mayLack = decoded.dataType.swapSize === 1 || zarrFormat === 2;
    if (mayLack && !reader.has("endian")) return bytesCodec(name, undefined);
    // zarr-python left it out of structs until 3.2, and meant little-endian.
    if (decoded.dataType.name === "struct" && !reader.has("endian")) return bytesCodec(name, "little");
    return bytesCodec(name, reader.choice("endian", ["little", "big"]));
  },
};

function bytesCodec(name: string, endian: Endian | undefined): ArrayToBytesCodec {
  const swaps = endian !== undefined && (endian === "little") !== hostIsLittleEndian;
  const encodedSize = ({ shape, dataType }: ChunkRepresentation) => product(shape) * dataType.itemSize!;
  const reorder = (bytes: Uint8Array, dataType: ChunkRepresentation["dataType"]) =>
    swaps && dataType.swapSize > 1 ? dataType.swapBytes(bytes) : bytes;
  return {
    name,
    kind: "array-to-bytes",
    configuration: endian === undefined ? undefined : { endian },
    encodedSize,
    isElementwise: true,
    encode(chunk, { dataType }) {
      return reorder(dataType.toBytes(toContiguous(chunk, dataType).data), dataType);
    },
    decode(bytes, decoded) {
      const expected = encodedSize(decoded);
      if (bytes.length !== expected) {
        const problem = `chunk of shape [${decoded.shape}] and type ${decoded.dataType.name} has ${bytes.length} bytes, expected ${expected}`;
        throw new ZarrError("ERR_CODEC", problem, { codec: name });
      }
      const data = decoded.dataType.fromBytes(reorder(bytes, decoded.dataType));
      return { data, shape: decoded.shape, stride: cStrides(decoded.shape) };
    },
  };
}
