// Checks of files, sound and damaged, and what is saved of these.
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { goldenFolder, writeSample, zarrzip } from "./run-program.js";
import { printedIn, sampleFolder } from "./sample-folder.js";

const folder = sampleFolder();
const printed = (...words: string[]) => printedIn(folder, ...words);

describe("verify", () => {
  test("a sound file, and a sound folder", async () => {
    expect(await printed("verify", "--data", "a.zip")).toMatch(
      /^a\.zip: sound; checked 20 entries of 47\d KiB, 5 nodes, 15 chunks\n$/,
    );
    expect(await printed("verify", "--data", "a.zarr")).toBe("a.zarr: sound; checked 5 nodes, 15 chunks\n");
  });

  // One flipped bit within LZ4, which has no checksum, cannot be told from other values; and both formats at one path are both well-formed.
  test.each<[name: string, code: number, found: string[]]>([
    ["both-v2-and-v3", 0, []],
    ["chunk-blosc-bitflip", 0, []],
    ["chunk-blosc-empty", 4, ["ERR_CODEC"]],
    ["chunk-blosc-trailing", 4, ["ERR_CODEC"]],
    ["chunk-blosc-truncated", 4, ["ERR_CODEC"]],
    ["chunk-crc32c-empty", 4, ["ERR_CODEC"]],
    ["chunk-gzip-bitflip", 4, ["ERR_CHECKSUM"]],
    ["chunk-gzip-empty", 4, ["ERR_CODEC"]],
    ["chunk-gzip-trailing", 4, ["ERR_CODEC"]],
    ["chunk-raw-trailing", 4, ["ERR_CODEC"]],
    ["chunk-raw-truncated", 4, ["ERR_CODEC"]],
    ["chunk-zstd-checksum-empty", 4, ["ERR_CODEC"]],
    ["chunk-zstd-checksum-trailing", 4, ["ERR_CODEC"]],
    ["chunk-zstd-checksum-truncated", 4, ["ERR_CODEC"]],
    ["chunk-zstd-trailing", 4, ["ERR_CODEC"]],
    ["json-not-object", 4, ["ERR_METADATA"]],
    ["meta-bytes-no-endian", 4, ["ERR_METADATA"]],
    ["meta-codec-extra-config", 4, ["ERR_METADATA"]],
    ["meta-codec-order", 4, ["ERR_METADATA"]],
    ["meta-codecs-empty", 4, ["ERR_METADATA"]],
    ["meta-dimnames-rank", 4, ["ERR_METADATA"]],
    ["meta-dimnames-type", 4, ["ERR_METADATA"]],
    ["meta-extra-field-object-no-flag", 5, ["ERR_UNSUPPORTED"]],
    ["meta-fill-out-of-range", 4, ["ERR_METADATA"]],
    ["meta-huge-shape", 5, ["ERR_LIMIT"]],
    ["meta-missing-shape", 4, ["ERR_METADATA"]],
    ["meta-no-array-bytes", 4, ["ERR_METADATA"]],
    ["meta-shape-negative", 4, ["ERR_METADATA"]],
    ["meta-storage-transformer", 5, ["ERR_UNSUPPORTED"]],
    ["meta-transpose-order", 4, ["ERR_METADATA"]],
    ["meta-two-array-bytes", 4, ["ERR_METADATA"]],
    ["meta-unknown-codec", 5, ["ERR_CODEC_UNAVAILABLE"]],
    ["meta-zarr_format-4", 5, ["ERR_UNSUPPORTED"]],
    ["no-metadata", 1, ["ERR_NOT_FOUND"]],
    ["shard-index-crc", 4, ["ERR_CHECKSUM"]],
    ["shard-offset-out-of-range", 4, ["ERR_CODEC"]],
    ["shard-truncated", 4, ["ERR_CHECKSUM"]],
    ["v2-bad-dtype", 5, ["ERR_DATA_TYPE"]],
    ["v2-format-3", 4, ["ERR_METADATA"]],
    ["v2-object-no-codec", 5, ["ERR_DATA_TYPE"]],
    ["v2-unknown-compressor", 5, ["ERR_CODEC_UNAVAILABLE"]],
    ["vlen-count", 4, ["ERR_CODEC"]],
    ["vlen-length-huge", 4, ["ERR_CODEC"]],
    ["zip-cd-offset-beyond-eof", 4, ["ERR_ZIP"]],
    ["zip-crc-mismatch-metadata", 4, ["ERR_CHECKSUM"]],
    ["zip-empty-file", 4, ["ERR_ZIP_TAIL"]],
    ["zip-local-header-mismatch", 4, ["ERR_ZIP"]],
  ])("bad-%s ends with %i and names %j", async (name, expected, found) => {
    const file = join(goldenFolder, `bad-${name}.zip`);
    const { code, stdout, stderr } = await zarrzip(folder, "verify", "--data", file);
    const isTorn = name.startsWith("zip-") && name !== "zip-empty-file";
    expect({ code, stderr }).toEqual({
      code: expected,
      stderr: isTorn ? `zarrzip: zarrzip recover ${file} -o COPY saves what is whole in it\n` : "",
    });
    expect(stdout.match(/^ERR_\w+/gm) ?? []).toEqual(found);
  });

  test("--json has each finding", async () => {
    const file = join(goldenFolder, "bad-chunk-gzip-bitflip.zip");
    const { findings, nodes, chunks } = JSON.parse((await zarrzip(folder, "verify", "--data", "--json", file)).stdout);
    expect({ findings, nodes, chunks }).toMatchObject({
      findings: [{ code: "ERR_CHECKSUM", key: "c/0/0", path: "" }],
      ...{ nodes: 1, chunks: 6 },
    });
    const { stderr } = await zarrzip(folder, "get", file);
    expect(stderr).toMatch(/\nzarrzip: zarrzip verify --data \S+ lists everything that is wrong with it\n$/);
  });

  test.each(["--quick", "--data"])("%s is not for --profile, and so refused with it", async (option) => {
    const { code, stderr } = await zarrzip(folder, "verify", option, "--profile", "rfc9", "a.zip");
    expect({ code, stderr }).toEqual({
      ...{ code: 2, stderr: `zarrzip: option '--profile <name>' cannot be used with option '${option}'\n` },
    });
  });
});

