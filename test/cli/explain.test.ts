import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { explain, rewordings } from "../../src/cli/explain.js";
import { ZarrError } from "../../src/index.js";

const sources = fileURLToPath(new URL("../../src/", import.meta.url));

test("what is reworded for the command line is what the library says", () => {
  const files = readdirSync(sources, { recursive: true, encoding: "utf8" });
  const texts = files
    .filter((name) => name.endsWith(".ts") && !name.startsWith("cli"))
    .map((name) => join(sources, name));
  const all = texts.map((file) => readFileSync(file, "utf8"));
  for (const [told] of rewordings) expect([told, all.some((text) => text.includes(told))]).toEqual([told, true]);
});

test("no command is advised that was just given", () => {
  const error = new ZarrError("ERR_CHECKSUM", "x is damaged", { file: "a.zip" });
  expect(explain(error, ["get", "a.zip"])).toBe(
    "zarrzip: x is damaged (ERR_CHECKSUM)\nzarrzip: zarrzip verify --data a.zip lists everything that is wrong with it\n",
  );
  expect(explain(error, ["verify", "a.zip"])).toBe("zarrzip: x is damaged (ERR_CHECKSUM)\n");
});
