import { type BuiltArchive, type BuiltEntry, buildArchive, bytesOf, extra, uint64s } from "../zip/build-archive.js";
import { arrayDocument, hex } from "./array-archive.js";
import { testHostile } from "./test-hostile.js";

const metadata: BuiltEntry = { name: "zarr.json", payload: bytesOf(arrayDocument()) };
const chunk: BuiltEntry = { name: "c/0", payload: Uint8Array.from({ length: 16 }, (_, i) => i) };
const values = [...chunk.payload!];
const sound = [metadata, chunk];

const withEntry = (entry: Partial<BuiltEntry>) => () => buildArchive([...sound, { ...chunk, name: "other", ...entry }]);
const withChunk = (lie: Partial<BuiltEntry>) => () => buildArchive([metadata, { ...chunk, ...lie }]);
const withEnd = (options: BuiltArchive) => () => buildArchive(sound, options);

testHostile("names of entries", [
  ["what is sound", values, withEntry({})],
  ["a name with ..", "ERR_ZIP", withEntry({ name: "../../etc/passwd" })],
  ["a name with .. in the middle", "ERR_ZIP", withEntry({ name: "c/../../1" })],
  ["an absolute name", "ERR_ZIP", withEntry({ name: "/etc/passwd" })],
  ["a name with NUL", "ERR_ZIP", withEntry({ name: "c/0\0.png" })],
  ["a name of no bytes", "ERR_ZIP", withEntry({ name: "" })],
  ["a name that is no UTF-8, though its flag says so", "ERR_ZIP", withEntry({ name: hex("63c328"), flags: 1 << 11 })],
  ["a name that is no UTF-8, and does not say so", values, withEntry({ name: hex("63c328") })],
  ["a name of surrogates in UTF-8", "ERR_ZIP", withEntry({ name: hex("eda080"), flags: 1 << 11 })],
  ["__proto__, as a name", values, withEntry({ name: "__proto__" })],
  ["65,535 slashes", "ERR_ZIP", withEntry({ name: "/".repeat(65_535) })],
  ["a folder named like the chunk", values, withEntry({ name: "c/0/", payload: new Uint8Array() })],
]);

testHostile("entries", [
  [
    "two records of one entry",
    "ERR_ZIP",
    () => buildArchive([...sound, { ...metadata, centralOnly: true, central: { 42: 0 } }]),
  ],
  [
    "a record within the payload of another",
    "ERR_ZIP",
    () => {
      const outer = { name: "outer", payload: buildArchive([chunk]) };
      return buildArchive([outer, ...sound, { ...chunk, centralOnly: true, central: { 42: 35 } }]);
    },
  ],
  [
    "60,000 records of one entry",
    "ERR_ZIP",
    () =>
      buildArchive([
        ...sound,
        ...Array.from({ length: 60_000 }, () => ({ ...metadata, centralOnly: true, central: { 42: 0 } })),
      ]),
  ],
  ["method 1", "ERR_ZIP_METHOD", withChunk({ method: 1 })],
  ["method 9, deflate64", "ERR_ZIP_METHOD", withChunk({ method: 9 })],
  ["method 65535", "ERR_ZIP_METHOD", withChunk({ method: 65_535 })],
  ["encryption", "ERR_ZIP_METHOD", withChunk({ flags: 1 })],
  ["strong encryption", "ERR_ZIP_METHOD", withChunk({ flags: 1 | (1 << 6) })],
  ["encryption of AES", "ERR_ZIP_METHOD", withChunk({ flags: 1, method: 99 })],
  ["another CRC-32", "ERR_CHECKSUM", withChunk({ local: { 14: 1 }, central: { 16: 1 } })],
  [
    "another name in the local header",
    "ERR_ZIP",
    () => {
      const archive = buildArchive(sound);
      archive[30 + 9 + metadata.payload!.length + 30] = 0x64;
      return archive;
    },
  ],
  ["an offset past the end", "ERR_ZIP", withChunk({ central: { 42: 0x7fffffff } })],
  [
    "ZIP64: an offset of 2^63, negative where it is signed",
    "ERR_ZIP",
    withChunk({ central: { 42: 0xffffffff }, centralExtra: extra(1, uint64s(2n ** 63n)) }),
  ],
  [
    "ZIP64: an offset of 2^64 - 1",
    "ERR_ZIP",
    withChunk({ central: { 42: 0xffffffff }, centralExtra: extra(1, uint64s(2n ** 64n - 1n)) }),
  ],
  [
    "ZIP64: sizes of 2^63",
    "ERR_ZIP",
    withChunk({ central: { 20: 0xffffffff, 24: 0xffffffff }, centralExtra: extra(1, uint64s(2n ** 63n, 2n ** 63n)) }),
  ],
  [
    "ZIP64: size and offset that wrap",
    "ERR_ZIP",
    withChunk({
      method: 8,
      central: { 20: 0xffffffff, 42: 0xffffffff },
      centralExtra: extra(1, uint64s(2n ** 64n - 1n, 1n)),
    }),
  ],
  [
    "deflate: a size of 2^53 that its bytes cannot have",
    "ERR_ZIP",
    withChunk({
      method: 8,
      central: { 24: 0xffffffff },
      centralExtra: extra(1, uint64s(2n ** 53n)),
    }),
  ],
]);