test("an encrypted file is not damaged: verify ends with 5, as reading does", async () => {
  const file = join(goldenFolder, "bad-zip-encrypted-flag.zip");
  const { code, stdout } = await zarrzip(folder, "verify", file);
  expect([code, [...new Set(stdout.match(/^ERR_\w+/gm))]]).toEqual([5, ["ERR_ZIP_METHOD"]]);
  expect((await zarrzip(folder, "info", file)).code).toBe(5);
});

test("verify --quick looks at the directory and the metadata alone", async () => {
  expect(await printed("verify", "--quick", "a.zip")).toBe("a.zip: sound; checked 20 entries, 5 nodes\n");
  const bytes = readFileSync(join(folder, "a.zip"));
  bytes[bytes.indexOf("heights/c/1/1") + 1000]! ^= 1;
  writeFileSync(join(folder, "flipped.zip"), bytes);
  expect((await zarrzip(folder, "verify", "--quick", "flipped.zip")).code).toBe(0);
  expect((await zarrzip(folder, "verify", "flipped.zip")).code).toBe(4);
  expect((await zarrzip(folder, "verify", "--quick", "--data", "a.zip")).code).toBe(2);
});

test("of what is no ZIP nothing can be recovered, so that it is not advised", async () => {
  writeFileSync(join(folder, "text.zip"), "no ZIP at all");
  for (const words of [["verify"], ["repack"], ["info"]]) {
    const { code, stdout, stderr } = await zarrzip(folder, ...words, "text.zip");
    expect([code, stdout + stderr]).toEqual([4, expect.stringContaining("ERR_ZIP_TAIL")]);
    expect(stdout + stderr).not.toContain("recover");
  }
});

test("a folder, and a URL, cannot be repacked", async () => {
  expect(await zarrzip(folder, "repack", "a.zarr")).toMatchObject({
    ...{ code: 2, stderr: "zarrzip: a.zarr is a folder: only a ZIP file has anything to remove (ERR_ARGUMENT)\n" },
  });
  expect((await zarrzip(folder, "repack", "https://example.org/a.zip")).code).toBe(5);
});

test("a file without a node says so of its root, whatever folders it has", async () => {
  const { code, stderr } = await zarrzip(folder, "tree", join(goldenFolder, "bad-no-metadata.zip"));
  expect([code, stderr]).toEqual([3, expect.stringContaining("no node at the root of")]);
});

test("recover copies what is whole, and says what is not", async () => {
  await writeSample(join(folder, "torn.zip"));
  truncateSync(join(folder, "torn.zip"), 300_000);
  const opened = await zarrzip(folder, "torn.zip");
  expect(opened.code).toBe(4);
  expect(opened.stderr).toMatch(
    /\(ERR_ZIP_TAIL\)\nzarrzip: zarrzip recover \S+torn\.zip -o COPY saves what is whole in it\n$/,
  );
  const { code, stdout } = await zarrzip(folder, "recover", "torn.zip", "-o", "saved.zip");
  expect(code).toBe(1);
  expect(stdout).toMatch(/^torn: heights\/c\/\d\/\d at byte \d+\n$/);
  expect(await printed("get", "saved.zip:heights", "[0, :3]")).toBe("[0.   0.25 0.5 ]\n");
  // The directory lists what the walk over the file does not find.
  const headless = join(goldenFolder, "bad-zip-local-header-mismatch.zip");
  const { code: found, stdout: missing } = await zarrzip(folder, "recover", headless, "-o", "headless.zip");
  expect({ found, missing }).toEqual({ found: 1, missing: "missing: zarr.json\n" });
});
