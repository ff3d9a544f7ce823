// Codecs of strings, byte strings and Python objects; expected bytes are those of numcodecs 0.16.6.
import { describe, expect, it } from "vitest";
import type { ArrayToBytesCodec, CodecEntry } from "../../src/codecs/codec.js";
import { json2Entry } from "../../src/codecs/json2.js";
import { vlenBytesEntry, vlenUtf8Entry } from "../../src/codecs/vlen.js";
import { dataTypeFromV2 } from "../../src/data-type/registry.js";
import { chunksOf } from "../../src/testing/index.js";
import { chunkOf, codecOf } from "./codec-of.js";

const strings = chunksOf("string", [3]);
const text = ["foo", "", "日本"];
const textBytes = Uint8Array.of(
  ...[3, 0, 0, 0, 3, 0, 0, 0, 102, 111, 111, 0, 0, 0, 0, 6, 0, 0, 0, 230, 151, 165, 230, 156, 172],
);

const byteStrings = chunksOf("variable_length_bytes", [3]);
const parts = [Uint8Array.of(97), new Uint8Array(), Uint8Array.of(0, 255)];
const partsBytes = Uint8Array.of(...[3, 0, 0, 0, 1, 0, 0, 0, 97, 0, 0, 0, 0, 2, 0, 0, 0, 0, 255]);

const objects = { dataType: dataTypeFromV2("|O", "json2").dataType, shape: [2, 2], fillValue: null };
const values = [{ b: 1, a: [1.5, null] }, 'é"', true, 12345678901234567890n];
const json = '[[{"a":[1.5,null],"b":1},"\\u00e9\\""],[true,12345678901234567890],"|O",[2,2]]';

const cases = [
  { entry: vlenUtf8Entry, representation: strings, data: text, bytes: textBytes },
  { entry: vlenBytesEntry, representation: byteStrings, data: parts, bytes: partsBytes },
  { entry: json2Entry, representation: objects, data: values, bytes: new TextEncoder().encode(json) },
];
const codecError = expect.objectContaining({ code: "ERR_CODEC" });

describe.each(cases)("$entry.names.0", ({ entry, representation, data, bytes }) => {
  const codec = codecOf<ArrayToBytesCodec>(entry, {}, representation);

  it("gives the bytes of numcodecs, and reads them", () => {
    expect(codec.encode(chunkOf(data, representation.shape), representation)).toEqual(bytes);
    expect(codec.decode(bytes, representation)).toEqual(chunkOf(data, representation.shape));
    expect(codec.encodedSize(representation)).toBeUndefined();
  });

  it("rejects bytes cut off anywhere, and bytes behind the end", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => codec.decode(bytes.subarray(0, length), representation), String(length)).toThrow(codecError);
    }
    expect(() => codec.decode(Uint8Array.of(...bytes, 0), representation)).toThrow(codecError);
  });

  it("rejects another number of elements", () => {
    const shape = representation.shape.map((length) => length + 1);
    expect(() => codec.decode(bytes, { ...representation, shape })).toThrow(codecError);
  });

  it("takes no numbers, and no members that it does not know", () => {
    const metadataError = expect.objectContaining({ code: "ERR_METADATA" });
    expect(() => codecOf(entry, {}, chunksOf("int32", [3]))).toThrow(metadataError);
    expect(() => codecOf(entry, { unknown: 1 }, representation)).toThrow(metadataError);
  });
});

describe("vlen", () => {
  const decode = (bytes: Uint8Array, shape: number[], entry: CodecEntry = vlenUtf8Entry) =>
    codecOf<ArrayToBytesCodec>(entry, {}, { ...strings, shape }).decode(bytes, { ...strings, shape });

  it("a count that so few bytes cannot hold is ERR_CODEC before any memory is taken", () => {
    expect(() => decode(Uint8Array.of(255, 255, 255, 255), [2 ** 32 - 1])).toThrow(codecError);
  });

  it("a length past the end, and bytes that are not UTF-8, are ERR_CODEC", () => {
    expect(() => decode(Uint8Array.of(1, 0, 0, 0, 255, 255, 255, 255, 97), [1])).toThrow(codecError);
    expect(() => decode(Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0, 0xc3, 0x28), [1])).toThrow(codecError);
  });
});

describe("json2", () => {
  it("an element without dimensions is a list of one", async () => {
    const single = { ...objects, shape: [] };
    const codec = codecOf<ArrayToBytesCodec>(json2Entry, {}, single);
    const bytes = new TextEncoder().encode('[5,"|O",[]]');
    expect(codec.encode(chunkOf([5], []), single)).toEqual(bytes);
    expect((await codec.decode(bytes, single)).data).toEqual([5]);
  });

  it.each(["{}", "[]", '["|O",[2,2]]', '[[1,2],[3],"|O",[2,2]]', '[[1,2],[3,4],"|O",[4]]', "[[1,2]"])(
    "%s is ERR_CODEC",
    (text) => {
      const codec = codecOf<ArrayToBytesCodec>(json2Entry, {}, objects);
      expect(() => codec.decode(new TextEncoder().encode(text), objects)).toThrow(codecError);
    },
  );
});
