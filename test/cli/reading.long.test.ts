import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createArray, openArray, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { programFile, writeSample, zarrzip } from "./run-program.js";
import { printedIn, sampleFolder } from "./sample-folder.js";

const folder = sampleFolder();
const printed = (...words: string[]) => printedIn(folder, ...words);

describe("info", () => {
  const table = `/: group of Zarr format 3, 4 nodes below it
attributes:
  title: "Heights"

node          type     shape      chunks     codecs            stored  ratio
/heights      float32  400 × 300  100 × 100  none             469 KiB   1.00
/more         group
/more/counts  int16    20         5 in 10    none in shards  1.01 KiB   0.04
/more/names   string   3          3          vlen-utf8          463 B
`;

  test("a file alone is what info is about", async () => {
    const stdout = await printed("a.zip");
    expect(stdout).toMatch(/^a\.zip: ZIP, 47\d KiB, 20 entries, no dead bytes\n/);
    expect(stdout.slice(stdout.indexOf("\n") + 1)).toBe(table);
    expect(await printed("info", "a.zip")).toBe(stdout);
  });

  test("a folder has the same nodes", async () => {
    const stdout = await printed("a.zarr");
    expect(stdout.replace(/^a\.zarr: folder, 47\d KiB\n/, "")).toBe(table);
  });

  test("an array is described by what reading needs to know", async () => {
    const stdout = await printed("a.zip:heights");
    expect(stdout.slice(stdout.indexOf("\n") + 1)).toBe(`/heights: array of Zarr format 3
data type   float32, fill value 0
shape       400 × 300 (y × x)
chunks      100 × 100, 12 in all
codecs      {"name":"bytes","configuration":{"endian":"little"}}
values      469 KiB
stored      469 KiB in 12 chunks, ratio 1.00
attributes:
  units: "m"
`);
  });

  test("--json is one object", async () => {
    const json = JSON.parse(await printed("info", "a.zip:more/counts", "--json"));
    expect(json).toMatchObject({
      ...{
        schemaVersion: 1,
        path: "more/counts",
        kind: "array",
        dtype: "int16",
        shape: [20],
        chunks: [5],
        shards: [10],
      },
      file: { kind: "zip", entries: 20, deadBytes: 0 },
    });
  });
});

test("tree draws groups and arrays", async () => {
  expect(await printed("tree", "a.zip")).toBe(`/
├── heights (400, 300) float32
└── more
    ├── counts (20) int16
    └── names (3) string
`);
  const lines = (await printed("tree", "a.zip", "--json"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ path, kind }) => [path, kind])).toEqual([
    ["", "group"],
    ["heights", "array"],
    ["more", "group"],
    ["more/counts", "array"],
    ["more/names", "array"],
  ]);
});

describe("ls", () => {
  test("lists the members of a group", async () => {
    expect(await printed("ls", "a.zip")).toBe(`name     type     shape
heights  float32  400 × 300
more/    group
`);
  });

  test("lists the chunks of an array, with what is stored of each", async () => {
    // Two inner chunks of 5 int16 and an index of 2 × 16 bytes, with its checksum of 4.
    expect(await printed("ls", "a.zip:more/counts")).toBe(`chunk  shape  stored  ratio  key
[0]    10         56   0.36  more/counts/c/0
[1]    10         56   0.36  more/counts/c/1
`);
  });

  test("lists keys below a path", async () => {
    expect(await printed("ls", "--keys", "a.zip:more/counts")).toMatch(
      /^ +\d+ {2}more\/counts\/zarr\.json\n +56 {2}more\/counts\/c\/0\n +56 {2}more\/counts\/c\/1\n$/,
    );
  });

  test("lists entries, those that are replaced, and dead bytes", async () => {
    const file = join(folder, "changed.zip");
    await writeSample(file);
    const store = await ZipStore.open(file, { mode: "r+" });
    await (await openArray(store, { path: "more/counts" })).set([0], 7);
    await store.close();
    const stdout = await printed("ls", "--zip", "changed.zip");
    expect(stdout).toMatch(/ +56 +56 {2}stored {2}[0-9a-f]{8} {2}more\/counts\/c\/0\n/);
    expect(stdout).toMatch(
      /\n20 entries, 0 of them replaced by later ones; 2 versions\n47\d KiB \([\d,]+\), of which [\d,]+ bytes are dead\n$/,
    );
    expect((await printed("versions", "changed.zip")).trim().split("\n").length).toBe(3);
    const { code, stderr } = await zarrzip(folder, "repack", "changed.zip");
    expect(code).toBe(0);
    expect(stderr).toMatch(/^zarrzip: changed\.zip: 47\d KiB before, 47\d KiB after, 20 entries\n$/);
    expect((await printed("versions", "changed.zip")).trim().split("\n").length).toBe(2);
    expect(await printed("repack", "--quiet", "changed.zip")).toBe("");
  });
});

