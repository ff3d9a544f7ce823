import { describe, it } from "vitest";
import { crc32cEntry } from "../../src/codecs/crc32c.js";
import { testBytesCodec } from "../../src/testing/index.js";
import { crc32cCases } from "./cases.js";

testBytesCodec(crc32cEntry, crc32cCases, { describe, it });
