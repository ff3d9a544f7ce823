// Both backends behind "#zlib", on streams that Python's zlib wrote.
import { describe, expect, it } from "vitest";
import type { ZlibBackend } from "../../src/bytes/zlib-backend.js";
import * as fallback from "../../src/bytes/zlib-fflate.js";
import * as node from "../../src/bytes/zlib-node.js";
import { processorTime } from "../processor-time.js";

const encoder = new TextEncoder();
const numbers = encoder.encode(Array.from({ length: 400 }, (_, i) => `${i},`).join(""));

/** Raw DEFLATE of each kind of block, in base64, with its content. */
const streams: readonly (readonly [string, string, Uint8Array])[] = [
  [
    "own codes",
    "HdTBgcMwDAPBhvAwAEm2+m8sy/x5l2SH4iMrqpa2jl59uvIjW45ceclbPvIrf/JVHoW/iVJlKVs5yqt8ylUf1Sr/supSt3rUV/3Uq/VoWStafOLS2lpH69X6tK72o23taFebL7S1j/ar/WlfnUfHOtGpztLh+x6dV+fTuXofvdYbvdW79G69/JxX76f36nv0WV/0Vd/St/UdffzaT9/VfXStG93qLt2te3RfXWJMDXI89HgI8lDkIclDk4coD1UesjzM/bMxN+Gm3KSbdhNv6k0++pmAzvRljoYmoqloMpqOJqQpaVKalu5AMEdO09MENUVNUtPURDVVTVavEWOOsiataWvimromr+lrApvC3kPLHJFNZZPZdDahTWmT2rQ2sX1mB5ijtwluipvkprmJbqqb7Ka731kW5khv2pv4pr7Jb/obACNgCPzNVjGHgmEwDgbCSBgKY2EwjIbvrN/sHwuIR/AIHsEjeASP4BE8gkc8i8ocHsEjeASP4BE8gkdmn2eh/xvN3Oz0LPVs9az17PUsNh7BI3iks/rM4RE8gkfwCB7BI3gEj+CRNW+EOTyCR/AIHsEjeASP4BE8sucxMYdH8AgewSN4BI/gETyCR868OubwCB7BI3gEj+ARPIJH8Mg7z5M5PIJH8AgewSN4BI/gETzyzTtmDo/gETyCR/AIHsEjeASP3Hnw8+J58ngUj+JRPIpH8SgexaN41HMamMOjeBSP4lE8ikfxKB7Fo5kbwhwexaN4FI/iUTw6l2ZOzdya/7Fhbs7N3Js5OHNx5uTgUTyKR/HomqvEHB7Fo3gUj+JRPIpH8Sge3XO+mMOjeBSP4lE8ikfxKB7Fo2fuHHN4FI/iUTyKR/EoHsWjePSdg8gcHsWjeBSP4lE8ikfxKB795nIyh0fxKB7Fo3gUj+JRPIpH75zYqx8=",
    numbers,
  ],
  ["fixed codes", "y0jNyclXyEAnAQ==", encoder.encode("hello hello hello hello")],
  ["stored", "AQwA8/9zdG9yZWQgYnl0ZXM=", encoder.encode("stored bytes")],
  ["nothing", "AwA=", new Uint8Array()],
  [
    "long matches",
    "7cIxDQAAAAKgrNo/hI8xGKQBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABu",
    encoder.encode("ab".repeat(20_000)),
  ],
];
const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

/** 64 KiB of zeros in a block that is not the last, ended at a whole byte, as often as asked; then an empty last one. */
function bomb(count: number): Uint8Array {
  const block = bytesOf(
    "7MEBAQAAAICQ/q/uCAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABqAAAA//8=",
  );
  const bytes = new Uint8Array(count * block.length + 2);
  for (let i = 0; i < count; i++) bytes.set(block, i * block.length);
  bytes.set([3, 0], count * block.length);
  return bytes;
}

