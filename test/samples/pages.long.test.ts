// What the pages of docs/ show is what happens: the programs of each run in one folder, in their order, twice in a row, and print
// what the text below each says; those in TypeScript compile.
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { programsOf, readPage, root, runPrograms } from "./programs.js";

/** Its recipe has a place to fill in: test/process/unflushed.long.test.ts fills it in, and interrupts it. */
const tested = "interrupting.md";

const names = (await readdir(join(root, "docs"))).filter((name) => name.endsWith(".md") && name !== tested);
const pages = await Promise.all(names.map(async (name) => ({ name, text: await readPage(`docs/${name}`) })));

describe("pages: the programs print what is shown, twice in a row", () => {
  for (const { name, text } of pages) {
    const programs = programsOf(text);
    if (programs.length > 0) test(name, () => runPrograms(programs, 2));
  }
});

/** Programs of samples/cookbook that the cookbook names, each with what it prints. */
const recipes = [
  ...pages
    .find(({ name }) => name === "cookbook.md")!
    .text.matchAll(/^\[(samples\/cookbook\/[^\]]*)\][^\n]*\n\n```text\n(.*?)^```$/gms),
].map(([, file, output]) => ({ file: file!, output: output! }));

describe("cookbook: the programs print what is shown, twice in a row", () => {
  for (const { file, output } of recipes) {
    test(file, () => runPrograms([{ name: join(root, file), output }], 2));
  }
});

test("cookbook: it has every program of samples/cookbook", async () => {
  const files = (await readdir(join(root, "samples/cookbook"))).map((name) => `samples/cookbook/${name}`);
  expect(recipes.map(({ file }) => file).sort()).toEqual(files.sort());
});

test("pages: no other code than what is tested", () => {
  for (const { name, text } of pages) {
    const kinds = [...text.matchAll(/^```(\w*)$/gm)].map(([, kind]) => kind).filter((kind) => kind !== "");
    expect(["js", "text", "sh", "ts", "json"], name).toEqual(expect.arrayContaining([...new Set(kinds)]));
  }
});

test("pages: programs in TypeScript compile", async () => {
  const folder = await mkdtemp(join(tmpdir(), "zarrzip-page-"));
  try {
    await mkdir(join(folder, "node_modules"));
    await symlink(root, join(folder, "node_modules", "zarrzip"), "junction");
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    const files: string[] = [];
    for (const [, name, code] of pages.flatMap(({ text }) => [
      ...text.matchAll(/^```ts\n\/\/ ([\w-]+\.ts)\n(.*?)^```$/gms),
    ])) {
      files.push(join(folder, name!));
      await writeFile(files.at(-1)!, code!);
    }
    expect(files.length).toBeGreaterThan(0);
    const options: ts.CompilerOptions = {
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      strict: true,
      noEmit: true,
      types: [],
      lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
    };
    const program = ts.createProgram(files, options);
    expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
