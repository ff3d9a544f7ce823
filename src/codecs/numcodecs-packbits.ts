import { dataTypeFromName } from "../data-type/registry.js";
import { ZarrError } from "../errors.js";
import { toContiguous } from "../grid/copy-region.js";
import { cStrides, product } from "../grid/strides.js";
import type { ArrayToArrayCodec, CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";

const { dataType: uint8 } = dataTypeFromName("uint8");

/**
 * Booleans as bits, the first in the highest one, behind a byte that says how many bits at the end mean nothing. It gives an
 * array of bytes; the codec that is registered as `packbits` is another one, from an array to bytes.
 * @see https://numcodecs.readthedocs.io/en/stable/filter/packbits.html
 */
export const numcodecsPackbitsEntry: CodecEntry = {
  names: ["numcodecs.packbits"],
  kind: "array-to-array",
  create(configuration, { decoded }, name) {
    new ConfigurationReader(name, configuration, []);
    if (decoded.dataType.name !== "bool") {
      throw new ZarrError("ERR_METADATA", `codec "${name}" takes booleans, found ${decoded.dataType.name}`, {
        codec: name,
      });
    }
    return packbitsCodec(name);
  },
};

function packbitsCodec(name: string): ArrayToArrayCodec {
  return {
    name,
    kind: "array-to-array",
    configuration: {},
    encodedRepresentation: ({ shape }) => ({
      shape: [1 + Math.ceil(product(shape) / 8)],
      dataType: uint8,
      fillValue: uint8.defaultFillValue,
    }),
    encode(chunk, { dataType }) {
      const booleans = toContiguous(chunk, dataType).data as Uint8Array;
      const data = new Uint8Array(1 + Math.ceil(booleans.length / 8));
      data[0] = paddingOf(booleans.length);
      for (let i = 0; i < booleans.length; i++) data[1 + (i >> 3)] |= booleans[i] << (7 - (i & 7));
      return { data, shape: [data.length], stride: [1] };
    },
    decode(chunk, { shape, dataType }) {
      const bits = toContiguous(chunk, uint8).data as Uint8Array;
      const data = dataType.allocate(product(shape)) as Uint8Array;
      if (bits[0] !== paddingOf(data.length)) {
        const problem = `the first byte says that ${bits[0]} bits mean nothing, expected ${paddingOf(data.length)} for ${data.length} booleans`;
        throw new ZarrError("ERR_CODEC", problem, { codec: name });
      }
      for (let i = 0; i < data.length; i++) data[i] = (bits[1 + (i >> 3)] >> (7 - (i & 7))) & 1;
      return { data, shape, stride: cStrides(shape) };
    },
  };
}

/** Bits behind the last boolean. */
function paddingOf(booleans: number): number {
  return (8 - (booleans % 8)) % 8;
}
