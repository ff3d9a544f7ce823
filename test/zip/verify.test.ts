import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyArchive } from "../../src/commit/verify.js";
import { type BuiltArchive, type BuiltEntry, buildArchive, bytesOf } from "./build-archive.js";
import { expectZarrError } from "./expect-zarr-error.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "zarrzip-verify-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function verify(entries: BuiltEntry[], options?: BuiltArchive) {
  const path = join(folder, "made.zip");
  writeFileSync(path, buildArchive(entries, options));
  return await verifyArchive(path);
}

const golden = fileURLToPath(new URL("../fixtures/golden/", import.meta.url));

describe("sound archives", () => {
  test.each(readdirSync(golden).filter((name) => name.startsWith("zip-")))("%s has no problem", async (name) => {
    const { entries, problems } = await verifyArchive(join(golden, name));
    expect(problems).toEqual([]);
    expect(entries).toBeGreaterThan(0);
  });

  test("names in other character sets, folders, duplicates and a prefix are not problems", async () => {
    const report = await verify(
      [
        { name: Uint8Array.of(0x81), payload: bytesOf("cp437") },
        { name: "größe", flags: 1 << 11, payload: bytesOf("utf-8") },
        { name: "folder/" },
        { name: "twice", payload: bytesOf("1") },
        { name: "twice", payload: bytesOf("2") },
      ],
      { prefix: bytesOf("before"), comment: bytesOf("after") },
    );
    expect(report).toEqual({ entries: 5, bytes: 12, problems: [] });
  });
});

test("a signal ends it, and progress is told after each entry", async () => {
  const path = join(folder, "progress.zip");
  writeFileSync(path, buildArchive(["a", "b", "c"].map((name) => ({ name, payload: bytesOf(name) }))));
  const seen: string[] = [];
  const controller = new AbortController();
  const onProgress = ({ done, total }: { done: number; total: number }) => {
    seen.push(`${done}/${total}`);
    if (done === 2) controller.abort("enough");
  };
  const { signal } = controller;
  await expect(verifyArchive(path, { signal, onProgress })).rejects.toBe("enough");
  expect(seen).toEqual(["1/3", "2/3"]);
  await expect(verifyArchive(path, { data: false, signal })).rejects.toBe("enough");
  expect((await verifyArchive(path)).problems).toEqual([]);
});

describe("problems", () => {
  const sound = { name: "sound", payload: bytesOf("12345") };

  test("a damaged value is reported with its name, and the others are still checked", async () => {
    const damaged = { name: "damaged", payload: bytesOf("x"), local: { 14: 1 }, central: { 16: 1 } };
    const { bytes, problems } = await verify([damaged, sound]);
    expect(bytes).toBe(5);
    expect(problems.map(({ code, key }) => [code, key])).toEqual([["ERR_CHECKSUM", "damaged"]]);
  });

  test("entries that share bytes are reported", async () => {
    const { problems } = await verify([sound, { ...sound, centralOnly: true, central: { 42: 0 } }]);
    expect(problems).toMatchObject([{ code: "ERR_ZIP", offset: 0 }]);
    expect(problems[0]!.message).toContain("share bytes");
  });

  test("an archive that cannot be opened is one problem", async () => {
    const { entries, problems } = await verify([sound], { end: { 16: 0x7fffffff } });
    expect([entries, problems.map(({ code }) => code)]).toEqual([0, ["ERR_ZIP"]]);
  });

  test("a file of 0 bytes, as a failed copy leaves it, is ERR_ZIP_TAIL, as where it is opened", async () => {
    const path = join(folder, "empty.zip");
    writeFileSync(path, "");
    const { problems, entries } = await verifyArchive(path);
    expect([problems.map(({ code }) => code), entries]).toEqual([["ERR_ZIP_TAIL"], 0]);
  });

  test("a file that is not there is ERR_NOT_FOUND", async () => {
    await expectZarrError(verifyArchive(join(folder, "none.zip")), "ERR_NOT_FOUND");
  });
});
