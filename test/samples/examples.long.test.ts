// The examples in docstrings print what their comments say. (`npm run docs` finds what has none.)
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as zarrzip from "../../src/index.js";
import * as pool from "../../src/pool/index.js";
import { root } from "./programs.js";

const run = promisify(execFile);

interface Example {
  /** Function, class, or class and method. */
  readonly name: string;
  readonly code: string;
}

const classes: Readonly<Record<string, unknown>> = { ...zarrzip, ...pool };

/** The classes whose methods have the docstrings of an interface, or of the class that they extend. */
const classesOf: Readonly<Record<string, readonly string[]>> = {
  DescribedArray: ["ZarrArray"],
  StoreValues: ["MemoryStore", "DirectoryStore", "ZipStore"],
  Store: ["MemoryStore", "DirectoryStore", "ZipStore"],
};

/** Those that are tests themselves: each is run by itself. */
const isTest = ({ code }: Example) => code.includes('"node:test"');

async function findExamples(): Promise<Example[]> {
  const files = (await readdir(join(root, "src"), { recursive: true })).filter((file) => file.endsWith(".ts"));
  const found: Example[] = [];
  for (const file of files) {
    const text = await readFile(join(root, "src", file), "utf8");
    if (!text.includes("@example")) continue;
    const add = (node: ts.Node, name: string) => {
      const docstring = ts.getJSDocCommentsAndTags(node).at(-1)?.getText() ?? "";
      const [, example] = docstring.split(/^ *\* @example\n/m);
      if (example !== undefined) found.push({ name, code: codeOf(example) });
    };
    for (const node of ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true).statements) {
      if (ts.isFunctionDeclaration(node)) add(node, node.name!.text);
      if (!ts.isClassDeclaration(node) && !ts.isInterfaceDeclaration(node)) continue;
      const owner = node.name!.text;
      add(node, owner);
      for (const member of node.members) if (member.name) add(member, `${owner}.${member.name.getText()}`);
    }
  }
  return found;
}

/** The lines of an example, with or without fences. */
function codeOf(example: string): string {
  const lines = example.split("\n").map((line) => line.replace(/^ *\*(?: |\/?$)/, ""));
  return lines
    .filter((line) => !line.startsWith("```"))
    .join("\n")
    .trim();
}

/**
 * The whole program that an example belongs to: that of a method goes on from the one of the class, before what this closes at
 * its end. One of an interface belongs to a program for each class that has the method.
 */
function programsOf(example: Example, examples: readonly Example[]): Example[] {
  const { name, code } = example;
  const [documented, method] = name.split(".");
  if (method === undefined || /^import .* from "zarrzip/m.test(code)) return [example];
  const owners = classesOf[documented!] ?? [documented!];
  return owners
    .filter((owner) => {
      const made = classes[owner] as { readonly prototype: object };
      return method in made || method in made.prototype;
    })
    .map((owner) => {
      const { code: beginning } = examples.find((other) => other.name === owner)!;
      const [, opening, closing] = /^([\s\S]*?)((?:\nawait \w+\.close\(\);)*)$/.exec(beginning)!;
      return {
        name: name === `${owner}.${method}` ? name : `${name} of ${owner}`,
        code: `${opening}\n${code}${closing}`,
      };
    });
}

/** What the comments say: behind `console.log()`, several lines as "1, then 2", or in the lines below it. */
function announced(code: string): string[] {
  const printing = /console\.log\(.*\);(?: \/\/ (.*)|\n((?:\/\/ .*\n?)+))$/gm;
  return [...code.matchAll(printing)].flatMap(([, beside, below]) =>
    beside === undefined
      ? below!
          .trimEnd()
          .split("\n")
          .map((line) => line.slice(3))
      : beside.split(", then "),
  );
}

/** Runs programs one after the other, each in a folder of its own, and tells what each has printed. */
const runner = `
import { writeFile } from "node:fs/promises";
import { format } from "node:util";

const root = process.cwd();
const printed = [];
for (let i = 0; i < Number(process.argv[2]); i++) {
  const lines = [];
  console.log = (...values) => lines.push(...format(...values).split("\\n"));
  process.chdir(root + "/" + i);
  await import("./" + i + "/example.mjs").catch((error) => lines.push(error.stack));
  printed.push(lines);
}
await writeFile(root + "/printed.json", JSON.stringify(printed));
`;

const examples = await findExamples();
const programs = examples.filter((example) => !isTest(example)).flatMap((example) => programsOf(example, examples));

describe("examples: what they print is what their comments say", () => {
  let folder = "";
  let printed: string[][] = [];
  let stderr = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "zarrzip-examples-"));
    await mkdir(join(folder, "node_modules"));
    await symlink(root, join(folder, "node_modules", "zarrzip"), "junction");
    for (const [i, { code }] of programs.entries()) {
      await mkdir(join(folder, String(i)));
      await writeFile(join(folder, String(i), "example.mjs"), code);
    }
    await writeFile(join(folder, "run.mjs"), runner);
    ({ stderr } = await run(process.execPath, ["run.mjs", String(programs.length)], { cwd: folder }));
    printed = JSON.parse(await readFile(join(folder, "printed.json"), "utf8"));
  }, 60_000);

  afterAll(() => rm(folder, { recursive: true }));

  test.each(programs.map(({ name }, i) => ({ name, i })))("$name", ({ i }) => {
    const lines = announced(programs[i]!.code);
    expect(printed[i]).toEqual(lines);
    expect(lines.length).toBeGreaterThan(0);
  });

  test("no warning is printed", () => {
    expect(stderr).toBe("");
  });
});

describe("examples: those that are tests pass", () => {
  test.each(examples.filter(isTest))("$name", async ({ code }) => {
    const folder = await mkdtemp(join(tmpdir(), "zarrzip-example-"));
    try {
      await mkdir(join(folder, "node_modules"));
      await symlink(root, join(folder, "node_modules", "zarrzip"), "junction");
      await writeFile(join(folder, "example.mjs"), code);
      const { stdout, stderr } = await run(process.execPath, ["example.mjs"], { cwd: folder });
      expect(stdout).toMatch(/^# pass [1-9]|^ℹ pass [1-9]/m);
      expect(stderr).toBe("");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
