// docs/status.md names a test, or a reason, for each item of the specifications; here it is held to the tests, and to what is
// registered.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { smallFloats } from "../src/data-type/small-float.js";

const root = new URL("../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const page = read("docs/status.md");

/** Why an item may have no test. */
const reasons = ["no registry package", "deprecated in the registry", "not a Zarr array"];

/** The rows of all tables, without their heads. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.includes("| State |"))
  .map((line) => line.slice(2, -2).split(" | "));

const manifest = "test/fixtures/golden/manifest.json";

/** What a cell refers to: a file, and what stands in it. */
function evidenceOf(cell: string): { readonly file: string; readonly quote: string }[] {
  return [...cell.matchAll(/`([^`]+)` "([^"]+)"/g)].map(([, file, quote]) => ({
    file: file === "golden" ? manifest : file!,
    quote: quote!,
  }));
}

/** Whether the page has `name` as code, by itself. */
const isNamed = (name: string) => page.includes(`\`${name}\``);

test("each item has a state, and a test or one of the reasons", () => {
  expect(rows.length).toBeGreaterThan(100);
  for (const row of rows) {
    const [item, state, evidence] = row;
    expect(row.length, item).toBe(3);
    expect(state, item).not.toBe("");
    if (evidenceOf(evidence!).length === 0) expect(reasons, item).toContain(evidence);
  }
});

test("each file that is named exists, and has what is quoted", () => {
  const waiting: Record<string, string[]> = JSON.parse(read("test/fixtures/golden-waiting.json"));
  const unread = Object.values(waiting).flat();
  for (const { file, quote } of rows.flatMap(([, , cell]) => evidenceOf(cell!))) {
    expect(existsSync(new URL(file, root)), file).toBe(true);
    expect(read(file).includes(quote), `${file} has ${quote}`).toBe(true);
    // A golden file counts only if its values are compared.
    if (file === manifest) expect(unread, quote).not.toContain(quote);
    else expect(file).toMatch(/^test\/.*\.ts$/);
  }
});

test("every registered codec is on the page, by each of its names", async () => {
  const names: string[] = [];
  for (const file of readdirSync(new URL("src/codecs", root)).filter((name) => name.endsWith(".ts"))) {
    const exported: Record<string, unknown> = await import(new URL(`src/codecs/${file}`, root).href);
    for (const [name, entry] of Object.entries(exported)) {
      if (name.endsWith("Entry")) names.push(...(entry as { names: string[] }).names);
    }
  }
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter((name) => !isNamed(name))).toEqual([]);
});

test("every data type is on the page", () => {
  const map = read("src/data-type/data-type-map.ts");
  const known = [...map.matchAll(/^ {2}"?([\w.]+)"?: \{ data: /gm)].map(([, name]) => name!);
  const small = smallFloats.flatMap(({ name }) => [name, `complex_${name}`]);
  const aliases = ["complex_float16", "complex_float32", "complex_float64", "structured", "r8"];
  expect(known.length).toBeGreaterThan(25);
  expect([...known, ...small, ...aliases].filter((name) => !isNamed(name))).toEqual([]);
});
