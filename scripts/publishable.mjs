// Refuses to publish a package whose README would have dead links: those to docs/ work on a registry's page only where it knows the
// repository. Runs before `npm publish`; docs/releasing.md has all steps.
import { readFileSync } from "node:fs";
import process from "node:process";

const { repository, version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const changes = readFileSync(new URL("../CHANGELOG.md", import.meta.url), "utf8");
const problems = [];
if (repository === undefined) problems.push("package.json names no repository, which the links of the README need");
if (!new RegExp(`^## \\[${version.replaceAll(".", "\\.")}\\] - \\d{4}-\\d\\d-\\d\\d$`, "m").test(changes)) {
  problems.push(`CHANGELOG.md has no dated heading for ${version}`);
}
for (const problem of problems) console.error(`publish: ${problem}`);
process.exit(problems.length === 0 ? 0 : 1);
