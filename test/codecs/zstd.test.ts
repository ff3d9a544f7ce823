import { describe, expect, it } from "vitest";
import type { BytesToBytesCodec, CodecConfiguration } from "../../src/codecs/codec.js";
import { zstdEntry } from "../../src/codecs/zstd.js";
import { testBytesCodec } from "../../src/testing/index.js";
import { processorTime } from "../processor-time.js";
import { chunksOf, zstdCases } from "./cases.js";
import { codecOf } from "./codec-of.js";
import { floats, vector } from "./vectors.js";

testBytesCodec(zstdEntry, zstdCases, { describe, it });

const zstd = (configuration: CodecConfiguration = {}) =>
  codecOf<BytesToBytesCodec>(zstdEntry, configuration, chunksOf("float32", [150]));

/** A frame with a window of 128 KiB, no content size, and `count` blocks that say "128 KiB of zeros" in four bytes. */
function bomb(count: number): Uint8Array {
  const frame = new Uint8Array(6 + 4 * count);
  frame.set([0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3]);
  for (let i = 0; i < count; i++) frame.set([i === count - 1 ? 3 : 2, 0, 0x10, 0], 6 + 4 * i);
  return frame;
}

describe("zstd: frames", () => {
  it("decodes what numcodecs wrote at each level", async () => {
    for (const name of ["zstd-5", "zstd0", "zstd19", "zstd3c"] as const) {
      expect(await zstd().decode(vector(name), floats.length)).toEqual(floats);
    }
  });

  it("decodes several frames and skippable ones as one", async () => {
    const skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    const frames = Uint8Array.of(...vector("zstd0"), ...skippable, ...vector("zstd3c"));
    expect(await zstd().decode(frames, 2 * floats.length)).toEqual(Uint8Array.of(...floats, ...floats));
    await expect(zstd().decode(frames, 2 * floats.length - 1)).rejects.toMatchObject({ code: "ERR_CODEC" });
  });

  it("a frame with a checksum flag has its four bytes of checksum", async () => {
    const encoded = await zstd({ level: 1, checksum: true }).encode(floats);
    expect(encoded[4] & 4).toBe(4);
    const plain = await zstd({ level: 1, checksum: false }).encode(floats);
    expect(encoded.length).toBe(plain.length + 4);
  });

  it("1 GiB of zeros for a chunk of 16 bytes costs less than decoding an eighth of it", async () => {
    const control = await processorTime(() => zstd().decode(bomb(1024), 2 ** 27));
    const spent = await processorTime(() =>
      expect(zstd().decode(bomb(8192), 16)).rejects.toMatchObject({ code: "ERR_CODEC" }),
    );
    expect(spent).toBeLessThan(control);
  });

  it("a window of 1 TiB and a content size of 16 EiB are ERR_CODEC", async () => {
    const window = bomb(1);
    window[5] = 30 << 3;
    await expect(zstd().decode(window, 2 ** 30)).rejects.toMatchObject({ code: "ERR_CODEC" });
    const size = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xe0, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0);
    await expect(zstd().decode(size, 2 ** 30)).rejects.toMatchObject({ code: "ERR_CODEC" });
  });

  it("a level of 23 is ERR_METADATA", () => {
    expect(() => zstd({ level: 23 })).toThrow(expect.objectContaining({ code: "ERR_METADATA" }));
  });

  // A WASM build that does not give back its stack when it fails would trap after some of these, and then on good chunks, too.
  it("decodes a good chunk after 5,000 damaged ones", async () => {
    const damaged = vector("zstd3c");
    damaged[damaged.length - 1] ^= 1;
    for (let i = 0; i < 5000; i++) await expect(zstd().decode(damaged, floats.length)).rejects.toThrow();
    expect(await zstd().decode(vector("zstd3c"), floats.length)).toEqual(floats);
  });
});
