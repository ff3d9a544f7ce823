import { buffer } from "node:stream/consumers";
import zlib from "node:zlib";
import { compress, decompress } from "@cloudpss/zstd/wasm";
import { describe, expect, it } from "vitest";
import { readZstdFrames, type ZstdFrame } from "../../src/codecs/kernels/zstd-frame.js";
import { areMergedContents, mergeZstdFrames } from "../../src/codecs/kernels/zstd-merge.js";

/** The reference implementation as WASM, and where Node has it its own. */
const decoders: [string, (bytes: Uint8Array) => Uint8Array][] = [["the WASM build", decompress]];
if (typeof zlib.zstdDecompressSync === "function")
  decoders.push(["node:zlib", (bytes) => zlib.zstdDecompressSync(bytes)]);

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytesOf = (string: string) => new TextEncoder().encode(string);

/** A frame of raw blocks (section 3.1.1.2): single segment, content size of one byte. */
function rawFrame(...blocks: string[]): Uint8Array {
  const size = blocks.reduce((sum, block) => sum + block.length, 0);
  const headers = blocks.map((block, i) => [(block.length << 3) | (i === blocks.length - 1 ? 1 : 0), 0, 0]);
  return Uint8Array.of(
    ...[0x28, 0xb5, 0x2f, 0xfd, 0x20, size],
    ...blocks.flatMap((block, i) => [...headers[i]!, ...bytesOf(block)]),
  );
}

/** A frame with an RLE block of `count` times the same byte, below 32. */
const repeated = (byte: string, count: number) =>
  Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, count, (count << 3) | 3, 0, 0, ...bytesOf(byte));

/** A generator of numbers below 2^32 (Numerical Recipes). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
}

/** Contents that encoders treat differently. */
function contentsOf(size: number): Uint8Array[] {
  const next = numbers(size);
  const fill = (byteAt: (i: number) => number) => Uint8Array.from({ length: size }, (_, i) => byteAt(i));
  const words = ["block", "frame", "window", "offset", "match", "literal"];
  let sentence = "";
  while (sentence.length < size) sentence += `${words[next() % words.length]} `;
  const floats = Float32Array.from({ length: Math.ceil(size / 4) }, (_, i) => Math.fround(Math.sin(i / 40) * 100));
  return [
    fill(() => next() >>> 24),
    fill(() => 7),
    // The three offsets that a frame begins with find these at once.
    fill((i) => [5, 6, 7, 8][i % 4]! + (i >> 9)),
    fill((i) => [1, 2, 3, 4, 5, 6, 7, 9][i % 8]!),
    fill((i) => (i < size / 2 ? next() >>> 24 : i)),
    bytesOf(sentence).subarray(0, size),
    new Uint8Array(floats.buffer).subarray(0, size),
  ];
}

function expectMerged(frames: readonly Uint8Array[], contents: readonly Uint8Array[], size: number): void {
  const merged = mergeZstdFrames(frames, size)!;
  for (const [, decode] of decoders) {
    const bytes = decode(merged);
    expect(areMergedContents(bytes, frames.length, size)).toBe(true);
    for (const [i, content] of contents.entries()) {
      expect(Buffer.compare(bytes.subarray(i * (size + 16), i * (size + 16) + size), content)).toBe(0);
    }
  }
}

