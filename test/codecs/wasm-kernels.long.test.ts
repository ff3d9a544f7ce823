// The kernels in WebAssembly: what they compute, that they agree with the TypeScript beside them on damaged input too, and that
// they write nowhere else.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DecompressionError } from "../../src/bytes/decompression.js";
import { decodeBlocks } from "../../src/codecs/kernels/blosc-decode.js";
import { type BloscLayout, encodeBlosc } from "../../src/codecs/kernels/blosc-encode.js";
import { type BloscHeader, readBloscHeader, splitCount } from "../../src/codecs/kernels/blosc-header.js";
import * as typescript from "../../src/codecs/kernels/shuffle.js";
import { decodeLz4Blocks, encodeLz4Blocks } from "../../src/codecs/kernels/wasm/blosc.js";
import { withKernels } from "../../src/codecs/kernels/wasm/instance.js";
import { decodeLz4, encodeLz4 } from "../../src/codecs/kernels/wasm/lz4.js";
import * as wasm from "../../src/codecs/kernels/wasm/shuffle.js";
import { isLong } from "../long.js";
import { bloscDecoders } from "./kernels-of.js";
import { integers, vector } from "./vectors.js";

const root = join(import.meta.dirname, "../..");

/** Equal numbers on every run: a linear congruential generator with the constants of Numerical Recipes. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function randomBytes(length: number, seed: number): Uint8Array {
  const random = randomNumbers(seed);
  return Uint8Array.from({ length }, () => random(256));
}

describe("wasm: the module", () => {
  it.runIf(isLong)("is what assembly/ gives", () => {
    execFileSync(process.execPath, [join(root, "scripts/assemble.mjs"), "--check"], { stdio: "pipe" });
  });
});

describe.each([
  ["with WebAssembly", wasm],
  ["without", typescript],
])("shuffle, %s", (_, { shuffle, unshuffle, bitShuffle, bitUnshuffle }) => {
  const itemSizes = [1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 255, 2000];
  // Whole vectors of each size, and all that may be left behind them.
  const lengths = [0, 1, 1023, 1024, 1031, 2048, 4096, 4097, 5000, 8191, 40_800];

  it("puts byte b of item i at b * items + i, and back", () => {
    for (const itemSize of itemSizes) {
      for (const length of lengths) {
        const input = randomBytes(length, length + itemSize);
        const expected = input.slice();
        const items = Math.floor(length / itemSize);
        for (let i = 0; i < items * itemSize; i++) {
          expected[(i % itemSize) * items + Math.floor(i / itemSize)] = input[i]!;
        }
        const name = `${length} bytes in items of ${itemSize}`;
        expectConverted(shuffle, input, expected, itemSize, name);
        expectConverted(unshuffle, expected, input, itemSize, name);
      }
    }
  });

  it("puts bit k of byte b of item i at bit i % 8 of byte (8b + k) * items / 8 + i / 8, and back", () => {
    for (const itemSize of itemSizes) {
      for (const length of [...lengths, 8 * itemSize * 17, 8 * itemSize * 16 + 1]) {
        const input = randomBytes(length, length + itemSize);
        const expected = input.slice();
        const items = Math.floor(length / itemSize);
        if (items % 8 === 0) {
          expected.fill(0, 0, items * itemSize);
          for (let bit = 0; bit < items * itemSize * 8; bit++) {
            const item = Math.floor(bit / 8 / itemSize);
            const plane = bit % (8 * itemSize);
            const value = (input[bit >> 3]! >> (bit & 7)) & 1;
            expected[(plane * items) / 8 + (item >> 3)]! |= value << (item & 7);
          }
        }
        const name = `${length} bytes in items of ${itemSize}`;
        expectConverted(bitShuffle, input, expected, itemSize, name);
        expectConverted(bitUnshuffle, expected, input, itemSize, name);
      }
    }
  });

  function expectConverted(
    convert: typeof shuffle,
    input: Uint8Array,
    expected: Uint8Array,
    itemSize: number,
    name: string,
  ) {
    // Three bytes on each side must stay as they are; the odd place shows what relies on alignment.
    const output = new Uint8Array(input.length + 6).fill(0xa5);
    convert(input, output.subarray(3, 3 + input.length), itemSize);
    expect(Buffer.compare(output.subarray(3, 3 + input.length), expected), name).toBe(0);
    expect([...output.subarray(0, 3), ...output.subarray(3 + input.length)], name).toEqual(Array(6).fill(0xa5));
  }
});

/** A sequence of an LZ4 block: literals, and without a match's length the last one. */
function sequence(literals: Uint8Array, match?: { distance: number; length: number }): number[] {
  const rest = (length: number) =>
    length < 15 ? [] : [...Array(Math.floor((length - 15) / 255)).fill(255), (length - 15) % 255];
  const more = match ? match.length - 4 : 0;
  const token = (Math.min(literals.length, 15) << 4) | Math.min(more, 15);
  const end = match ? [match.distance & 255, match.distance >> 8, ...rest(more)] : [];
  return [token, ...rest(literals.length), ...literals, ...end];
}