describe.each([
  ["node:zlib", node],
  ["its stand-in", fallback],
])("%s: inflateRaw", (_, backend) => {
  /** A failure may be thrown at once. */
  const inflate = async (bytes: Uint8Array, maxSize: number) => await backend.inflateRaw(bytes, maxSize);
  /** Much more than the content: as much may come of it, node:zlib works on the thread pool. */
  const ample = 2 ** 20;

  it.each(streams)("%s: gives the content, and where the stream ends", async (_title, base64, content) => {
    const stream = bytesOf(base64);
    const longer = new Uint8Array(stream.length + 5).fill(0x5a);
    longer.set(stream);
    expect(await inflate(stream, content.length)).toEqual({ bytes: content, consumed: stream.length });
    for (const maxSize of [content.length + 100, ample]) {
      expect(await inflate(longer, maxSize)).toEqual({ bytes: content, consumed: stream.length });
    }
  });

  it.each(streams)("%s: cut off anywhere is an error", async (_title, base64, content) => {
    const stream = bytesOf(base64);
    for (let length = 0; length < stream.length; length++) {
      for (const maxSize of [content.length, ample]) {
        await expect(inflate(stream.subarray(0, length), maxSize)).rejects.toMatchObject({ fault: "truncated" });
      }
    }
  });

  it.each(streams)("%s: one byte more than the bound is an error", async (_title, base64, content) => {
    if (content.length === 0) return;
    for (const maxSize of [content.length - 1, 0]) {
      await expect(inflate(bytesOf(base64), maxSize)).rejects.toMatchObject({ fault: "too long" });
    }
  });

  it.each([
    ["a block of type 3", "07"],
    ["a stored block whose lengths differ", "010100ffff00"],
    ["a distance before the start", "030200"],
    ["a length code of 286", "1b0300000000"],
    ["too many codes", "fdff00000000000000"],
    ["over-subscribed code lengths", "05c0ffffffffffffffffffffffff"],
  ])("%s is malformed", async (_title, hex) => {
    for (const maxSize of [100, ample]) {
      const bytes = new Uint8Array(Buffer.from(hex, "hex"));
      await expect(inflate(bytes, maxSize)).rejects.toMatchObject({ fault: "malformed" });
    }
  });

  it("1 GiB of zeros for 16 bytes, or for 1 MiB, costs less than expanding 32 MiB of it", async () => {
    const control = await processorTime(() => inflate(bomb(512), 2 ** 25));
    for (const maxSize of [16, ample]) {
      const spent = await processorTime(() =>
        expect(inflate(bomb(16_384), maxSize)).rejects.toMatchObject({ fault: "too long" }),
      );
      expect(spent).toBeLessThan(control);
    }
  });

  it("results hold no more memory than twice their size", async () => {
    const { bytes } = await inflate(bytesOf(streams[1][1]), 2 ** 30);
    expect(bytes.buffer.byteLength).toBeLessThanOrEqual(2 * bytes.length);
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
  });

  it("expands what deflateRaw wrote at every level, as does the other backend", async () => {
    const many = encoder.encode("0123456789".repeat(10_000));
    for (const level of [-1, 0, 1, 6, 9]) {
      for (const content of [numbers, many]) {
        const stream = await backend.deflateRaw(content, level);
        expect((await node.inflateRaw(stream, content.length)).bytes).toEqual(content);
        expect((await fallback.inflateRaw(stream, content.length)).bytes).toEqual(content);
      }
    }
  });

  it("crc32 is that of Python's zlib, in pieces too", () => {
    const bytes = Uint8Array.from({ length: 65541 }, (_byte, i) => i * 7 + (i >> 8));
    expect(backend.crc32(bytes)).toBe(0x2535b094);
    expect(backend.crc32(bytes.subarray(1000), backend.crc32(bytes.subarray(0, 1000)))).toBe(0x2535b094);
    expect(backend.crc32(bytes.subarray(0, 1000))).toBe(0x668f073d);
  });
});

describe("the stand-in of node:zlib", () => {
  it("takes and rejects the same damaged streams as zlib, with the same results", async () => {
    // A fixed sequence of pseudo-random numbers (Numerical Recipes).
    let state = 1;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const outcome = async (inflate: ZlibBackend["inflateRaw"], bytes: Uint8Array) => {
      try {
        return await inflate(bytes, 5000);
      } catch {
        return "error";
      }
    };
    for (let i = 0; i < 4000; i++) {
      const bytes = bytesOf(streams[i % streams.length][1]);
      for (let flips = 1 + random(3); flips > 0; flips--) bytes[random(bytes.length)] ^= 1 << random(8);
      expect(await outcome(fallback.inflateRaw, bytes)).toEqual(await outcome(node.inflateRaw, bytes));
    }
  });
});
