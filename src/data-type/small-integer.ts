import { type DataTypeFamily, namedFamily } from "./family.js";
import { NumberIntegerType } from "./integer.js";
import { convertEach, type TypedArrayConstructor } from "./typed-array-type.js";

/**
 * An integer of 2 or 4 bits, encoded in the low bits of one byte and widened in memory. The high bits are ignored on
 * reading, and written as 0.
 */
class SmallIntegerType<Data extends Int8Array | Uint8Array> extends NumberIntegerType<Data> {
  readonly #bits: number;

  constructor(name: string, arrayType: TypedArrayConstructor<Data>, min: number, bits: number) {
    super(name, arrayType, min, min + 2 ** bits - 1);
    this.#bits = bits;
  }

  override fromBytes(bytes: Uint8Array): Data {
    const data = this.allocate(bytes.length);
    const unused = 32 - this.#bits;
    const isSigned = this.min < 0;
    for (let i = 0; i < bytes.length; i++) {
      const high = bytes[i] << unused;
      data[i] = isSigned ? high >> unused : high >>> unused;
    }
    return data;
  }

  override toBytes(data: Data): Uint8Array {
    const mask = 2 ** this.#bits - 1;
    return Uint8Array.from(data, (value) => value & mask);
  }

  override checkValues(values: ArrayLike<unknown>): Data {
    convertEach(values.length, (i) => this.checkScalar(values[i]));
    return super.checkValues(values);
  }
}

/** The integers of less than a byte that the registry defines. */
export const smallIntegerFamily: DataTypeFamily = namedFamily([
  new SmallIntegerType("int2", Int8Array, -2, 2),
  new SmallIntegerType("uint2", Uint8Array, 0, 2),
  new SmallIntegerType("int4", Int8Array, -8, 4),
  new SmallIntegerType("uint4", Uint8Array, 0, 4),
]);
