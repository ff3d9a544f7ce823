// Programs that a page shows: each block of JavaScript begins with its file's name, and the text block that follows is what it prints.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "vitest";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

export interface Program {
  /** Name of its file in the folder where it runs, or path of one that is elsewhere. */
  readonly name: string;
  /** What is in that file; left out for one that is elsewhere. */
  readonly code?: string;
  /** Whether another program starts it: then what it prints belongs to the other one. */
  readonly isStarted?: boolean;
  /** What it prints; nothing where no text follows. */
  output: string;
}

export async function readPage(path: string): Promise<string> {
  return await readFile(join(root, path), "utf8");
}

export function programsOf(markdown: string): Program[] {
  const blocks = [...markdown.matchAll(/^```(js|text)\n(.*?)^```$/gms)].map(([, kind, text]) => ({
    kind,
    text: text!,
  }));
  const programs: Program[] = [];
  for (const { kind, text } of blocks) {
    if (kind === "text") {
      const last = programs.findLast(({ isStarted }) => !isStarted);
      if (last !== undefined) last.output = text;
      continue;
    }
    const name = /^\/\/ ([\w-]+\.mjs)\n/.exec(text)?.[1];
    if (name === undefined) throw new Error(`a program without its file name in the first line:\n${text}`);
    const isStarted = blocks.some((other) => other.text.includes(`"./${name}"`));
    programs.push({ name, code: text, isStarted, output: "" });
  }
  return programs;
}

/** Runs the programs of a page in one folder, in their order, as often as `times` says; each prints what is shown, every time. */
export async function runPrograms(programs: readonly Program[], times: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "zarrzip-page-"));
  try {
    await mkdir(join(folder, "node_modules"));
    await symlink(root, join(folder, "node_modules", "zarrzip"), "junction");
    for (const { name, code } of programs) if (code !== undefined) await writeFile(join(folder, name), code);
    for (let time = 0; time < times; time++) {
      for (const { name, output } of programs.filter(({ isStarted }) => !isStarted)) {
        const { stdout, stderr } = await run(process.execPath, [name], { cwd: folder });
        expect({ name, stdout, stderr }).toEqual({ name, stdout: output, stderr: "" });
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