describe("get", () => {
  test("prints what NumPy prints", async () => {
    expect(await printed("get", "a.zip:heights", "[1:3, ::100]")).toBe("[[ 75. 100. 125.]\n [150. 175. 200.]]\n");
    expect(await printed("get", "a.zip:heights", "[-1, -1]")).toBe("29999.75\n");
    expect(await printed("get", "a.zip:more/counts", "..., 3:6")).toBe("[ 9 16 25]\n");
    expect(await printed("get", "a.zip:more/names")).toBe('["a" "b,c" "d\\""]\n');
  });

  test("--json gives values in lists", async () => {
    const json = JSON.parse(await printed("get", "a.zip:heights", "[0, :2]", "--json"));
    expect(json).toEqual({ schemaVersion: 1, dtype: "float32", shape: [2], values: [0, 0.25] });
  });

  test("saves .npy, .csv, .json and .raw", async () => {
    for (const name of ["x.npy", "x.csv", "x.json", "x.raw"]) {
      expect(await zarrzip(folder, "get", "a.zip:more/counts", "[1:3]", "-o", name)).toEqual({
        ...{ code: 0, stdout: "", stderr: `zarrzip: ${name}: 2 elements saved\n` },
      });
    }
    const npy = readFileSync(join(folder, "x.npy"));
    // numpy.save of array([1, 4], dtype="<i2")
    const header = "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }";
    expect(npy.toString("latin1")).toBe(`\x93NUMPY\x01\x00\x76\x00${header.padEnd(117)}\n\x01\x00\x04\x00`);
    expect(readFileSync(join(folder, "x.csv"), "utf8")).toBe("1\n4\n");
    expect(readFileSync(join(folder, "x.json"), "utf8")).toBe("[1,4]\n");
    expect([...readFileSync(join(folder, "x.raw"))]).toEqual([1, 0, 4, 0]);
    const json = JSON.parse(await printed("get", "a.zip:more/names", "-o", "names.csv", "--json"));
    expect(json).toEqual({ schemaVersion: 1, output: "names.csv", shape: [3] });
    expect(readFileSync(join(folder, "names.csv"), "utf8")).toBe('a\n"b,c"\n"d"""\n');
  });

  test("replaces no file that it was not told to", async () => {
    writeFileSync(join(folder, "mine.csv"), "mine");
    const refused = await zarrzip(folder, "get", "a.zip:more/counts", "-o", "mine.csv");
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("mine.csv exists") });
    expect(readFileSync(join(folder, "mine.csv"), "utf8")).toBe("mine");
    await printed("get", "a.zip:more/counts", "[0]", "-o", "mine.csv", "--overwrite", "--quiet");
    expect(readFileSync(join(folder, "mine.csv"), "utf8")).toBe("0\n");
  });
});

describe("stats", () => {
  test("of an array", async () => {
    expect(await printed("stats", "a.zip:more/counts", "--bins", "2")).toBe(`count       20
NaN         0
fill value  1
min         0
max         361
mean        123.5
std         113.49471

 from     to  count
    0  180.5     14  ████████████████████████████████████████
180.5    361      6  █████████████████
`);
  });

  test("of durations in steps of ten units, in units", async () => {
    const store = await ZipStore.open(join(folder, "steps.zip"), { mode: "w" });
    await createArray(store, { zarrFormat: 2, shape: [2], dtype: "<m8[10ms]", data: [1n, -5n] });
    await store.close();
    const lines = (await printed("stats", "steps.zip")).split("\n");
    expect(lines.slice(3, 7)).toEqual(["min         -50", "max         10", "mean        -20", "std         30 ms"]);
  });

  test("of a selection, as JSON, with workers", async () => {
    const json = JSON.parse(
      await printed("stats", "a.zip:heights", "[0, :4]", "--json", "--workers", "1", "--bins", "1", "--range", "0,0.5"),
    );
    expect(json).toEqual({
      ...{ schemaVersion: 1, dtype: "float32", count: 4, nanCount: 0, fillCount: 1, min: 0, max: 0.75, mean: 0.375 },
      ...{ std: Math.sqrt(5) / 8, histogram: { edges: [0, 0.5], counts: [3] } },
    });
  });
});

