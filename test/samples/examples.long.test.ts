// The examples in docstrings: every exported function and class has one, and each prints what its comments say.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import * as zarrzip from "../../src/index.js";
import * as pool from "../../src/pool/index.js";
import * as testing from "../../src/testing/index.js";
import { root } from "./programs.js";

const run = promisify(execFile);

interface Example {
  readonly name: string;
  readonly code: string;
}

/** A docstring with an example, and what is exported behind it. */
const documented =
  /\/\*\*((?:(?!\*\/)[\s\S])*?@example(?:(?!\*\/)[\s\S])*)\*\/\s*export (?:async )?(?:function|class) (\w+)/g;

async function findExamples(): Promise<Example[]> {
  const files = (await readdir(join(root, "src"), { recursive: true })).filter((file) => file.endsWith(".ts"));
  const texts = await Promise.all(files.map((file) => readFile(join(root, "src", file), "utf8")));
  return texts.flatMap((text) =>
    [...text.matchAll(documented)].map(([, docstring, name]) => {
      const plain = docstring!.replace(/^ \* ?/gm, "");
      return { name: name!, code: /^```js\n([\s\S]*?)^```$/m.exec(plain)?.[1] ?? "" };
    }),
  );
}

/** What the comments behind `console.log()` say: several lines as "1, then 2". */
function announced(code: string): string[] {
  return [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].flatMap(([, text]) => text!.split(", then "));
}

const examples = await findExamples();

test("examples: every exported function and class has one", () => {
  const exported = [zarrzip, pool, testing].flatMap((entry) =>
    Object.entries(entry).flatMap(([name, value]) => (typeof value === "function" ? [name] : [])),
  );
  expect(examples.map(({ name }) => name).sort()).toEqual(exported.sort());
});

describe.each(examples)("the example of $name", ({ code }) => {
  test("prints what its comments say", async () => {
    const folder = await mkdtemp(join(tmpdir(), "zarrzip-example-"));
    try {
      await mkdir(join(folder, "node_modules"));
      await symlink(root, join(folder, "node_modules", "zarrzip"), "junction");
      await writeFile(join(folder, "example.mjs"), code);
      const isTest = code.includes('"node:test"');
      const { stdout, stderr } = await run(process.execPath, ["example.mjs"], { cwd: folder });
      if (isTest) expect(stdout).toMatch(/^# pass [1-9]|^ℹ pass [1-9]/m);
      else expect(stdout.trimEnd().split("\n")).toEqual(announced(code));
      expect(stderr).toBe("");
      expect(isTest || announced(code).length > 0).toBe(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
