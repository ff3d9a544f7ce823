import { hostIsLittleEndian, swapBytes } from "../bytes/endian.js";
import { ZarrError } from "../errors.js";
import { toContiguous } from "../grid/copy-region.js";
import { cStrides, product } from "../grid/strides.js";
import type { ArrayToBytesCodec, CodecConfiguration, CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";

const paddingPlaces = ["none", "first_byte", "last_byte"] as const;

/** The bits of each component of an element that are kept. */
interface BitField {
  readonly first: number;
  readonly count: number;
  /** Bits of a component as the data type stores it, a whole number of bytes. */
  readonly bits: number;
  /** Two of a complex number, else one. */
  readonly components: number;
  /** True if the highest kept bit is the sign. */
  readonly signed: boolean;
}

/**
 * The bits `first_bit` to `last_bit` of each element, of a complex one of each part, without gaps, the lowest first; of a boolean its
 * one bit.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/codecs/packbits
 */
export const packbitsEntry: CodecEntry = {
  names: ["packbits"],
  kind: "array-to-bytes",
  create(configuration, { decoded }, name) {
    const reader = new ConfigurationReader(name, configuration, ["padding_encoding", "first_bit", "last_bit"]);
    const { name: type, itemSize, width: components } = decoded.dataType;
    const width = bitsOfComponent(type);
    if (width === undefined || itemSize === undefined) {
      const problem = `codec "${name}" takes booleans, integers, floating-point and complex numbers, found ${type}`;
      throw new ZarrError("ERR_METADATA", problem, { codec: name });
    }
    const padding = reader.choice("padding_encoding", paddingPlaces, "none");
    const first = reader.integer("first_bit", 0, width - 1, 0);
    const last = reader.integer("last_bit", first, width - 1, width - 1);
    const bits = (itemSize * 8) / components;
    const field = { first, count: last - first + 1, bits, components, signed: type.startsWith("int") };
    return packbitsCodec(name, { padding_encoding: padding, first_bit: first, last_bit: last }, padding, field);
  },
};

/** Bits of a number, or of the parts of a complex one, that mean something; `undefined` of other types. */
function bitsOfComponent(type: string): number | undefined {
  if (type === "bool") return 1;
  if (type === "complex64" || type === "complex128") return type === "complex64" ? 32 : 64;
  const [, bits] = /^(?:complex_)?(?:u?int|b?float)(\d+)(?:_|$)/.exec(type) ?? [];
  return bits === undefined ? undefined : Number(bits);
}

function packbitsCodec(
  name: string,
  configuration: CodecConfiguration,
  padding: (typeof paddingPlaces)[number],
  field: BitField,
): ArrayToBytesCodec {
  const extra = padding === "none" ? 0 : 1;
  const start = padding === "first_byte" ? 1 : 0;
  const packedSize = (components: number) => Math.ceil((components * field.count) / 8);
  const countOf = (shape: readonly number[]) => product(shape) * field.components;
  const paddingAt = (size: number) => (padding === "first_byte" ? 0 : size - 1);
  return {
    name,
    kind: "array-to-bytes",
    configuration,
    encodedSize: ({ shape }) => packedSize(countOf(shape)) + extra,
    encode(chunk, { dataType }) {
      const elements = littleEndian(dataType.toBytes(toContiguous(chunk, dataType).data), field);
      const count = (elements.length * 8) / field.bits;
      const encoded = new Uint8Array(packedSize(count) + extra);
      pack(elements, encoded.subarray(start), field);
      if (extra > 0) encoded[paddingAt(encoded.length)] = packedSize(count) * 8 - count * field.count;
      return encoded;
    },
    decode(bytes, { shape, dataType }) {
      const count = countOf(shape);
      const size = packedSize(count) + extra;
      const unused = packedSize(count) * 8 - count * field.count;
      if (bytes.length !== size) {
        throw new ZarrError("ERR_CODEC", `found ${bytes.length} bytes, expected ${size}`, { codec: name });
      }
      if (extra > 0 && bytes[paddingAt(size)] !== unused) {
        const problem = `${bytes[paddingAt(size)]} bits of padding are announced, expected ${unused}`;
        throw new ZarrError("ERR_CODEC", problem, { codec: name });
      }
      const elements = new Uint8Array((count * field.bits) / 8);
      unpack(bytes.subarray(start), elements, field);
      return { data: dataType.fromBytes(littleEndian(elements, field)), shape, stride: cStrides(shape) };
    },
  };
}

/** From the machine's byte order to little-endian, or back. */
function littleEndian(bytes: Uint8Array, { bits }: BitField): Uint8Array {
  return hostIsLittleEndian || bits === 8 ? bytes : swapBytes(bytes, bits / 8);
}

function pack(elements: Uint8Array, packed: Uint8Array, { first, count, bits }: BitField): void {
  let to = 0;
  for (let element = 0; element < elements.length * 8; element += bits) {
    for (let from = element + first; from < element + first + count; from++, to++) {
      packed[to >> 3] |= ((elements[from >> 3] >> (from & 7)) & 1) << (to & 7);
    }
  }
}

function unpack(packed: Uint8Array, elements: Uint8Array, { first, count, bits, signed }: BitField): void {
  let from = 0;
  for (let element = 0; element < elements.length * 8; element += bits) {
    let bit = 0;
    for (let to = element + first; to < element + first + count; to++, from++) {
      bit = (packed[from >> 3] >> (from & 7)) & 1;
      elements[to >> 3] |= bit << (to & 7);
    }
    if (!signed || bit === 0) continue;
    for (let to = element + first + count; to < element + bits; to++) elements[to >> 3] |= 1 << (to & 7);
  }
}
