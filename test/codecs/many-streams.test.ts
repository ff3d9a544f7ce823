// Chunks of very many streams in a row: each costs what it holds, and no more.
import zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import { gunzip } from "../../src/bytes/zlib-fflate.js";
import { bz2Entry } from "../../src/codecs/bz2.js";
import type { BytesToBytesCodec, CodecEntry } from "../../src/codecs/codec.js";
import { gzipEntry } from "../../src/codecs/gzip.js";
import { lzmaEntry } from "../../src/codecs/lzma.js";
import { zstdEntry } from "../../src/codecs/zstd.js";
import { chunksOf } from "./cases.js";
import { codecOf } from "./codec-of.js";

const make = (entry: CodecEntry, configuration = {}) =>
  codecOf<BytesToBytesCodec>(entry, configuration, chunksOf("uint8", [100]));
const repeated = (bytes: Uint8Array, times: number) =>
  new Uint8Array(Buffer.concat(Array.from({ length: times }, () => bytes)));
const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));

/** Streams without content, by other implementations. */
const empty = {
  gzip: zlib.gzipSync(Buffer.alloc(0)),
  // bz2.compress(b""), lzma.compress(b"") of Python
  bz2: fromHex("425a6839177245385090" + "00000000"),
  xz: fromHex("fd377a585a000004e6d6b446000000001cdf44211fb6f37d010000000004595a"),
};

describe("many streams in a row", () => {
  it.each<[string, CodecEntry, Uint8Array]>([
    ["gzip", gzipEntry, empty.gzip],
    ["bzip2", bz2Entry, empty.bz2],
    ["xz", lzmaEntry, empty.xz],
  ])("%s: 100,000 without content", async (_, entry, stream) => {
    expect(await make(entry).decode(repeated(stream, 100_000), 2 ** 26)).toEqual(new Uint8Array(0));
  });

  it("gzip without node:zlib: 100,000 without content", async () => {
    const bytes = repeated(empty.gzip, 100_000);
    expect(await gunzip(bytes, 2 ** 26)).toEqual({ bytes: new Uint8Array(0), consumed: bytes.length });
  });

  it("gzip: 3000 members with content, as bgzip writes them", async () => {
    const contents = Array.from({ length: 3000 }, (_, n) => Buffer.from(`line ${n}\n`.repeat(1 + (n % 50))));
    const bytes = new Uint8Array(Buffer.concat(contents.map((content) => zlib.gzipSync(content))));
    const whole = new Uint8Array(Buffer.concat(contents));
    expect(Buffer.compare(await make(gzipEntry).decode(bytes, whole.length), whole)).toBe(0);
    expect(Buffer.compare((await gunzip(bytes, whole.length)).bytes, whole)).toBe(0);
    await expect(make(gzipEntry).decode(bytes, whole.length - 1)).rejects.toMatchObject({ code: "ERR_CODEC" });
  });

  it("gzip without node:zlib: no distance leads into the member before", async () => {
    // A stored block of 4 bytes, and a member whose fixed block copies 3 bytes from 1 byte back, at its start.
    const first = zlib.gzipSync("abcd", { level: 0 });
    const header = first.subarray(0, 10);
    const second = Buffer.concat([header, Buffer.from([0x03, 0x02, 0x00]), Buffer.alloc(8)]);
    await expect(gunzip(Buffer.concat([first, second]), 100)).rejects.toThrow(/distance beyond/);
  });

  it("zstd: a single segment above 128 MiB has no window beside its content", async () => {
    const blocks = 1281;
    const size = blocks * 2 ** 17;
    const frame = new Uint8Array(9 + 4 * blocks);
    const view = new DataView(frame.buffer);
    view.setUint32(0, 0xfd2fb528, true);
    frame[4] = 0xa0; // single segment, content size of 4 bytes
    view.setUint32(5, size, true);
    // RLE blocks (1 in bits 1-2) of 128 KiB, the last one marked in bit 0
    for (let i = 0; i < blocks; i++)
      view.setUint32(9 + 4 * i, (2 ** 17 * 8) | 2 | (i === blocks - 1 ? 1 : 0) | (7 << 24), true);
    const decoded = await make(zstdEntry).decode(frame, size);
    expect([decoded.length, decoded[0], decoded[size - 1]]).toEqual([size, 7, 7]);
  });
});
