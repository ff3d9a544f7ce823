import { describe, expect, it } from "vitest";
import type { CodecEntry } from "../../src/codecs/codec.js";
import { gzipEntry } from "../../src/codecs/gzip.js";
import { builtInNames, findCodec, loadCodecs, registerCodec, requireCodec } from "../../src/codecs/registry.js";

const custom = (...names: string[]): CodecEntry => ({ ...gzipEntry, names });
const load = (name: string, configuration = {}) => loadCodecs([{ name, configuration }]);

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

  it("each codec is of the kind, and has the names, that are known before it is loaded", async () => {
    expect(builtInNames().length).toBeGreaterThan(50);
    for (const name of builtInNames()) {
      const { kind, names } = findCodec(name)!;
      await load(name);
      const entry = requireCodec(name);
      expect(entry.kind, name).toBe(kind);
      expect([...entry.names].sort(), name).toEqual([...names].sort());
    }
  });

  it("loads the codecs within a configuration, and reports a name that is unknown when it is used", async () => {
    const codecs = [{ name: "bytes" }, { name: "reshape", configuration: { shape: [1] } }, "jenkins_lookup3"];
    await load("test.outer", { codecs, level: "adler32" });
    expect(requireCodec("reshape").names).toContain("reshape");
    expect(requireCodec("jenkins_lookup3").names).toContain("jenkins_lookup3");
    expect(() => requireCodec("test.outer")).toThrow(expect.objectContaining({ code: "ERR_CODEC_UNAVAILABLE" }));
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
