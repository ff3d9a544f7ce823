// The codecs as they run where there is no node:zlib: our inflate and CRC-32, fflate's deflate, Zstandard as WASM.
import { describe, it, vi } from "vitest";
import { bloscEntry } from "../../src/codecs/blosc.js";
import { gzipEntry } from "../../src/codecs/gzip.js";
import { zlibEntry } from "../../src/codecs/zlib.js";
import { zstdEntry } from "../../src/codecs/zstd.js";
import { testBytesCodec } from "../../src/testing/index.js";
import { bloscCasesOf, gzipCases, zlibCases, zstdCases } from "./cases.js";

// The encoder of Zstandard is Node's all the same: without Node there is none.
vi.mock("#zlib", async (importOriginal) => {
  const { loadZstd } = await importOriginal<typeof import("../../src/bytes/zlib-node.js")>();
  return { ...(await import("../../src/bytes/zlib-fflate.js")), loadZstd };
});

testBytesCodec(gzipEntry, gzipCases, { describe, it });
testBytesCodec(zlibEntry, zlibCases, { describe, it });
testBytesCodec(bloscEntry, bloscCasesOf("zlib"), { describe, it });
// One case: see zstd.test.ts.
testBytesCodec(zstdEntry, zstdCases.slice(0, 1), { describe, it });