describe("lz4: one block", () => {
  it("repeats what lies at every distance, over every length", () => {
    for (let distance = 1; distance <= 40; distance++) {
      for (const length of [4, 5, 15, 16, 17, 18, 19, 31, 32, 33, 63, 273, 274, 275, 1000]) {
        const head = randomBytes(300, distance);
        const tail = randomBytes(40, length);
        const expected = [...head];
        for (let i = 0; i < length; i++) expected.push(expected[expected.length - distance]!);
        expected.push(...tail);
        const block = Uint8Array.from([...sequence(head, { distance, length }), ...sequence(tail)]);
        const decoded = decodeLz4(block, expected.length);
        expect(Buffer.compare(decoded, Uint8Array.from(expected)), `${distance}, ${length}`).toBe(0);
      }
    }
  });

  const head = randomBytes(300, 1);
  const tail = randomBytes(5, 2);
  const match = { distance: 300, length: 200 };
  it.each([
    ["an output that is a byte too long", [...sequence(head, match), ...sequence(tail)], 506],
    ["an output that is a byte too short", [...sequence(head, match), ...sequence(tail)], 504],
    ["a match at distance 0", [...sequence(head, { ...match, distance: 0 }), ...sequence(tail)], 505],
    ["a match before the start", [...sequence(head, { ...match, distance: 301 }), ...sequence(tail)], 505],
    ["a match at the end", sequence(head, match), 500],
    ["half a distance", [...sequence(head), 0], 300],
    ["literals behind the end", sequence(head).slice(0, -1), 300],
    ["a length that never ends", [0xf0, ...Array(300).fill(255)], 300],
    ["a match length that never ends", [...sequence(head, match).slice(0, -1), ...Array(300).fill(255)], 100_000],
    ["nothing in it", [], 300],
  ])("with %s is malformed", (_, block, size) => {
    const decode = () => decodeLz4(Uint8Array.from(block), size);
    expect(decode).toThrow(expect.objectContaining({ name: "DecompressionError", fault: "malformed" }));
  });

  it("with lengths whose sum passes 32 bits is malformed", () => {
    // 4 literals, if the sum were taken modulo 2^32, and then the end of a block.
    const count = Math.floor((2 ** 32 - 15 + 300) / 255);
    const rest = 2 ** 32 + 300 - 15 - 255 * count;
    const block = new Uint8Array(1 + count + 1 + 300).fill(255, 1, 1 + count);
    block[0] = 0xf0;
    block[1 + count] = rest;
    expect(() => decodeLz4(block, 300)).toThrow(expect.objectContaining({ fault: "malformed" }));
  });

  it.each([
    ["a match of 500 bytes", [...sequence(head, { ...match, length: 500 }), ...sequence(tail)]],
    ["500 literals", sequence(randomBytes(500, 3))],
  ])("of %s leaves alone what is behind 400 bytes of output", (_, bytes) => {
    const good = withKernels([bytes.length, 400, 500], (kernels, memory, [block, content, behind]) => {
      memory.fill(0xa5, content, behind + 500);
      memory.set(bytes, block);
      const done = kernels.decodeLz4(block, bytes.length, content, 400) !== 0;
      expectPattern(memory, content + 400 + kernels.slack.value, behind + 500);
      return done;
    });
    expect(good).toBe(false);
  });

  it.each([
    ["bytes without any order", randomBytes(5000, 4)],
    ["a mixture", mixedContent(5000)],
  ])("of %s is not written where it has too little room, nor behind that", (_, content) => {
    const enough = encodeLz4(content, 6000, 1).length;
    for (const room of [0, 1, 100, 1000, enough - 1]) {
      const length = withKernels([content.length, room, 2000], (kernels, memory, [from, to, behind]) => {
        memory.fill(0xa5, to, behind + 2000);
        memory.set(content, from);
        const found = kernels.encodeLz4(from, content.length, to, room, 1);
        expectPattern(memory, to + room + kernels.slack.value, behind + 2000);
        return found;
      });
      expect(length).toBe(0);
    }
  });

  it("of bytes without any order is longer than they are, as far as the format needs", () => {
    for (const length of [256, 300, 65_536, 1_000_000]) {
      const content = randomBytes(length, length);
      // A token, and one byte of length for each 255 literals.
      const most = length + Math.floor((length - 15) / 255) + 2;
      const block = encodeLz4(content, length + Math.ceil(length / 255) + 16, 1);
      expect(block.length).toBe(most);
      expect(Buffer.compare(decodeLz4(block, length), content)).toBe(0);
    }
  });
});

