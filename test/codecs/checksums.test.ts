import { describe, expect, it } from "vitest";
import { adler32Entry } from "../../src/codecs/adler32.js";
import type { CodecConfiguration, CodecEntry } from "../../src/codecs/codec.js";
import { crc32Entry } from "../../src/codecs/crc32.js";
import { fletcher32Entry } from "../../src/codecs/fletcher32.js";
import { jenkinsLookup3Entry } from "../../src/codecs/jenkins-lookup3.js";
import { chunksOf, testBytesCodec } from "../../src/testing/index.js";
import { codecOf } from "./codec-of.js";
import { integers } from "./vectors.js";

/** The checksums of `integers` as numcodecs 0.16.6 writes them. */
const cases: [CodecEntry, string, CodecConfiguration, number[], "start" | "end"][] = [
  [crc32Entry, "at the start, as nothing else is said", {}, [45, 50, 185, 152], "start"],
  [crc32Entry, "at the end", { location: "end" }, [45, 50, 185, 152], "end"],
  [adler32Entry, "at the start, as nothing else is said", {}, [26, 140, 193, 10], "start"],
  [adler32Entry, "at the end", { location: "end" }, [26, 140, 193, 10], "end"],
  [fletcher32Entry, "at the end", {}, [13, 152, 254, 151], "end"],
  [jenkinsLookup3Entry, "from 0", {}, [79, 222, 119, 154], "end"],
  [jenkinsLookup3Entry, "from 42", { initval: 42, prefix: null }, [17, 218, 235, 175], "end"],
];

const representation = chunksOf("int16", [300]);

for (const [entry, title, configuration, sum, location] of cases) {
  const encoded = Uint8Array.from(location === "start" ? [...sum, ...integers] : [...integers, ...sum]);
  // So weak a sum that the first five bytes are followed by theirs.
  const openEnded = entry === fletcher32Entry;
  const one = {
    openEnded,
    title,
    configuration,
    representation,
    checksum: true,
    decoded: integers,
    encoded: [encoded],
  };
  testBytesCodec(entry, [one], { describe, it });
  it(`${entry.names[0]} ${title}: gives the bytes of numcodecs`, async () => {
    const codec = codecOf(entry, configuration, representation);
    expect(codec.kind === "bytes-to-bytes" && codec.encode(integers)).toEqual(encoded);
  });
}

describe("jenkins_lookup3", () => {
  it("refuses a prefix, of which numcodecs has no JSON form", () => {
    expect(() => codecOf(jenkinsLookup3Entry, { prefix: "abc" }, representation)).toThrow(/prefix is not null/);
  });
});
