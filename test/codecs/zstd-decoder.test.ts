// The decoders for runtimes without Zstandard, of frames that zstd 1.5 made (see cases.ts).
import { afterEach, describe, expect, test, vi } from "vitest";
import { compressZstd } from "../../src/codecs/zstd.js";
import { loadZstdDecoder } from "../../src/codecs/zstd-decoder.js";

const text = new TextEncoder().encode("zarr in a single file, ".repeat(40));

async function frame(checksum: boolean): Promise<Uint8Array> {
  return await compressZstd(text, 3, checksum);
}

const refused = class {
  init(): Promise<void> {
    return Promise.reject(new Error("WebAssembly is refused"));
  }
};

afterEach(() => vi.doUnmock("zstddec"));

describe.each(["WebAssembly", "JavaScript"])("zstd without a runtime's own, in %s", (kind) => {
  const load = async () => {
    if (kind === "JavaScript") vi.doMock("zstddec", () => ({ ZSTDDecoder: refused }));
    return await loadZstdDecoder();
  };

  test("decodes, with and without a checksum, and a frame without content", async () => {
    const decode = await load();
    for (const checksum of [false, true]) expect(decode(await frame(checksum), text.length)).toEqual(text);
    expect(decode(await compressZstd(new Uint8Array(0), 3, false), 0)).toHaveLength(0);
  });

  test("a wrong checksum is told from damage", async () => {
    const decode = await load();
    const wrong = await frame(true);
    wrong[wrong.length - 1] ^= 1;
    expect(() => decode(wrong, text.length)).toThrow(expect.objectContaining({ fault: "checksum" }));
    const cut = (await frame(false)).slice(0, -4);
    expect(() => decode(cut, text.length)).toThrow(expect.objectContaining({ fault: "malformed" }));
  });
});
