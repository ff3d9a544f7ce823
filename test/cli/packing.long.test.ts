import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { createArray, createGroup, DirectoryStore, exportZip, MemoryStore, verifyOzx } from "../../src/index.js";
import { faultServer } from "../http/fault-server.js";
import { temporaryFolder } from "../temporary-folder.js";
import { fillSample, programFile, zarrzip } from "./run-program.js";

const folder = temporaryFolder();
const server = faultServer();

beforeAll(async () => {
  const store = await DirectoryStore.open(join(folder, "a.zarr"), { mode: "w" });
  await fillSample(store);
  await store.close();
});

/** Every file of a folder, with its bytes. */
function contents(path: string): Map<string, string> {
  const names = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = names.map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((file) => [file.slice(path.length), readFileSync(file, "latin1")]));
}

test("a folder is packed and unpacked, and nothing is lost", async () => {
  expect(await zarrzip(folder, "pack", "a.zarr", "-o", "a.zip")).toMatchObject({
    ...{ code: 0, stdout: "", stderr: "zarrzip: a.zip: 20 values packed\n" },
  });
  expect(await zarrzip(folder, "unpack", "a.zip", "-o", "b.zarr")).toMatchObject({
    ...{ code: 0, stdout: "", stderr: "zarrzip: b.zarr: 20 values unpacked\n" },
  });
  expect(contents(join(folder, "b.zarr"))).toEqual(contents(join(folder, "a.zarr")));
});

test("a group is packed as the root, to standard output as well", async () => {
  await zarrzip(folder, "pack", "a.zarr:more", "-o", "more.zip");
  expect((await zarrzip(folder, "get", "more.zip:counts", "[3:5]")).stdout).toBe("[ 9 16]\n");
  const program = spawn(process.execPath, [programFile, "pack", "a.zarr:more", "-o", "-"], { cwd: folder });
  const pieces: Buffer[] = [];
  program.stdout.on("data", (piece) => pieces.push(piece));
  expect((await once(program, "close"))[0]).toBe(0);
  expect(Buffer.concat(pieces).equals(readFileSync(join(folder, "more.zip")))).toBe(true);
});

test("an existing target is replaced only if it may be", async () => {
  writeFileSync(join(folder, "mine.zip"), "mine");
  expect((await zarrzip(folder, "pack", "a.zarr", "-o", "mine.zip")).code).toBe(2);
  expect(readFileSync(join(folder, "mine.zip"), "utf8")).toBe("mine");
  expect((await zarrzip(folder, "pack", "a.zarr", "-o", "mine.zip", "--overwrite")).code).toBe(0);
  expect((await zarrzip(folder, "unpack", "mine.zip", "-o", "a.zarr")).code).toBe(2);
  expect((await zarrzip(folder, "unpack", "mine.zip", "-o", "a.zarr", "--overwrite")).code).toBe(0);
  // A folder of something else is never removed.
  const refused = await zarrzip(folder, "unpack", "mine.zip", "-o", folder, "--overwrite");
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("ERR_EXISTS") });
});

test("--rfc9 writes zipped OME-Zarr, and verify --profile rfc9 tells what is not", async () => {
  const store = await DirectoryStore.open(join(folder, "image.zarr"), { mode: "w" });
  await createGroup(store, { attributes: { ome: { version: "0.5" } } });
  await createArray(store, { path: "0", shape: [4], dtype: "uint8", data: [1, 2, 3, 4] });
  await store.close();
  expect((await zarrzip(folder, "pack", "--rfc9", "image.zarr", "-o", "image.ozx")).code).toBe(0);
  expect(await verifyOzx(join(folder, "image.ozx"))).toEqual([]);
  expect(await zarrzip(folder, "verify", "--profile", "rfc9", "image.ozx")).toMatchObject({
    ...{ code: 0, stdout: "image.ozx: keeps to RFC-9\n" },
  });
  await zarrzip(folder, "pack", "image.zarr", "-o", "plain.zip");
  const { code, stdout } = await zarrzip(folder, "verify", "--profile", "rfc9", "plain.zip");
  expect([code, stdout.match(/^\w+ OZX_\w+/gm)]).toEqual([
    1,
    ["SHOULD OZX_ZIP64", "SHOULD OZX_COMMENT", "SHOULD OZX_NAME"],
  ]);
  expect((await zarrzip(folder, "pack", "--rfc9", "a.zarr", "-o", "no.ozx")).code).toBe(5);
  expect((await zarrzip(folder, "verify", "--profile", "rfc9", "a.zip")).code).toBe(4);
  const lines = (await zarrzip(folder, "verify", "--format", "tck", "plain.zip")).stdout.trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(line).toMatch(/^plain\.zip::[^:]+::(?:WARN|ERROR)::./);
  expect(await zarrzip(folder, "verify", "--format", "tck", "image.ozx")).toMatchObject({ code: 0, stdout: "" });
});