describe("view", () => {
  test("draws two dimensions, as large as the terminal", async () => {
    const stdout = await printed("view", "a.zip:heights", "[:4, :10]");
    expect(stdout).toMatch(/^( {0,2}\.*:*-*=*\+*\**#*%*@*\n){2}0 {2}/);
    const lines = (await printed("view", "a.zip:heights", "--range", "0,29999.75")).split("\n");
    expect(lines.every((line) => line.length <= 80)).toBe(true);
    expect(lines.at(-3)).toMatch(/^@+$/);
    expect(lines.at(-2)).toBe("0  ..::-==++*##%%@ 29999.8");
    expect(await zarrzip(folder, "view", "a.zip:more/names")).toMatchObject({ code: 5 });
    expect(await zarrzip(folder, "view", "a.zip:more/counts")).toMatchObject({ code: 2 });
  });

  test("-o saves a PNG with all elements, as get does", async () => {
    await printed("view", "a.zip:heights", "-o", "v.png", "--range", "0,29999.75", "--quiet");
    const png = readFileSync(join(folder, "v.png"));
    // Signature, and IHDR with width 300, height 400, 8 bits, grey; its CRC-32 is that of Python's zlib.crc32.
    const header = "89504e470d0a1a0a0000000d494844520000012c000001900800000000";
    expect(png.subarray(0, 29).toString("hex")).toBe(header);
    const rows = inflateSync(png.subarray(png.indexOf("IDAT") + 4, png.length - 16));
    expect(rows.length).toBe(400 * 301);
    expect([rows[0], rows[1], rows[399 * 301 + 300], rows[200 * 301 + 1]]).toEqual([0, 0, 255, 128]);
    await printed("get", "a.zip:heights", "[0, :]", "-o", "row.json", "--quiet");
    expect((await zarrzip(folder, "get", "a.zip:heights", "[0]", "-o", "g.png")).code).toBe(2);
    await printed("get", "a.zip:heights", "[:2, :3]", "-o", "g.png", "--quiet");
    expect(readFileSync(join(folder, "g.png")).readUInt32BE(16)).toBe(3);
  });
});

test("get -o that is interrupted while its file is created leaves nothing of it", async () => {
  const target = temporaryFolder();
  const slowly = `import fs from "node:fs";
    const { open } = fs;
    fs.open = (path, flags, mode, done) => {
      if (!String(path).endsWith(".part")) return open(path, flags, mode, done);
      open(path, flags, mode, (...result) => {
        process.kill(process.pid, "SIGINT");
        setTimeout(done, 500, ...result); // the signal comes while the file is being made
      });
    };`;
  const preload = `data:text/javascript,${encodeURIComponent(slowly)}`;
  const words = ["--import", preload, programFile, "get", join(folder, "a.zip:heights"), "-o", join(target, "x.csv")];
  const program = spawn(process.execPath, words, { stdio: "ignore" });
  expect(await once(program, "exit")).toEqual([130, null]);
  expect(readdirSync(target)).toEqual([]);
});

test("completion by bash knows commands and options", async () => {
  writeFileSync(join(folder, "completion.sh"), await printed("completion", "bash"));
  const words = (typed: string, at: number) =>
    `COMP_WORDS=(zarrzip ${typed}); COMP_CWORD=${at}; _zarrzip; echo "\${COMPREPLY[@]}"`;
  writeFileSync(join(folder, "in two words"), "");
  const file = `COMP_WORDS=(zarrzip get in); COMP_CWORD=2; _zarrzip; printf "%s|" "\${COMPREPLY[@]}"`;
  const code = `source completion.sh; ${words("rep", 1)}; ${words("get --ov", 2)}; ${file}`;
  const { stdout } = await promisify(execFile)("bash", ["-c", code], { cwd: folder });
  expect(stdout).toBe("repack\n--overwrite\nin two words|");
  expect(await printed("completion", "fish")).toContain(
    "complete -c zarrzip -n __fish_use_subcommand -a convert -d 'write a file anew",
  );
  expect(await printed("completion", "zsh")).toMatch(/^#compdef zarrzip\n/);
});

describe("what is in the way of a result is told before any work is done", () => {
  test.each([
    [["get", "a.zip:heights", "-o", "a.zarr/x.npy/y.npy"], 3, "there is no folder a.zarr/x.npy"],
    [["view", "a.zip:heights", "-o", "folder.png", "--overwrite"], 2, "folder.png is a folder"],
    [["references", "a.zip", "-o", "folder.png", "--overwrite"], 2, "folder.png is a folder"],
    [["pack", "a.zarr", "-o", "folder.png", "--overwrite"], 2, "folder.png is a folder"],
    [["convert", "a.zip", "folder.zip", "--overwrite"], 2, "folder.zip is a folder"],
    [["convert", "a.zip", "folder.png", "--overwrite"], 2, "holds files, but none of zarr.json"],
    [["unpack", "a.zip", "-o", "file.zarr", "--overwrite"], 2, "file.zarr is a file"],
    [["convert", "a.zip", "folder.png", "--overwrite", "--resume"], 2, "holds files, but none of zarr.json"],
  ])("%j", async (words, expected, problem) => {
    for (const name of ["folder.png", "folder.zip"]) {
      mkdirSync(join(folder, name), { recursive: true });
      writeFileSync(join(folder, name, "mine"), "mine");
    }
    writeFileSync(join(folder, "file.zarr"), "mine");
    const before = readdirSync(folder);
    const { code, stderr } = await zarrzip(
      folder,
      ...words.map((word) => (word === "a.zip:heights" ? "none.zip" : word)),
    );
    expect({ code, stderr }).toEqual({ code: expected, stderr: expect.stringContaining(problem) });
    expect(readdirSync(folder)).toEqual(before);
    expect(readFileSync(join(folder, "folder.png", "mine"), "utf8")).toBe("mine");
  });
});

describe("errors", () => {
  test.each([
    [["nothere.zip"], 3, /^zarrzip: cannot open \S+nothere\.zip: no such file or folder \(ERR_NOT_FOUND\)\n$/],
    [["get", "a.zip:nothere"], 3, /no node at "nothere" .* its nodes are the root, "heights"/],
    [["get", "a.zip:heights", "[400]"], 2, /index 400 is out of bounds for dimension 0 of length 400/],
    [["get", "a.zip:heights", "[a]"], 2, /"a" in the selection "\[a\]" is neither an index nor a slice/],
    [["get", "a.zip:heights", "-o", "x.xyz"], 2, /expected one that ends in \.npy, \.csv, \.json, \.raw, \.png/],
    [["get", "a.zip:more/names", "-o", "x2.npy"], 5, /an \.npy file cannot hold the data type/],
    [["get", "a.zip:heights", "-o", "x.constructor"], 2, /expected one that ends in \.npy/],
    [["get", "a.zip:heights", "[0:0]", "-o", "x.png"], 2, /a picture of 0 × 300 elements has none/],
    [["view", "a.zip:heights", "--range", "9,0"], 2, /expected two bounds, the smaller one first/],
    [["view", "a.zip:heights", "--range", "9%,0%"], 2, /expected two bounds, the smaller one first/],
    [["toString", "a.zip"], 2, /^zarrzip: unknown command 'toString'/],
    [["stats", "a.zip:more/names"], 5, /elements of type string have no order/],
    [["stats", "a.zip:heights", "--bins", "x"], 2, /--bins is "x", expected a number from 1 on/],
    [["stats", "a.zip:heights", "--bins", "2", "--range", "1"], 2, /--range is "1", expected two numbers, as 0,100/],
    [["stats", "a.zip:heights", "--workers", "-1"], 2, /--workers/],
    [["ls", "--zip", "a.zarr"], 2, /a\.zarr is a folder/],
    [["inof", "a.zip"], 2, /^zarrzip: unknown command 'inof'\n\(Did you mean info\?\)\n$/],
    [["get", "--jsn", "a.zip"], 2, /^zarrzip: unknown option '--jsn'\n\(Did you mean --json\?\)\n$/],
    [["get"], 2, /^zarrzip: missing required argument 'array'\n$/],
  ])("%j", async (words, expected, message) => {
    const { code, stdout, stderr } = await zarrzip(folder, ...words);
    expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});