const signature = hex("504b0506");
const saturated = { 8: 0xffff, 10: 0xffff, 12: 0xffffffff, 16: 0xffffffff };

testHostile("ends of archives", [
  ["an empty file", "ERR_ZIP_TAIL", () => new Uint8Array()],
  ["1 MiB of zeros", "ERR_ZIP_TAIL", () => new Uint8Array(2 ** 20)],
  ["1 MiB of end signatures", "ERR_ZIP_TAIL", () => new Uint8Array(2 ** 20).map((_, i) => signature[i % 4]!)],
  ["an archive without its last byte", "ERR_ZIP_TAIL", () => buildArchive(sound).subarray(0, -1)],
  ["65,534 entries", "ERR_ZIP", withEnd({ end: { 8: 65_534, 10: 65_534 } })],
  ["a directory that is longer than the file", "ERR_ZIP", withEnd({ end: { 12: 0x7fffffff } })],
  ["a directory past the end", "ERR_ZIP", withEnd({ end: { 16: 0x7fffffff } })],
  ["ZIP64: 2^40 entries", "ERR_ZIP", withEnd({ zip64: { 24: 2n ** 40n, 32: 2n ** 40n }, end: saturated })],
  [
    "ZIP64: 2^64 - 1 entries",
    "ERR_ZIP",
    withEnd({ zip64: { 24: 2n ** 64n - 1n, 32: 2n ** 64n - 1n }, end: saturated }),
  ],
  ["ZIP64: -2^63 entries", "ERR_ZIP", withEnd({ zip64: { 24: 2n ** 63n, 32: 2n ** 63n }, end: saturated })],
  ["ZIP64: a directory of 2^63 bytes", "ERR_ZIP", withEnd({ zip64: { 40: 2n ** 63n }, end: saturated })],
  ["ZIP64: a directory of 2^40 bytes", "ERR_ZIP", withEnd({ zip64: { 40: 2n ** 40n }, end: saturated })],
  ["ZIP64: a directory at 2^63", "ERR_ZIP", withEnd({ zip64: { 48: 2n ** 63n }, end: saturated })],
  ["ZIP64: a directory at -1", "ERR_ZIP", withEnd({ zip64: { 48: 2n ** 64n - 1n }, end: saturated })],
  [
    "ZIP64: a locator that says 2^63, beside the end record",
    values,
    withEnd({ zip64: { 64: 2n ** 63n }, end: saturated }),
  ],
  ["ZIP64: an end record of 2^64 - 1 bytes", "ERR_ZIP", withEnd({ zip64: { 4: 2n ** 64n - 1n }, end: saturated })],
]);
