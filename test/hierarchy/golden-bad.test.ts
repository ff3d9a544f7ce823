import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isZarrError, open, type ZarrErrorCode } from "../../src/index.js";

const golden = new URL("../fixtures/golden/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", golden), "utf8"));

/** What each broken file has to end in, judged by what is wrong with it; details name where. */
const expected: Record<string, { code: ZarrErrorCode; key?: string; chunk?: number[]; codec?: string }> = {
  "bad-zip-empty-file": { code: "ERR_ZIP_TAIL" },
  "bad-zip-crc-mismatch-metadata": { code: "ERR_CHECKSUM", key: "zarr.json" },
  "bad-zip-local-header-mismatch": { code: "ERR_ZIP", key: "zarr.json" },
  "bad-zip-encrypted-flag": { code: "ERR_ZIP_METHOD", key: "zarr.json" },
  "bad-zip-cd-offset-beyond-eof": { code: "ERR_ZIP" },
  "bad-no-metadata": { code: "ERR_NOT_FOUND" },
  "bad-json-not-object": { code: "ERR_METADATA", key: "zarr.json" },
  "bad-meta-zarr_format-4": { code: "ERR_UNSUPPORTED", key: "zarr.json" },
  "bad-meta-fill-out-of-range": { code: "ERR_METADATA", key: "zarr.json" },
  "bad-meta-unknown-codec": { code: "ERR_CODEC_UNAVAILABLE", codec: "no.such.codec" },
  "bad-meta-no-array-bytes": { code: "ERR_METADATA" },
  "bad-meta-two-array-bytes": { code: "ERR_METADATA", codec: "bytes" },
  "bad-meta-codec-order": { code: "ERR_METADATA", codec: "gzip" },
  "bad-meta-codecs-empty": { code: "ERR_METADATA", key: "zarr.json" },
  "bad-meta-shape-negative": { code: "ERR_METADATA", key: "zarr.json" },
  "bad-meta-dimnames-rank": { code: "ERR_METADATA", key: "zarr.json" },
  "bad-meta-dimnames-type": { code: "ERR_METADATA", key: "zarr.json" },
  "bad-meta-extra-field-object-no-flag": { code: "ERR_UNSUPPORTED", key: "zarr.json" },
  "bad-meta-storage-transformer": { code: "ERR_UNSUPPORTED", key: "zarr.json" },
  "bad-meta-bytes-no-endian": { code: "ERR_METADATA", codec: "bytes" },
  "bad-meta-codec-extra-config": { code: "ERR_METADATA", codec: "gzip" },
  "bad-meta-transpose-order": { code: "ERR_METADATA", codec: "transpose" },
  "bad-meta-huge-shape": { code: "ERR_LIMIT", key: "zarr.json" },
  "bad-meta-missing-shape": { code: "ERR_METADATA", key: "zarr.json" },
  "bad-chunk-raw-truncated": { code: "ERR_CODEC", key: "c/0/0", chunk: [0, 0], codec: "bytes" },
  "bad-chunk-raw-trailing": { code: "ERR_CODEC", key: "c/0/0", chunk: [0, 0], codec: "bytes" },
  "bad-chunk-gzip-empty": { code: "ERR_CODEC", key: "c/0/0", chunk: [0, 0], codec: "gzip" },
  "bad-chunk-gzip-trailing": { code: "ERR_CODEC", key: "c/0/0", chunk: [0, 0], codec: "gzip" },
  "bad-chunk-gzip-bitflip": { code: "ERR_CHECKSUM", key: "c/0/0", chunk: [0, 0], codec: "gzip" },
  "bad-chunk-zstd-trailing": { code: "ERR_CODEC", key: "c/0/0", chunk: [0, 0], codec: "zstd" },
  "bad-chunk-zstd-checksum-truncated": { code: "ERR_CODEC", key: "c/0/0", chunk: [0, 0], codec: "zstd" },
  "bad-chunk-zstd-checksum-empty": { code: "ERR_CODEC", key: "c/0/0", chunk: [0, 0], codec: "zstd" },
  "bad-chunk-zstd-checksum-trailing": { code: "ERR_CODEC", key: "c/0/0", chunk: [0, 0], codec: "zstd" },
  "bad-chunk-blosc-truncated": { code: "ERR_CODEC", key: "c/0/0", chunk: [0, 0], codec: "blosc" },
  "bad-chunk-blosc-empty": { code: "ERR_CODEC", key: "c/0/0", chunk: [0, 0], codec: "blosc" },
  "bad-chunk-blosc-trailing": { code: "ERR_CODEC", key: "c/0/0", chunk: [0, 0], codec: "blosc" },
  "bad-chunk-crc32c-empty": { code: "ERR_CODEC", key: "c/0/0", chunk: [0, 0], codec: "crc32c" },
  "bad-shard-index-crc": { code: "ERR_CHECKSUM", key: "c/0/0", chunk: [0, 0], codec: "crc32c" },
  "bad-shard-truncated": { code: "ERR_CHECKSUM", key: "c/0/0", chunk: [0, 0], codec: "crc32c" },
  "bad-shard-offset-out-of-range": { code: "ERR_CODEC", key: "c/0/0", chunk: [0, 0], codec: "sharding_indexed" },
  "bad-vlen-count": { code: "ERR_CODEC", key: "c/0", chunk: [0], codec: "vlen-utf8" },
  "bad-vlen-length-huge": { code: "ERR_CODEC", key: "c/0", chunk: [0], codec: "vlen-utf8" },
  "bad-v2-unknown-compressor": { code: "ERR_CODEC_UNAVAILABLE", codec: "nope" },
  "bad-v2-bad-dtype": { code: "ERR_DATA_TYPE", key: ".zarray" },
  "bad-v2-object-no-codec": { code: "ERR_DATA_TYPE", key: ".zarray" },
  "bad-v2-format-3": { code: "ERR_METADATA", key: ".zarray" },
};

/** Not broken by any rule of the formats: they read, and as zarr-python reads them. */
const readable = ["bad-both-v2-and-v3", "bad-chunk-blosc-bitflip"];

async function readAll(name: string): Promise<unknown> {
  const node = await open(fileURLToPath(new URL(name, golden)));
  try {
    return "shape" in node ? await node.get() : await node.members();
  } finally {
    await node.close();
  }
}

describe("broken files", () => {
  it("are judged here one by one", () => {
    const ids = manifest.bad.map(({ id }: { id: string }) => id);
    expect([...Object.keys(expected), ...readable].sort()).toEqual(ids.sort());
  });

  for (const [id, { code, ...details }] of Object.entries(expected)) {
    const { file, what } = manifest.bad.find((bad: { id: string }) => bad.id === id);
    it(`${id} (${what}) ends in ${code}`, async () => {
      const error = await readAll(file).then(
        () => expect.fail("it was read"),
        (reason) => reason,
      );
      expect(isZarrError(error, code), String(error)).toBe(true);
      expect(error.details).toMatchObject(details);
      expect(error.message).toContain(file);
    });
  }

  for (const id of readable) {
    const { file, what, outcome } = manifest.bad.find((bad: { id: string }) => bad.id === id);
    it(`${id} (${what}) reads as zarr-python reads it`, async () => {
      const { data } = (await readAll(file)) as { data: Int32Array };
      const { createHash } = await import("node:crypto");
      expect(createHash("sha256").update(data).digest("hex")).toBe(outcome.read_sha256);
    });
  }
});
