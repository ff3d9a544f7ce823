// The codecs as they run where there is no node:zlib: our inflate and CRC-32, fflate's deflate, Zstandard as WASM.
import { describe, it, vi } from "vitest";
import { bloscEntry } from "../../src/codecs/blosc.js";
import { gzipEntry } from "../../src/codecs/gzip.js";
import { zlibEntry } from "../../src/codecs/zlib.js";
import { zstdEntry } from "../../src/codecs/zstd.js";
import { testBytesCodec } from "../../src/testing/index.js";
import { bloscCasesOf, gzipCases, zlibCases, zstdCases } from "./cases.js";

vi.mock("#zlib", () => import("../../src/bytes/zlib-fflate.js"));

testBytesCodec(gzipEntry, gzipCases, { describe, it });
testBytesCodec(zlibEntry, zlibCases, { describe, it });
testBytesCodec(bloscEntry, bloscCasesOf("zlib"), { describe, it });
// One case: see zstd.test.ts.
testBytesCodec(zstdEntry, zstdCases.slice(0, 1), { describe, it });
