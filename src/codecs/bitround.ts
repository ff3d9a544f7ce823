import type { DataType } from "../data-type/data-type.js";
import { ZarrError } from "../errors.js";
import { toContiguous } from "../grid/copy-region.js";
import { cStrides } from "../grid/strides.js";
import type { ArrayToArrayCodec, CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";
import { encodedRepresentation } from "./number-filter.js";

/**
 * Rounds numbers to `keepbits` bits: of floating-point numbers, and the parts of complex ones, those of the fraction, of integers, and
 * of dates and durations as integers, those from the highest set bit on. What is lost is lost: decoding changes nothing.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/codecs/bitround
 */
export const bitroundEntry: CodecEntry = {
  names: ["bitround", "numcodecs.bitround"],
  kind: "array-to-array",
  create(configuration, { decoded, zarrFormat, isStored }, name) {
    const reader = new ConfigurationReader(name, configuration, ["keepbits"]);
    const type = componentOf(decoded.dataType);
    if (type === undefined) {
      const problem = `codec "${name}" takes integers, floating-point and complex numbers, found ${decoded.dataType.name}`;
      throw new ZarrError("ERR_METADATA", problem, { codec: name });
    }
    const { bits, fractionBits } = type;
    // numcodecs writes 0, which the registry forbids.
    const isAllowed = zarrFormat === 2 || name === "numcodecs.bitround" || isStored === true;
    const keepbits = reader.integer("keepbits", isAllowed ? 0 : 1, fractionBits ?? bits);
    const round =
      fractionBits === undefined ? roundInteger(bits, keepbits) : roundFraction(bits, fractionBits - keepbits);
    return bitroundCodec(name, keepbits, bits, round);
  },
};

/** Bits of an element, or of a part of it, and those of them that are the fraction of a floating-point number. */
interface Component {
  readonly bits: number;
  readonly fractionBits?: number;
}

const floats: ReadonlyMap<string, Component> = new Map([
  ["bfloat16", { bits: 16, fractionBits: 7 }],
  ["float16", { bits: 16, fractionBits: 10 }],
  ["float32", { bits: 32, fractionBits: 23 }],
  ["float64", { bits: 64, fractionBits: 52 }],
]);

function componentOf({ name }: DataType): Component | undefined {
  if (name === "complex64" || name === "complex128") return floats.get(name === "complex64" ? "float32" : "float64");
  if (name.startsWith("numpy.")) return { bits: 64 };
  const [, integer] = /^u?int(8|16|32|64)$/.exec(name) ?? [];
  return integer === undefined ? floats.get(name.replace(/^complex_/, "")) : { bits: Number(integer) };
}

type Round = (bits: bigint) => bigint;

function bitroundCodec(name: string, keepbits: number, bits: number, round: Round): ArrayToArrayCodec {
  const encode = (data: Parameters<DataType["toBytes"]>[0], { dataType }: { dataType: DataType }) =>
    dataType.fromBytes(roundEach(dataType.toBytes(data), bits / 8, round));
  return {
    name,
    kind: "array-to-array",
    configuration: { keepbits },
    encodedRepresentation: (decoded) => encodedRepresentation(decoded, decoded.dataType, encode),
    encode(chunk, decoded) {
      const { data, shape } = toContiguous(chunk, decoded.dataType);
      return { data: encode(data, decoded), shape, stride: cStrides(shape) };
    },
    decode: (chunk) => chunk,
  };
}

/** Numbers of `size` bytes in the machine's byte order, rounded, in new memory. */
function roundEach(bytes: Uint8Array, size: number, round: Round): Uint8Array {
  const copy = new Uint8Array(bytes);
  if (size === 8) {
    const words = new BigUint64Array(copy.buffer);
    for (let i = 0; i < words.length; i++) words[i] = round(words[i]);
    return copy;
  }
  const words = size === 1 ? copy : size === 2 ? new Uint16Array(copy.buffer) : new Uint32Array(copy.buffer);
  for (let i = 0; i < words.length; i++) words[i] = Number(round(BigInt(words[i])));
  return copy;
}

/** To nearest, ties to even, in the low `dropped` bits; a carry goes on into the exponent. As numcodecs, of a NaN, too. */
function roundFraction(bits: number, dropped: number): Round {
  if (dropped === 0) return (x) => x;
  const shift = BigInt(dropped);
  const half = (1n << (shift - 1n)) - 1n;
  return (x) => BigInt.asUintN(bits, ((x + ((x >> shift) & 1n) + half) >> shift) << shift);
}

/** As {@link roundFraction}, with as many bits as lie below the highest `keepbits` ones; no carry leaves the type. */
function roundInteger(bits: number, keepbits: number): Round {
  const max = (1n << BigInt(bits)) - 1n;
  return (x) => {
    const dropped = x.toString(2).length - keepbits;
    if (dropped <= 0 || x === 0n) return x;
    const shift = BigInt(dropped);
    const rounded = x + ((x >> shift) & 1n) + (1n << (shift - 1n)) - 1n;
    return ((rounded > max ? max : rounded) >> shift) << shift;
  };
}
