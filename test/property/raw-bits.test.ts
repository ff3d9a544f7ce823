// Whatever way elements are selected, reading and writing them changes no bit of theirs, and none of others: NaNs keep their sign, their
// payload, and whether they are signalling.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Chunk, createArray, MemoryStore, type ZarrArray } from "../../src/index.js";
import { indices, layout, optionsOf } from "./model.js";
import { ways } from "./ways.js";

interface Kind {
  readonly dtype: Parameters<typeof createArray>[1]["dtype"];
  /** The bytes of an element that may have any bits; of others the bits that are kept. */
  readonly mask: readonly number[];
  /** Bits of the exponent: with all of them an element is an infinity or a NaN. */
  readonly exponent?: readonly number[];
}

const any = (bytes: number) => new Array<number>(bytes).fill(0xff);
const half = [0, 0x7c];
const brain = [0x80, 0x7f];
const single = [0, 0, 0x80, 0x7f];
const double = [0, 0, 0, 0, 0, 0, 0xf0, 0x7f];

const kinds: readonly Kind[] = [
  { dtype: "bool", mask: [1] },
  ...["int2", "uint2"].map((dtype) => ({ dtype, mask: [3] })),
  ...["int4", "uint4", "float4_e2m1fn"].map((dtype) => ({ dtype, mask: [15] })),
  ...["float6_e2m3fn", "float6_e3m2fn"].map((dtype) => ({ dtype, mask: [63] })),
  ...["int8", "uint8", "r8", "float8_e8m0fnu"].map((dtype) => ({ dtype, mask: any(1) })),
  ...["int16", "uint16", "r16"].map((dtype) => ({ dtype, mask: any(2) })),
  ...["int32", "uint32"].map((dtype) => ({ dtype, mask: any(4) })),
  ...["int64", "uint64", "M8[s]", "m8[10us]"].map((dtype) => ({ dtype, mask: any(8) })),
  { dtype: "float8_e3m4", mask: any(1), exponent: [0x70] },
  ...["float8_e4m3", "float8_e4m3fn"].map((dtype) => ({ dtype, mask: any(1), exponent: [0x78] })),
  ...["float8_e4m3fnuz", "float8_e4m3b11fnuz", "float8_e5m2fnuz"].map((dtype) => ({ dtype, mask: any(1) })),
  { dtype: "float8_e5m2", mask: any(1), exponent: [0x7c] },
  { dtype: "complex_float8_e5m2", mask: any(2), exponent: [0x7c, 0x7c] },
  { dtype: "bfloat16", mask: any(2), exponent: brain },
  { dtype: "complex_bfloat16", mask: any(4), exponent: [...brain, ...brain] },
  { dtype: "float16", mask: any(2), exponent: half },
  { dtype: "complex_float16", mask: any(4), exponent: [...half, ...half] },
  { dtype: "float32", mask: any(4), exponent: single },
  { dtype: "complex64", mask: any(8), exponent: [...single, ...single] },
  { dtype: "float64", mask: any(8), exponent: double },
  { dtype: "complex128", mask: any(16), exponent: [...double, ...double] },
  {
    dtype: [
      ["a", "<f2"],
      ["b", "<f4"],
      ["c", "<c16"],
      ["d", "<i2"],
    ],
    mask: any(24),
    exponent: [...half, ...single, ...double, ...double, 0, 0],
  },
];

/** Random bytes of elements, half of them with all bits of the exponent. */
function randomElements({ mask, exponent = [] }: Kind, count: number, seed: number): Uint8Array[] {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
  return Array.from({ length: count }, () => {
    const isSpecial = next() < 128;
    return Uint8Array.from(mask, (bits, i) => (next() & bits) | (isSpecial ? (exponent[i] ?? 0) : 0));
  });
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** The stored bytes of each element of a region, in C order. */
function elementsOf({ dataType }: ZarrArray, { data }: Chunk): string[] {
  const bytes = dataType.toBytes(data);
  const size = dataType.itemSize!;
  return Array.from({ length: bytes.length / size }, (_, i) => hex(bytes.subarray(i * size, (i + 1) * size)));
}

test.each(kinds)("$dtype", async (kind) => {
  const scenario = layout.chain((one) => {
    const way = fc.oneof(...Object.values(ways).map((wayOf) => wayOf(one)));
    return fc.record({ layout: fc.constant(one), writes: fc.array(way, { minLength: 2, maxLength: 3 }), read: way });
  });
  await fc.assert(
    fc.asyncProperty(scenario, fc.integer(), async ({ layout: one, writes, read }, seed) => {
      const array = (await createArray(new MemoryStore(), { ...optionsOf(one), dtype: kind.dtype })) as ZarrArray;
      const written = new Map<string, string>();
      const valuesOf = (selected: readonly (readonly number[])[], random: number) => {
        const elements = randomElements(kind, selected.length, random);
        selected.forEach((index, i) => {
          written.set(index.join(), hex(elements[i]));
        });
        return array.dataType.fromBytes(new Uint8Array(Buffer.concat(elements)));
      };
      const everywhere = [...indices(array.shape)];
      await array.set(null, valuesOf(everywhere, seed));
      for (const [i, way] of writes.entries()) await way.set(array, valuesOf(way.selected, seed + i + 1));
      // A single element is a JavaScript number.
      if (read.region.length > 0) {
        const expected = read.selected.map((index) => written.get(index.join()));
        expect(elementsOf(array, (await read.get(array)) as Chunk), read.name).toEqual(expected);
      }
      if (array.shape.length > 0) {
        const expected = everywhere.map((index) => written.get(index.join()));
        const [whole] = await array.getMany([array.shape.map(() => null)]);
        expect(elementsOf(array, whole as Chunk), writes.map(({ name }) => name).join("; ")).toEqual(expected);
      }
    }),
    { numRuns: 12 },
  );
});
