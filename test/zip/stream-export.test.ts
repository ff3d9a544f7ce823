import { describe, expect, test } from "vitest";
import { BufferSource } from "../../src/bytes/buffer-source.js";
import { type ExportedEntry, exportArchive } from "../../src/commit/stream-export.js";
import { Directory } from "../../src/zip/directory.js";
import { readEntry } from "../../src/zip/entry-reader.js";
import { bytesOf } from "./build-archive.js";
import { expectZarrError } from "./expect-zarr-error.js";

async function collect(entries: AsyncIterable<ExportedEntry>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of exportArchive(entries)) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

async function* from(...entries: [name: string, bytes: Uint8Array][]): AsyncGenerator<ExportedEntry> {
  for (const [name, bytes] of entries) yield { name, bytes };
}

describe("exportArchive", () => {
  test("entries come back stored, in order, without data descriptors", async () => {
    const big = new Uint8Array(1_000_000).fill(7);
    const source = new BufferSource(
      await collect(from(["b", bytesOf("one")], ["größe", big], ["empty", new Uint8Array()])),
    );
    const directory = await Directory.read(source);
    expect([...directory.names()]).toEqual(["b", "größe", "empty"]);
    for (const row of directory.rows()) {
      expect([directory.entry(row).method, directory.entry(row).flags & 8]).toEqual([0, 0]);
    }
    expect(Buffer.from(await readEntry(source, directory, 1)).equals(big)).toBe(true);
  });

  test("nothing gives an empty archive", async () => {
    expect(Buffer.from(await collect(from())).toString("hex")).toBe(`504b0506${"00".repeat(18)}`);
  });

  test("the same entries give the same bytes", async () => {
    const entries = () => from(["a", bytesOf("1")], ["b", bytesOf("2")]);
    expect(await collect(entries())).toEqual(await collect(entries()));
  });

  test("an entry is asked for only when the one before it has been taken", async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<ExportedEntry> {
      for (;;) yield { name: String(asked++), bytes: new Uint8Array(2 ** 20) };
    }
    const stream = exportArchive(endless());
    let taken = 0;
    for await (const chunk of stream) {
      taken += chunk.length;
      expect(asked).toBeLessThanOrEqual(taken / 2 ** 20 + 3);
      if (taken > 50 * 2 ** 20) break;
    }
    expect(stream.destroyed).toBe(true);
  });

  test("names that no entry can have, and failures of the entries, fail the stream", async () => {
    await expectZarrError(collect(from(["../a", new Uint8Array()])), "ERR_ARGUMENT", "../a");
    async function* failing(): AsyncGenerator<ExportedEntry> {
      yield { name: "a", bytes: bytesOf("a") };
      throw new Error("from below");
    }
    await expect(collect(failing())).rejects.toThrow("from below");
  });
});
