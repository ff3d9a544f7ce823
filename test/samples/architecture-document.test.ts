// ARCHITECTURE.md names what is there: every file of src/, no file that is not, and functions that exist.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const text = readFileSync(new URL("ARCHITECTURE.md", root), "utf8");
const paths = (readdirSync(fileURLToPath(new URL("src/", root)), { recursive: true }) as string[])
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts"));
const namesOf = (list: readonly string[]) => list.map((path) => path.slice(path.lastIndexOf("/") + 1)).sort();

/** What stands in backticks and looks like `pattern`. */
function quoted(pattern: RegExp): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, code]) => code!.match(pattern)?.[1] ?? []);
}

test("architecture: every file of src/ has its line, in its folder's table", () => {
  const listed = text.slice(text.indexOf("## The files"), text.indexOf("## The walk"));
  const sections = listed.split(/^(?=\*\*)/m);
  const folders = sections.map((section) => /^\*\*([\w/-]+)\/\*\*/.exec(section)?.[1] ?? "");
  // What has no table of its own is in that of the folder above.
  const folderOf = (path: string): string => {
    const above = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    return above === "" || folders.includes(above) ? above : folderOf(above);
  };
  for (const [i, section] of sections.entries()) {
    const folder = folders[i]!;
    const found = [...section.matchAll(/`([\w-]+\.ts)`/g)].map(([, name]) => name!).sort();
    expect(found, folder).toEqual(namesOf(paths.filter((path) => folderOf(path) === folder)));
  }
});

test("architecture: every file and function that is named exists", () => {
  const source = paths.map((path) => readFileSync(new URL(`src/${path}`, root), "utf8")).join("\n");
  const files = quoted(/^((?:[\w-]+\/)*[\w-]+\.ts)$/).filter((name) => !name.startsWith("test/"));
  expect(files.filter((name) => !paths.some((path) => `/${path}`.endsWith(`/${name}`)))).toEqual([]);
  const functions = quoted(/^(?:\w+\.)?(\w+)\(/);
  expect(functions.length).toBeGreaterThan(15);
  expect(functions.filter((name) => !new RegExp(`\\b${name}\\b ?[(<]`).test(source))).toEqual([]);
});
