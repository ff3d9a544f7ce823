// What README.md shows is what happens: its programs run in one folder, in their order, and print what the text below each
// says; its lists of types, codecs and error codes are those of the package.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireCodec } from "../../src/codecs/registry.js";
import { createArray, MemoryStore } from "../../src/index.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = await readFile(join(root, "README.md"), "utf8");
const run = promisify(execFile);

interface Program {
  readonly name: string;
  readonly code: string;
  /** Whether another program starts it: then what it prints belongs to the other one. */
  readonly isStarted: boolean;
  /** What it prints; nothing where no text follows. */
  output: string;
}

function programsOf(markdown: string): Program[] {
  const blocks = [...markdown.matchAll(/^```(js|text)\n(.*?)^```$/gms)].map(([, kind, text]) => ({
    kind,
    text: text!,
  }));
  const programs: Program[] = [];
  for (const { kind, text } of blocks) {
    if (kind === "text") {
      programs.findLast(({ isStarted }) => !isStarted)!.output = text;
      continue;
    }
    const name = /^\/\/ ([\w-]+\.mjs)\n/.exec(text)?.[1];
    if (name === undefined) throw new Error(`a program without its file name in the first line:\n${text}`);
    const isStarted = blocks.some((other) => other.text.includes(`"./${name}"`));
    programs.push({ name, code: text, isStarted, output: "" });
  }
  return programs;
}

const programs = programsOf(readme);

describe("readme: programs", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "zarrzip-readme-"));
    await mkdir(join(folder, "node_modules"));
    await symlink(root, join(folder, "node_modules", "zarrzip"), "junction");
    for (const { name, code } of programs) await writeFile(join(folder, name), code);
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("there are some, and each has its own name", () => {
    expect(programs.length).toBeGreaterThan(4);
    expect(new Set(programs.map(({ name }) => name)).size).toBe(programs.length);
  });

  for (const program of programs.filter(({ isStarted }) => !isStarted)) {
    test(`${program.name} prints what is shown`, async () => {
      const { stdout, stderr } = await run(process.execPath, [program.name], { cwd: folder });
      expect(stderr).toBe("");
      expect(stdout).toBe(program.output);
    });
  }
});

/** The names in backticks of the table row that begins with `head`. */
function namesInRow(head: string): string[] {
  const row = readme.split("\n").find((line) => line.startsWith(`| ${head} |`));
  return [...(row ?? "").split("|")[2]!.matchAll(/`([\w.-]+)`/g)].map(([, name]) => name!);
}

describe("readme: what this version reads and writes", () => {
  test.each(namesInRow("Data types"))("data type %s", async (dtype) => {
    for (const zarrFormat of [2, 3] as const) {
      const array = await createArray(new MemoryStore(), { zarrFormat, shape: [2], dtype, compressors: null });
      await expect(array.get()).resolves.toMatchObject({ shape: [2] });
    }
  });

  test.each([...namesInRow("Data types with a size or unit"), "datetime64[ns]", "timedelta64[10us]"])(
    "data type %s",
    async (dtype) => {
      for (const zarrFormat of [2, 3] as const) {
        const array = await createArray(new MemoryStore(), { zarrFormat, shape: [2], dtype });
        await expect(array.get()).resolves.toMatchObject({ shape: [2] });
      }
    },
  );

  test.each(namesInRow("Data types of v3 only"))("data type %s", async (dtype) => {
    const array = await createArray(new MemoryStore(), { shape: [2], dtype });
    await expect(array.get()).resolves.toMatchObject({ shape: [2] });
  });

  test.each(namesInRow("Codecs"))("codec %s", async (name) => {
    const bytes = { name: "bytes", configuration: { endian: "little" } };
    const transpose = { name, configuration: { order: [1, 0] } };
    const codecs = name === "bytes" ? [bytes] : name === "transpose" ? [transpose, bytes] : [bytes, name];
    const data = Int32Array.of(1, 2, 3, 4, 5, 6);
    const array = await createArray(new MemoryStore(), { shape: [2, 3], dtype: "int32", codecs, data });
    await expect(array.get()).resolves.toMatchObject({ data });
  });
});

describe("readme: further codecs", () => {
  test.each([
    ["Codecs on arrays", "array-to-array"],
    ["Codecs to bytes", "array-to-bytes"],
    ["Codecs on bytes", "bytes-to-bytes"],
  ])("%s are of this kind", (head, kind) => {
    const names = namesInRow(head);
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(requireCodec(name).kind, name).toBe(kind);
  });

  test.each(namesInRow("Codecs on bytes"))("codec %s needs no configuration", async (name) => {
    const bytes = { name: "bytes", configuration: { endian: "little" } };
    const data = Int32Array.of(1, 2, 3, 4, 5, 6);
    const array = await createArray(new MemoryStore(), { shape: [6], dtype: "int32", codecs: [bytes, name], data });
    await expect(array.get()).resolves.toMatchObject({ data });
    expect(requireCodec(`numcodecs.${name}`)).toBe(requireCodec(name));
  });
});

test("readme: the error codes are those of errors.ts", async () => {
  const source = await readFile(join(root, "src", "errors.ts"), "utf8");
  const codesIn = (text: string) => [...new Set(text.match(/\bERR_[A-Z_]+/g))].sort();
  const table = readme.split("\n").filter((line) => line.startsWith("| `ERR_"));
  expect(codesIn(table.join("\n"))).toEqual(codesIn(source));
});
