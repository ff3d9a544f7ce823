// Other programs read what the writer wrote. Each test is skipped, by name, where its program is missing.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArchiveWriter } from "../../src/commit/archive-writer.js";
import { verifyArchive } from "../../src/commit/verify.js";
import { bytesOf } from "./build-archive.js";

const hasPython = spawnSync("python3", ["--version"]).status === 0;
const hasUnzip = spawnSync("unzip", ["-v"]).status === 0;
const missing = (has: boolean, program: string) => (has ? "" : ` (skipped: no ${program})`);

const variants = (["stored", "deflate"] as const).flatMap((method) =>
  (["auto", "always"] as const).map((zip64) => ({ method, zip64, file: `${method}-${zip64}.zip` })),
);
const values: Record<string, Uint8Array> = {
  "zarr.json": bytesOf('{"zarr_format":3}'),
  "größe/c/0": bytesOf("ä".repeat(1000)),
  empty: new Uint8Array(),
  "c/0/0": new Uint8Array(2_000_000).fill(7),
};

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "zarrzip-interop-"));
  for (const { method, zip64, file } of variants) {
    const writer = await ArchiveWriter.create(join(folder, file), { exclusive: true, method, zip64 });
    for (const [name, value] of Object.entries(values)) await writer.add(name, value);
    await writer.publish();
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(variants)("$file", ({ file }) => {
  test.skipIf(!hasPython)(`Python's zipfile reads every entry${missing(hasPython, "python3")}`, () => {
    const program =
      "import zipfile,sys,json; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; " +
      "print(json.dumps({i.filename: [len(z.read(i)), i.CRC, list(i.date_time)] for i in z.infolist()}))";
    const { stdout, stderr } = spawnSync("python3", ["-c", program, join(folder, file)], { encoding: "utf8" });
    expect(stderr).toBe("");
    const found: Record<string, [number, number, number[]]> = JSON.parse(stdout);
    expect(Object.keys(found)).toEqual(Object.keys(values));
    for (const [name, [size, , time]] of Object.entries(found)) {
      expect([size, time]).toEqual([values[name]!.length, [1980, 1, 1, 0, 0, 0]]);
    }
  });

  test.skipIf(!hasUnzip)(`unzip -t finds no error${missing(hasUnzip, "unzip")}`, () => {
    const { status, stdout } = spawnSync("unzip", ["-t", join(folder, file)], { encoding: "utf8" });
    expect(stdout).toContain("No errors detected");
    expect(status).toBe(0);
  });

  test("yauzl finds the same entries", async () => {
    expect(await verifyArchive(join(folder, file))).toEqual({ entries: 4, bytes: 2_002_017, problems: [] });
  });
});

describe("Python writes what we read", () => {
  test.skipIf(!hasPython)(`bzip2 and LZMA of several blocks${missing(hasPython, "python3")}`, async () => {
    const program = `
import random, sys, zipfile
random.seed(5)
values = [b"", b"a", b"aaaa", b"aaaaa" * 100, bytes(3000000), random.randbytes(1000000), bytes(range(256)) * 5000,
          b"".join(bytes([random.choice(b"abc")]) * random.randrange(1, 600) for _ in range(8000))]
for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
    with zipfile.ZipFile(f"{sys.argv[1]}/python-{method}.zip", "w", method) as archive:
        for i, value in enumerate(values): archive.writestr(f"v{i}", value)
print(sum(map(len, values)))
`;
    writeFileSync(join(folder, "write.py"), program);
    const { stdout, stderr } = spawnSync("python3", [join(folder, "write.py"), folder], { encoding: "utf8" });
    expect(stderr).toBe("");
    for (const method of [12, 14]) {
      const report = await verifyArchive(join(folder, `python-${method}.zip`));
      expect(report).toEqual({ entries: 8, bytes: Number(stdout), problems: [] });
    }
  });
});
