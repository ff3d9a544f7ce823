// Chunks of Blosc with LZ4: ours read by numcodecs, and numcodecs' by us, both with WebAssembly and without.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { bloscEntry } from "../../src/codecs/blosc.js";
import type { BytesToBytesCodec } from "../../src/codecs/codec.js";
import { decodeBlocks } from "../../src/codecs/kernels/blosc-decode.js";
import { readBloscHeader } from "../../src/codecs/kernels/blosc-header.js";
import { chunksOf } from "../codecs/cases.js";
import { codecOf } from "../codecs/codec-of.js";
import { bloscDecoders } from "../codecs/kernels-of.js";
import { temporaryFolder } from "../temporary-folder.js";
import { interpreter } from "./python.js";

const script = join(import.meta.dirname, "blosc.py");
const folder = temporaryFolder();
const { executable, reason } = interpreter("ZARRZIP_PYTHON");

const shuffles = ["noshuffle", "shuffle", "bitshuffle"];
// numcodecs cannot decompress what it makes of no bytes at all.
const sizes = [1, 15, 127, 128, 255, 256, 1000, 4096, 65_537, 1_048_576, 3_000_011];
const cases = [1, 2, 3, 4, 8, 16].flatMap((typesize) =>
  shuffles.flatMap((_, shuffle) =>
    sizes.map((size) => {
      // Several blocks now and then, of a size that no item divides.
      const blocksize = size % 3 === 0 ? 0 : 10_000;
      return { name: `${typesize}-${shuffle}-${size}`, typesize, shuffle, size, blocksize };
    }),
  ),
);

/** Items that grow slowly, with some noise in their lowest byte, and a run of zeros: matches, literals and copied streams. */
function contentOf(size: number, typesize: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => {
    const item = Math.floor(i / typesize);
    if (item % 5000 < 1000) return 0;
    const noise = Math.imul(item, 0x9e3779b1) >>> 27;
    return i % typesize === 0 ? noise : (item >> (5 * (i % typesize))) & 255;
  });
}

describe.skipIf(executable === undefined)(`interop: chunks of Blosc with LZ4${reason}`, () => {
  test("numcodecs reads ours, and we read its own, for every shuffle, item size and length", async () => {
    for (const { name, typesize, shuffle, size, blocksize } of cases) {
      const content = contentOf(size, typesize);
      const ours = await codecFor(typesize, shuffle, blocksize).encode(content);
      // 3  item size
      expect(ours[3]).toBe(typesize);
      await writeFile(join(folder, `${name}.content`), content);
      await writeFile(join(folder, `${name}.ours`), ours);
    }
    await writeFile(join(folder, "cases.json"), JSON.stringify(cases));
    const { stdout } = await promisify(execFile)(executable!, ["-W", "ignore", script, folder]);
    const equal = JSON.parse(stdout) as boolean[];
    expect(cases.filter((_, i) => equal[i] !== true)).toEqual([]);
    expect(equal.length).toBe(cases.length);
    for (const { name, typesize, shuffle, size, blocksize } of cases) {
      const content = contentOf(size, typesize);
      const theirs = await readFile(join(folder, `${name}.theirs`));
      const decoded = await codecFor(typesize, shuffle, blocksize).decode(theirs, size);
      expect(content.length === decoded.length && Buffer.compare(content, decoded) === 0, name).toBe(true);
      const header = readBloscHeader(theirs, size);
      if (header.copied) continue;
      const again = await decodeBlocks(theirs, header, bloscDecoders);
      expect(Buffer.compare(content, again), `${name} without WebAssembly`).toBe(0);
    }
  });
});

function codecFor(typesize: number, shuffle: number, blocksize: number): BytesToBytesCodec {
  const configuration = { typesize, cname: "lz4", clevel: 5, shuffle: shuffles[shuffle]!, blocksize };
  return codecOf<BytesToBytesCodec>(bloscEntry, configuration, chunksOf("uint8", [1]));
}
