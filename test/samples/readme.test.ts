// What README.md shows is what happens: its programs run in one folder, in their order, twice in a row, and print what the text
// below each says; its pictures are drawn from the recorded figures.
import { expect, test } from "vitest";
import { programsOf, readPage, runPrograms } from "./programs.js";

const drawing = new URL("../../bench/pictures.mjs", import.meta.url).href;
const { pictures }: { pictures: Record<string, string> } = await import(drawing);
const readme = await readPage("README.md");

test("readme: its programs print what is shown, twice in a row", async () => {
  const programs = programsOf(readme);
  expect(programs.length).toBeGreaterThan(2);
  await runPrograms(programs, 2);
});

test("readme: it has no other code than what is tested", () => {
  const kinds = [...readme.matchAll(/^```(\w*)$/gm)].map(([, kind]) => kind).filter((kind) => kind !== "");
  expect(new Set(kinds)).toEqual(new Set(["js", "text", "sh"]));
  const commands = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, text]) => text!.trim().split("\n"));
  expect(commands.map((line) => line.replace(/ +#.*/, ""))).toEqual(["npm install zarrzip", "npm start", "npm test"]);
});

test("readme: it fits on 150 lines", () => {
  expect(readme.split("\n").length).toBeLessThanOrEqual(151);
});

test.each(Object.entries(pictures))("readme: %s is what the recorded figures give", async (name, picture) => {
  expect(await readPage(`docs/pictures/${name}`)).toBe(picture);
});
