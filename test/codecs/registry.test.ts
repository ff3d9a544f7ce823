import { describe, expect, it } from "vitest";
import type { CodecEntry } from "../../src/codecs/codec.js";
import { gzipEntry } from "../../src/codecs/gzip.js";
import { findCodec, registerCodec, requireCodec } from "../../src/codecs/registry.js";

const custom = (...names: string[]): CodecEntry => ({ ...gzipEntry, names });

describe("registry", () => {
  it("finds a codec by each of its names", () => {
    for (const name of [
      "bytes",
      "endian",
      "gzip",
      "numcodecs.gzip",
      "zlib",
      "numcodecs.zlib",
      "zstd",
      "numcodecs.zstd",
    ]) {
      expect(findCodec(name)?.names).toContain(name);
    }
    for (const name of ["blosc", "numcodecs.blosc", "crc32c", "numcodecs.crc32c", "transpose"]) {
      expect(findCodec(name)?.names).toContain(name);
    }
  });

  it("finds a custom codec under each of its names", () => {
    const entry = custom("test.one", "test.two");
    registerCodec(entry);
    expect(findCodec("test.one")).toBe(entry);
    expect(findCodec("test.two")).toBe(entry);
  });

  it("a name that is taken, and no name, are ERR_ARGUMENT", () => {
    expect(() => registerCodec(custom("test.three", "gzip"))).toThrow(
      expect.objectContaining({ code: "ERR_ARGUMENT" }),
    );
    expect(findCodec("test.three")).toBeUndefined();
    expect(() => requireCodec("test.three")).toThrow(expect.objectContaining({ code: "ERR_CODEC_UNAVAILABLE" }));
    expect(() => registerCodec(custom())).toThrow(expect.objectContaining({ code: "ERR_ARGUMENT" }));
  });
});
