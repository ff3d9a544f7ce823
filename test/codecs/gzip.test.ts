import { describe, expect, it } from "vitest";
import type { BytesToBytesCodec } from "../../src/codecs/codec.js";
import { gzipEntry } from "../../src/codecs/gzip.js";
import { testBytesCodec } from "../../src/testing/index.js";
import { chunksOf, gzipCases } from "./cases.js";
import { codecOf } from "./codec-of.js";
import { floats, vector } from "./vectors.js";

testBytesCodec(gzipEntry, gzipCases, { describe, it });

const gzip = codecOf<BytesToBytesCodec>(gzipEntry, { level: 9 }, chunksOf("float32", [150]));
/** `decode` may throw at once. */
const decode = async (bytes: Uint8Array, maxSize: number) => await gzip.decode(bytes, maxSize);

describe("gzip: members", () => {
  it("reads several as one, the first with a file name and a time", async () => {
    const bytes = vector("gzipMembers");
    expect(await decode(bytes, floats.length)).toEqual(floats);
    await expect(decode(bytes, floats.length - 1)).rejects.toMatchObject({ code: "ERR_CODEC" });
  });

  it("zeros behind the last one are ERR_CODEC; in format 2, as for Python's gzip, they are padding", async () => {
    const bytes = new Uint8Array(vector("gzip1").length + 512);
    bytes.set(vector("gzip1"));
    await expect(decode(bytes, floats.length)).rejects.toMatchObject({ code: "ERR_CODEC" });
    const version2 = codecOf<BytesToBytesCodec>(gzipEntry, { level: 9 }, chunksOf("float32", [150]), 2);
    expect(await version2.decode(bytes, floats.length)).toEqual(floats);
    bytes[bytes.length - 1] = 1;
    await expect(version2.decode(bytes, floats.length)).rejects.toMatchObject({ code: "ERR_CODEC" });
  });

  it("reserved flags, other methods and a wrong size are ERR_CODEC, a wrong CRC-32 is ERR_CHECKSUM", async () => {
    const end = vector("gzip1").length;
    for (const [offset, code] of [
      [0, "ERR_CODEC"],
      [2, "ERR_CODEC"],
      [end - 1, "ERR_CODEC"],
      [end - 8, "ERR_CHECKSUM"],
    ] as const) {
      const bytes = vector("gzip1");
      bytes[offset] ^= 1;
      await expect(decode(bytes, floats.length)).rejects.toMatchObject({ code });
    }
    const flags = vector("gzip1");
    flags[3] = 0x20;
    await expect(decode(flags, floats.length)).rejects.toMatchObject({ code: "ERR_CODEC" });
  });

  it("writes no time and no system, so the same bytes give the same chunk", async () => {
    expect([...(await gzip.encode(floats)).subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  });
});