const layouts: BloscLayout[] = (["none", "bytes", "bits"] as const).flatMap((shuffle) =>
  [1, 3, 4, 16].map((itemSize) => ({ format: "lz4", shuffle, itemSize, blockSize: 2500, level: 5, acceleration: 5 })),
);

/** Matches of several distances, literals, and streams that are copied. */
function mixedContent(length: number): Uint8Array {
  const random = randomNumbers(length);
  const content = new Uint8Array(length);
  for (let i = 0; i < length; i++) content[i] = i % 4 === 3 ? 7 : i % 4 === 2 ? (i >> 7) & 255 : random(256);
  content.fill(1, length >> 1, (length >> 1) + 2000);
  return content;
}

async function decodeWithout(bytes: Uint8Array, header: BloscHeader): Promise<Uint8Array | undefined> {
  try {
    return await decodeBlocks(bytes, header, bloscDecoders);
  } catch (error) {
    if (error instanceof DecompressionError) return undefined;
    throw error;
  }
}

describe("blosc: blocks of LZ4", () => {
  it("are decoded to what numcodecs encoded, with WebAssembly and without", async () => {
    const bytes = vector("blosc-lz4-shuffle");
    const header = readBloscHeader(bytes, integers.length);
    expect(decodeLz4Blocks(bytes, header)).toEqual(integers);
    expect(await decodeBlocks(bytes, header, bloscDecoders)).toEqual(integers);
  });

  it.each(layouts)("with shuffle $shuffle and items of $itemSize bytes come back on both ways", async (layout) => {
    // More than one window of blocks, and no whole number of them.
    for (const [length, blockSize] of [
      [300, 0],
      [9_000, 0],
      [2_500_001, 100_000],
    ] as const) {
      const content = mixedContent(length);
      const bytes = await encodeBlosc(content, { ...layout, blockSize }, neverCalled);
      const header = readBloscHeader(bytes, length);
      expect(header).toMatchObject({ copied: false, itemSize: layout.itemSize, contentSize: length });
      expect(Buffer.compare(decodeLz4Blocks(bytes, header)!, content)).toBe(0);
      expect(Buffer.compare((await decodeWithout(bytes, header))!, content)).toBe(0);
    }
  });

  it("are encoded to equal bytes, whatever was encoded before", () => {
    const header: BloscHeader = {
      ...{ format: "lz4", shuffle: "bytes", copied: false, itemSize: 4, split: true },
      ...{ contentSize: 9_000, blockSize: 3_000 },
    };
    const content = mixedContent(9_000);
    const encode = () => (encodeLz4Blocks(content, header, 1) as Uint8Array).subarray(16);
    const first = encode();
    encodeLz4(randomBytes(70_000, 5), 80_000, 1);
    expect(Buffer.compare(encode(), first)).toBe(0);
  });

  it("that do not get shorter are not written", async () => {
    const content = randomBytes(50_000, 9);
    const bytes = await encodeBlosc(content, layouts[0]!, neverCalled);
    expect(bytes.length).toBe(16 + content.length);
    expect(readBloscHeader(bytes, content.length).copied).toBe(true);
  });

  it("that begin within the header are malformed, even where a stream could be read there", () => {
    // The content size stands where a stream's length would: a stream as long as the content is the content.
    const bytes = randomBytes(310, 1);
    bytes.set([2, 1, 0x30, 1, 44, 1, 0, 0, 44, 1, 0, 0, 54, 1, 0, 0, 4, 0, 0, 0]);
    const header = readBloscHeader(bytes, 300);
    expect(header).toMatchObject({ contentSize: 300, blockSize: 300, split: false, copied: false });
    expect(decodeLz4Blocks(bytes, header)).toBeUndefined();
  });

  it("that are cut off are malformed, even where the memory still has the rest from before", async () => {
    for (const layout of layouts) {
      const bytes = await encodeBlosc(mixedContent(6_000), layout, neverCalled);
      for (let missing = 1; missing < 40; missing++) {
        expect(decodeLz4Blocks(bytes, readBloscHeader(bytes, 6_000))).toBeDefined();
        const cut = bytes.slice(0, -missing);
        new DataView(cut.buffer).setUint32(12, cut.length, true);
        expect(decodeLz4Blocks(cut, readBloscHeader(cut, 6_000))).toBeUndefined();
      }
    }
  });

  it("once damaged, are errors or values, the same with WebAssembly as without", async () => {
    let decoded = 0;
    let refused = 0;
    for (const [seed, layout] of layouts.entries()) {
      const bytes = await encodeBlosc(mixedContent(6_000), layout, neverCalled);
      const random = randomNumbers(seed);
      for (let round = 0; round < 250; round++) {
        const damaged = damage(bytes, random);
        const header = readOrUndefined(damaged);
        if (header === undefined || header.copied || header.format !== "lz4") continue;
        const expected = await decodeWithout(damaged, header);
        const found = decodeGuarded(damaged, header);
        if (expected === undefined) refused++;
        else decoded++;
        expect(found?.length, `layout ${seed}, round ${round}`).toBe(expected?.length);
        if (found !== undefined) {
          expect(Buffer.compare(found, expected!), `layout ${seed}, round ${round}`).toBe(0);
          expect(Buffer.compare(decodeLz4Blocks(damaged, header)!, found)).toBe(0);
        } else expect(decodeLz4Blocks(damaged, header)).toBeUndefined();
      }
    }
    expect(decoded).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(200);
  });
});

