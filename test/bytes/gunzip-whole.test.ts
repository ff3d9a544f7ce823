import { gzipSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import { gunzipWhole } from "../../src/bytes/gunzip-whole.js";

const content = new Uint8Array(Float64Array.from({ length: 20_000 }, (_, i) => Math.sin(i)).buffer);
const member = new Uint8Array(gzipSync(content));

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function changed(at: number): Uint8Array {
  const bytes = member.slice();
  bytes[at]! ^= 1;
  return bytes;
}

test("one member that is all of the bytes gives its content, in memory of its own", async () => {
  expect(member.length).toBeGreaterThan(64 * 1024);
  for (const maxSize of [content.length, 2 * content.length]) {
    const found = await gunzipWhole(member, maxSize);
    expect(found).toEqual(content);
    expect(found!.buffer).not.toBe(member.buffer);
  }
  const view = joined(Uint8Array.of(1, 2, 3), member, Uint8Array.of(4)).subarray(3, -1);
  expect(await gunzipWhole(view, content.length)).toEqual(content);
});

describe("anything else is left to the other way", () => {
  const half = new Uint8Array(gzipSync(content.subarray(0, 80_000)));
  test.each([
    ["two members", joined(member, half)],
    ["bytes that follow", joined(member, Uint8Array.of(1, 2, 3, 4, 5))],
    ["zeros that follow", joined(member, new Uint8Array(8))],
    ["another CRC-32", changed(member.length - 8)],
    ["another size", changed(member.length - 4)],
    ["a changed byte", changed(50_000)],
    ["another magic number", changed(0)],
    ["cut off", member.subarray(0, -10)],
    ["nothing of gzip", content],
    ["few bytes", new Uint8Array(gzipSync(content.subarray(0, 100)))],
  ])("%s", async (_, bytes) => {
    expect(await gunzipWhole(bytes, 2 * content.length)).toBeUndefined();
  });

  test("more than is allowed, also where the trailer tells otherwise", async () => {
    expect(await gunzipWhole(member, content.length - 1)).toBeUndefined();
    const bomb = new Uint8Array(gzipSync(new Uint8Array(2 ** 26)));
    new DataView(bomb.buffer).setUint32(bomb.length - 4, 1000, true);
    expect(await gunzipWhole(bomb, 2 ** 20)).toBeUndefined();
  });
});

test("two members of one size are left to the other way, also where the runtime ends with the first", async () => {
  const Strict = DecompressionStream;
  function Lenient(format: "gzip") {
    const { readable, writable } = new Strict(format);
    const writer = writable.getWriter();
    let rest = member.length;
    const write = async (bytes: Uint8Array<ArrayBuffer>) => {
      const kept = bytes.subarray(0, rest);
      rest -= kept.length;
      if (kept.length > 0) await writer.write(kept);
    };
    return { readable, writable: new WritableStream({ write, close: () => writer.close() }) };
  }
  vi.stubGlobal("DecompressionStream", Lenient);
  try {
    expect(await gunzipWhole(member, content.length)).toEqual(content);
    expect(await gunzipWhole(joined(member, member), 2 * content.length)).toBeUndefined();
  } finally {
    vi.unstubAllGlobals();
  }
});
