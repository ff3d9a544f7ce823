import type { DataType } from "../data-type/data-type.js";
import { ZarrError } from "../errors.js";
import { toContiguous } from "../grid/copy-region.js";
import { cStrides } from "../grid/strides.js";
import type { ArrayToArrayCodec, CodecEntry } from "./codec.js";
import { ConfigurationReader } from "./configuration.js";
import { isNumberType, numberTypes } from "./kernels/numbers.js";
import { encodedRepresentation } from "./number-filter.js";

/** Bits of the fraction, by the bits of a floating-point number. */
const fractionBits = { 8: 0, 16: 10, 32: 23, 64: 52 } as const;

/**
 * Rounds numbers to `keepbits` bits: of floating-point numbers those of the fraction, of integers those from the highest set bit
 * on. What is lost is lost: decoding changes nothing.
 * @see https://github.com/zarr-developers/zarr-extensions/tree/main/codecs/bitround
 */
export const bitroundEntry: CodecEntry = {
  names: ["bitround", "numcodecs.bitround"],
  kind: "array-to-array",
  create(configuration, { decoded }, name) {
    const reader = new ConfigurationReader(name, configuration, ["keepbits"]);
    const type = isNumberType(decoded.dataType.name) ? numberTypes[decoded.dataType.name] : undefined;
    if (type === undefined || type.kind === "bool") {
      const problem = `codec "${name}" takes integers and floating-point numbers, found ${decoded.dataType.name}`;
      throw new ZarrError("ERR_METADATA", problem, { codec: name });
    }
    const isFloat = type.kind === "float";
    const keepbits = reader.integer("keepbits", 0, isFloat ? fractionBits[type.bits] : type.bits);
    const round = isFloat
      ? roundFraction(type.bits, fractionBits[type.bits] - keepbits)
      : roundInteger(type.bits, keepbits);
    return bitroundCodec(name, keepbits, round);
  },
};

type Round = (bits: bigint) => bigint;

function bitroundCodec(name: string, keepbits: number, round: Round): ArrayToArrayCodec {
  const encode = (data: Parameters<DataType["toBytes"]>[0], { dataType }: { dataType: DataType }) =>
    dataType.fromBytes(roundEach(dataType.toBytes(data), dataType.itemSize!, round));
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

/** Elements in the machine's byte order, rounded, in new memory. */
function roundEach(bytes: Uint8Array, itemSize: number, round: Round): Uint8Array {
  const copy = new Uint8Array(bytes);
  if (itemSize === 8) {
    const words = new BigUint64Array(copy.buffer);
    for (let i = 0; i < words.length; i++) words[i] = round(words[i]);
    return copy;
  }
  const words = itemSize === 1 ? copy : itemSize === 2 ? new Uint16Array(copy.buffer) : new Uint32Array(copy.buffer);
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
