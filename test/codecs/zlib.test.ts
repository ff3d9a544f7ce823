import { describe, it } from "vitest";
import { zlibEntry } from "../../src/codecs/zlib.js";
import { testBytesCodec } from "../../src/testing/index.js";
import { zlibCases } from "./cases.js";

testBytesCodec(zlibEntry, zlibCases, { describe, it });
