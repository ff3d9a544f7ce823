// Streams of a few bytes that expand to hundreds of megabytes.
import { crc32, deflateRawSync, inflateSync } from "node:zlib";
import { bytesOf, concat } from "../zip/build-archive.js";
import { hex, uint32 } from "./array-archive.js";

/** Bytes that each of them expands to, where it is not said otherwise. */
export const bombSize = 300 * 2 ** 20;

const zeros = new Uint8Array(bombSize);

/** DEFLATE of zeros: 300 KB. */
export const deflated = new Uint8Array(deflateRawSync(zeros, { level: 9 }));

export const gzipped = concat(hex("1f8b0800000000000000"), deflated, uint32(crc32(zeros)), uint32(bombSize));

/** Adler-32 of n zeros is n modulo 65521, and 1. */
const adler = hex(`${(bombSize % 65521).toString(16).padStart(4, "0")}0001`);
export const zlibbed = concat(hex("789c"), deflated, adler);

/** From Python: `zlib.compress(bz2.compress(bytes(2**28), 9))` */
export const bzip2ed = fromBase64(
  "eNpzisqwNHSMVAuO5ON8dJ8xvs+B4QADA4cCg0GDr5vTAtWVXA3TB4e83Lkntxm17A8wHGABy59h1Vy2aoWnNIOSx8dyleBWTraNNesZAIq1P/Y=",
);

/** From Python: `zlib.compress(lzma.compress(bytes(2**26), format=lzma.FORMAT_ALONE))`; its end is marked. */
export const lzmaAlone = fromBase64(
  "eNrtzVsrQwEAB/Aj5pIxSwrlUm4zNbwo5lJrbbSmWGGZRo0i2sjtQa7RWmrGaHnwshAmpjZSdGRLWhNJodwvtdISyVmzjhefQv/fF/g1EMQwQf8hCHWAps3btLi0PK6rsKlqZ5rzap4I83mfk0fPc51FxUES6+CxTifNNUddDS09TaaxZffyeGeP7rGPshuHmG3kbXeF6tGjkG2FXH4LmWvKqA6R5+WwV7s9V2uxSx9ak9R+iTamXeDSlikI/WnlRibH2JlSok9/0CwspynfOK7xs1mTbpBr+Mjq+U4gQ01SU+By42KK5ciQUV+GgnzG4qZXfaCRiplnBvbqemPS7ok1K14hn/C0VNfte3ot8ueXeka47+h6/cdfndPtTq5PFfhuZCVUtiqCP+zitt/Z+O+OPZ5ylVUqaRFMxUbTMTNUZ7+cinTTsxwRa+Vn4NY/n8erIfXjn2MjZDNq1KhRo0aNGjVq1KhRo0aNGjVq1KhRo0aNGjVq1KhRo0aNGjVq1Kj/c20TJl6IaPormCR+AS3b4gk=",
);

/** From Python: `zlib.compress(zlib.compress(lzma.compress(bytes(2**28))))` */
export const xz = new Uint8Array(
  inflateSync(
    fromBase64(
      "eNqruPX2wl3vy4kMbQ/Lt4VeyvGKF1vROtPb8a5n4LJDHZknuGRvLOsWnRGwZtlSPacrXKk9WetMVDT4wzqX3VxisihlopCim9BU0chZfGxKgS3SVnWR/x0vzPxe++cAc3jF88jkjQJF/3ez7+LY6LotjiNwpt3biUskZn6dILBtg0rlr6V33uwpXV4mq1lR4vr2u8k6jrN+R+fXT7bbUt2vcz/696WXV5ZXL7K7cvdnmaHhsQ9XRaxDns7Zwv571uspx2sfT/3tpc6c5ry+Jidv/ad1qq9a9Az+7rl1sf5tQvj8ukcRc3Lt7gvmXuWzLjpz6GtV/Xmz0mJXp2nZr11+nv3mcrqnakfilqVXI2c/+jcxxnT7xe17Qu9Lyb2uvL1EyseIpX5neYbI9vfnb82b+rp46uJ3M869O1zYH185OfnssmMOkQsLFQLups6apRe4hmfvjxt7DeJnRFkKxW+KlP6Vc4IrT7/3zBp5v411lTN+1n7InLU0eOrc+GW5UZujuvZJrbFI5lonNTHqilXocaezP/587dmiNH/1w+etxfsW///5yzNu0/0baq6ng46eyXSurngQ15sWHP1f9ezJpckf8q+zrpoTd4CBmcdgCBIblnKG5a8XnVh/8J56jZRA99b7O1JnBchs4J55Xzpw/wyfjtOeuxZtlTYynvZX8oTv0f2Mqu5SFwGwnyFy",
    ),
  ),
);

const blockSize = 2 ** 17;

/** Blocks of 4 bytes that repeat one byte 2^17 times (RFC 8878 section 3.1.1.2.2). */
export function zstdRepeats(header: string, blocks: number): Uint8Array {
  const block = (last: 0 | 1) => concat(uint32(last | (1 << 1) | (blockSize << 3)).subarray(0, 3), hex("00"));
  return zstdFrame(header, block, blocks);
}

/** Compressed blocks whose literals repeat one byte 2^17 times, without sequences (sections 3.1.1.3.1.1, 3.1.1.3.2). */
export function zstdLiterals(header: string, blocks: number): Uint8Array {
  const literals = concat(uint32(1 | (3 << 2) | (blockSize << 4)).subarray(0, 3), hex("00 00"));
  const block = (last: 0 | 1) => concat(uint32(last | (2 << 1) | (literals.length << 3)).subarray(0, 3), literals);
  return zstdFrame(header, block, blocks);
}

function zstdFrame(header: string, block: (last: 0 | 1) => Uint8Array, blocks: number): Uint8Array {
  const inner = Array.from({ length: blocks - 1 }, () => block(0));
  return concat(hex("28b52ffd"), hex(header), ...inner, block(1));
}

/** An LZ4 block: the literal "a", and a match at distance 1 as long as a million bytes of 255 say (255 MB). */
export const lz4Block = concat(hex("1f61 0100"), new Uint8Array(1_000_000).fill(255), hex("00"));

/** The smallest chunk that Blosc can be asked to make of one block: 16 bytes, or what `changes` say, by offset in its header. */
export function bloscChunk(format: number, stream: Uint8Array, changes: Readonly<Record<number, number>> = {}) {
  const chunk = concat(new Uint8Array(20), uint32(stream.length), stream);
  const view = new DataView(chunk.buffer);
  const bits = (format << 5) | 16;
  chunk.set([2, 1, bits, 1]);
  const fields: Readonly<Record<number, number>> = { 4: 16, 8: 16, 12: chunk.length, 16: 20, ...changes };
  for (const [at, value] of Object.entries(fields)) view.setUint32(Number(at), value, true);
  return chunk;
}

/** BloscLZ: one literal, then a match at distance 1 that goes on as long as there are bytes of 255. */
export const bloscLz = concat(hex("00 61 e0"), new Uint8Array(1_000_000).fill(255), hex("00 00"));

/** Snappy: a length of 2^32 - 1, one literal, and copies of 64 bytes at distance 1. */
export const snappy = concat(
  hex("ffffffff0f 00 61"),
  new Uint8Array(900_000).map((_, i) => [0xfe, 1, 0][i % 3]!),
);

/** Text in base64. */
export const base64Text = (length: number) => bytesOf("A".repeat(length));

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(inflateSync(Buffer.from(text, "base64")));
}
