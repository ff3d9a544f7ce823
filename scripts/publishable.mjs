// Whether the package may be published. Runs before `npm publish`; with --draft, as a part of `npm run check`, it looks only at what must
// be so at any time. docs/releasing.md has all steps.
import { readFileSync } from "node:fs";
import process from "node:process";
import { parser } from "keep-a-changelog";

const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const { repository, version } = JSON.parse(read("package.json"));
const release = parser(read("CHANGELOG.md")).releases.find((one) => one.version?.toString() === version);
const problems = [];
if (release === undefined) problems.push(`CHANGELOG.md has no heading for ${version}`);
if (!process.argv.includes("--draft")) {
  // The links of the README to docs/ work on a registry's page only where it knows the repository.
  if (repository === undefined) problems.push("package.json names no repository, which the links of the README need");
  if (release?.date === undefined) problems.push(`CHANGELOG.md gives no date for ${version}`);
}
for (const problem of problems) console.error(`publish: ${problem}`);
process.exit(problems.length === 0 ? 0 : 1);