describe("zstd: merged frames", () => {
  it.each(decoders)("a separator copies from 8, 8, 4 and 1 bytes before: %s", (_, decode) => {
    const merged = mergeZstdFrames([rawFrame("abcdefghij"), rawFrame("01234", "56789"), repeated("x", 10)], 10)!;
    const expected = `abcdefghijcdefghijghijjjjj01234567892345678967899999${"x".repeat(26)}`;
    expect(text(decode(merged))).toBe(expected);
    expect(areMergedContents(bytesOf(expected), 3, 10)).toBe(true);
  });

  it.each([-5, -1, 1, 3, 6, 9, 13, 16, 19])("decodes to the content of each frame, level %i", (level) => {
    for (const size of [8, 9, 64, 1000, 4096, 16384, 131072]) {
      const contents = contentsOf(size);
      const frames = contents.map((content) => compress(content, level));
      expectMerged(frames, contents, size);
      // Each kind of frame before each other one.
      expectMerged(frames.toReversed(), contents.toReversed(), size);
      expectMerged(
        [...frames.flatMap((frame) => [frame, frames[2]!])],
        contents.flatMap((content) => [content, contents[2]!]),
        size,
      );
    }
  });

  it.skipIf(decoders.length < 2)("takes frames of several blocks, as streams that are flushed make them", async () => {
    const size = 60_000;
    const contents = contentsOf(size);
    const frames: Uint8Array[] = [];
    for (const content of contents) {
      const stream = zlib.createZstdCompress({ pledgedSrcSize: size });
      for (let start = 0; start < size; start += 7000) {
        stream.write(content.subarray(start, start + 7000));
        await new Promise<void>((resolve) => stream.flush(resolve));
      }
      stream.end();
      const frame = await buffer(stream);
      frames.push(frame);
      const [{ blocks, lastBlock }] = readZstdFrames(frame, size) as [ZstdFrame];
      expect(lastBlock).toBeGreaterThan(blocks);
    }
    expectMerged(frames, contents, size);
    expectMerged(frames.toReversed(), contents.toReversed(), size);
  });

  it("leaves frames that are not alone, of another size, with a checksum, or damaged", () => {
    const good = rawFrame("abcdefghij");
    const checksum = Uint8Array.of(...good, 0, 0, 0, 0);
    checksum[4] = 0x24;
    const skippable = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0);
    const others: [Uint8Array, number][] = [
      [checksum, 10],
      [Uint8Array.of(...good, ...good), 20],
      [Uint8Array.of(...good, ...good), 10],
      [Uint8Array.of(...skippable, ...good), 10],
      [Uint8Array.of(...good, ...skippable), 10],
      [Uint8Array.of(...good, 0), 10],
      [good.subarray(0, good.length - 1), 10],
      [new Uint8Array(), 10],
      [good, 9],
      [good, 11],
    ];
    expect(mergeZstdFrames([good, good], 10)).toBeDefined();
    for (const [bytes, size] of others) expect(mergeZstdFrames([good, bytes], size)).toBeUndefined();
    const tooShort = rawFrame("abcdefg");
    expect(mergeZstdFrames([tooShort, tooShort], 7)).toBeUndefined();
  });

  it("notices contents that are not where they should be", () => {
    const bytes = bytesOf("abcdefghijcdefghijghijjjjj");
    expect(areMergedContents(bytes, 1, 10)).toBe(true);
    expect(areMergedContents(bytes, 2, 10)).toBe(false);
    expect(areMergedContents(bytes.subarray(1), 1, 10)).toBe(false);
    for (let i = 10; i < 26; i++) {
      const other = bytes.slice();
      other[i]! ^= 1;
      expect(areMergedContents(other, 1, 10)).toBe(false);
    }
    expect(areMergedContents(bytesOf("bcdefghijcdefghijghijjjjja"), 1, 10)).toBe(false);
  });

  // What is damaged may decode: a frame without a checksum notices little.
  it("a damaged frame does not change its neighbours, nor its own values where it decodes by itself", () => {
    const size = 2048;
    const contents = contentsOf(size);
    const frames = contents.map((content, i) => compress(content, [1, 3, 19][i % 3]!));
    const next = numbers(1);
    const alone = (frame: Uint8Array) => {
      try {
        const content = decompress(frame);
        return content.length === size ? content : undefined;
      } catch {
        return undefined;
      }
    };
    let decoded = 0;
    let refused = 0;
    for (let round = 0; round < 6000; round++) {
      const [before, at, after] = [next() % 7, next() % 7, next() % 7];
      const damaged = frames[at]!.slice();
      for (let flips = 1 + (next() % 3); flips > 0; flips--) damaged[next() % damaged.length]! ^= 1 << (next() >>> 29);
      const merged = mergeZstdFrames([frames[before]!, damaged, frames[after]!], size);
      const bytes = merged === undefined ? undefined : attempt(() => decompress(merged));
      const expected = alone(damaged);
      if (bytes === undefined || !areMergedContents(bytes, 3, size)) {
        refused++;
        continue;
      }
      decoded++;
      const contentAt = (i: number) => bytes.subarray(i * (size + 16), i * (size + 16) + size);
      expect(Buffer.compare(contentAt(0), contents[before]!)).toBe(0);
      expect(Buffer.compare(contentAt(2), contents[after]!)).toBe(0);
      if (expected !== undefined) expect(Buffer.compare(contentAt(1), expected)).toBe(0);
    }
    expect(decoded).toBeGreaterThan(1000);
    expect(refused).toBeGreaterThan(1000);
  });
});

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