function neverCalled(): never {
  throw new Error("the kernels were not used");
}

/** With one to three bytes changed, most of them in a place that steers the decoder. */
function damage(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const damaged = bytes.slice();
  for (let count = 1 + random(3); count > 0; count--) {
    const place = random(4) === 0 ? 2 + random(40) : 16 + random(bytes.length - 16);
    damaged[place] = random(2) === 0 ? random(256) : damaged[place]! ^ (1 << random(8));
  }
  return damaged;
}

function readOrUndefined(bytes: Uint8Array): BloscHeader | undefined {
  try {
    return readBloscHeader(bytes, 100_000);
  } catch (error) {
    if (error instanceof DecompressionError) return undefined;
    throw error;
  }
}

/** Decodes with a pattern in all the memory, and sees that nothing was written but to the regions for results, and their slack. */
function decodeGuarded(bytes: Uint8Array, header: BloscHeader): Uint8Array | undefined {
  const { contentSize, blockSize, itemSize, shuffle } = header;
  const guard = 4096;
  const sizes = [guard, blockSize, guard, blockSize, guard, bytes.length, guard, contentSize, guard] as const;
  return withKernels(sizes, (kernels, memory, [g0, first, g1, second, g2, chunk, g3, content, g4]) => {
    memory.fill(0xa5, g0, g4 + guard);
    memory.set(bytes, chunk);
    const flag = { none: 0, bytes: 1, bits: 4 }[shuffle];
    kernels.setLayout(contentSize, blockSize, splitCount(blockSize, header), itemSize, flag, first, second);
    const good = kernels.decodeBlocks(chunk, bytes.length, 0, contentSize, content) !== 0;
    for (const start of [g0, g1, g2, g3, g4]) expectPattern(memory, start, start + guard);
    expect(Buffer.compare(memory.subarray(chunk, chunk + bytes.length), bytes)).toBe(0);
    return good ? memory.slice(content, content + contentSize) : undefined;
  });
}

function expectPattern(memory: Uint8Array, start: number, end: number): void {
  expect(memory.subarray(start, end).every((byte) => byte === 0xa5)).toBe(true);
}

describe("wasm: memory", () => {
  it("is given back after a large chunk", () => {
    const grown = withKernels([100 * 2 ** 20], (_, memory) => memory.length);
    expect(grown).toBeGreaterThan(100 * 2 ** 20);
    expect(withKernels([1000], (_, memory) => memory.length)).toBeLessThan(2 ** 20);
  });

  it("has its bounds: larger chunks take the other way", () => {
    expect(withKernels([2 ** 30], () => true)).toBeUndefined();
    expect(withKernels([1000], () => true)).toBe(true);
  });
});

describe("wasm: without it", () => {
  it("Blosc, LZ4 and shuffle still work", () => {
    // The compiled package, in a process of its own; numcodecs wrote the chunk.
    const code = `
      delete globalThis.WebAssembly;
      const { decodeBlosc } = await import("./build/codecs/kernels/blosc-decode.js");
      const { decodeLz4 } = await import("./build/codecs/kernels/lz4.js");
      const chunk = Buffer.from(process.argv[1], "base64");
      const decoded = await decodeBlosc(chunk, 600, { lz4: decodeLz4 });
      console.log(typeof WebAssembly, Buffer.from(decoded).toString("hex"));`;
    const chunk = Buffer.from(vector("blosc-lz4-shuffle")).toString("base64");
    const args = ["--input-type=module", "--eval", code, chunk];
    const printed = execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" });
    expect(printed.trim()).toBe(`undefined ${Buffer.from(integers).toString("hex")}`);
  });
});