test("repack --rfc9 makes zipped OME-Zarr of a file, and repack of one leaves it that", async () => {
  const store = await DirectoryStore.open(join(folder, "repacked.zarr"), { mode: "w" });
  await createGroup(store, { attributes: { ome: { version: "0.5" } } });
  await createArray(store, { path: "0", shape: [4], dtype: "uint8", data: [1, 2, 3, 4] });
  await store.close();
  const said = async (...words: readonly string[]) => {
    const { code, stderr } = await zarrzip(folder, ...words);
    return [code, stderr.replaceAll(/\d[\d.]* (B|KiB)/g, "SIZE")];
  };
  const isSound = async () => (await zarrzip(folder, "verify", "--profile", "rfc9", "repacked.ozx")).stdout;
  await zarrzip(folder, "pack", "repacked.zarr", "-o", "repacked.ozx");
  expect(await said("repack", "repacked.ozx")).toEqual([
    ...[0, "zarrzip: repacked.ozx: SIZE, nothing to remove, 3 entries\n"],
  ]);
  expect(await said("repack", "--rfc9", "repacked.ozx")).toEqual([
    ...[0, "zarrzip: repacked.ozx: SIZE before, SIZE after, 3 entries\n"],
  ]);
  expect(await isSound()).toBe("repacked.ozx: keeps to RFC-9\n");
  expect(await said("repack", "--rfc9", "repacked.ozx")).toEqual([
    ...[0, "zarrzip: repacked.ozx: SIZE, in the form of RFC-9 already, 3 entries\n"],
  ]);
  const json = JSON.parse((await zarrzip(folder, "repack", "--rfc9", "--json", "repacked.ozx")).stdout);
  expect(json).toMatchObject({ rewritten: false, entries: 3, bytesBefore: json.bytesAfter });
  await zarrzip(folder, "cp", "a.zarr:more/counts", "repacked.ozx:labels/counts");
  expect(await isSound()).toContain("OZX_ORDER");
  expect((await said("repack", "repacked.ozx"))[0]).toBe(0);
  expect(await isSound()).not.toContain("OZX_");
  expect(await said("repack", "--rfc9", "a.zip")).toEqual([
    ...[5, expect.stringMatching(/a\.zip is not the root of an OME-Zarr hierarchy .*\(ERR_UNSUPPORTED\)/)],
  ]);
});

test("references are printed, or saved with a URL", async () => {
  await zarrzip(folder, "pack", "a.zarr", "-o", "r.zip");
  const { refs, version } = JSON.parse((await zarrzip(folder, "references", "r.zip")).stdout);
  expect([version, refs["heights/c/0/0"]]).toEqual([1, [join(folder, "r.zip"), expect.any(Number), 40000]]);
  const words = ["--url", "https://example.org/r.zip", "--inline", "0", "-o", "r.json"];
  expect(await zarrzip(folder, "references", "r.zip", ...words)).toMatchObject({
    ...{ code: 0, stdout: "", stderr: "zarrzip: r.json: 20 values referred to\n" },
  });
  expect(JSON.parse(readFileSync(join(folder, "r.json"), "utf8")).refs["more/names/c/0"]).toEqual([
    ...["https://example.org/r.zip", expect.any(Number), expect.any(Number)],
  ]);
  expect((await zarrzip(folder, "references", "r.zip", "-o", "r.json")).code).toBe(2);
});

describe("interrupted while it waits for a value, it ends with 130 and leaves nothing", () => {
  test.each([
    ["pack", "-o", "x"],
    ["unpack", "-o", "x"],
    ["convert", "x.zip"],
    ["convert", "--workers=0", "--memory=1", "x.zarr"],
  ])("%s %s", async (command, ...rest) => {
    const store = new MemoryStore();
    await createArray(store, {
      path: "x",
      shape: [2 ** 22],
      chunks: [2 ** 20],
      dtype: "uint8",
      compressors: null,
      data: 1,
    });
    const bytes = new Uint8Array(await new Response(exportZip(store)).arrayBuffer());
    const url = server.serve("/x.zip", bytes);
    const asked = new Promise<void>((resolve) => {
      server.fault = ({ range }) => {
        const isValue = range != null && range.end - range.start > 2 ** 18; // longer than what opening asks for
        if (isValue) resolve();
        return isValue; // and never answers
      };
    });
    const target = temporaryFolder();
    const words = [command, url, ...rest.slice(0, -1), join(target, rest.at(-1)!)];
    const program = spawn(process.execPath, [programFile, ...words], { stdio: ["ignore", "ignore", "pipe"] });
    const ended = once(program, "exit");
    let said = "";
    program.stderr.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
    await Promise.race([asked, ended]);
    program.kill("SIGINT");
    const [code, signal] = await ended;
    expect({ code, signal, said }).toEqual({ code: 130, signal: null, said: "zarrzip: interrupted\n" });
    expect(readdirSync(target)).toEqual([]);
  });
});
