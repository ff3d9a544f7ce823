// node count-tests.mjs <report of vitest's json reporter> <exit code of vitest>
// Prints "<passed> <failed> <skipped>" to stdout; the names of failed and of skipped tests go to stderr. A run that left no report,
// or that failed without a failed test (an unhandled rejection, a file that could not be loaded), counts as one failure.
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";

const [report, exitCode] = process.argv.slice(2);
const files = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")).testResults : [];
const tests = files.flatMap((file) => file.assertionResults);
const passed = tests.filter((test) => test.status === "passed");
const failed = tests.filter((test) => test.status === "failed").map((test) => test.fullName);
const skipped = tests.filter((test) => test.status !== "passed" && test.status !== "failed");

for (const file of files) {
  if (file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"))
    failed.push(`${file.name}: ${file.message}`);
}
if (failed.length === 0 && (exitCode !== "0" || tests.length === 0))
  failed.push(`the run as a whole, exit code ${exitCode}`);

for (const name of failed) console.error(`failed: ${name}`);
for (const test of skipped) console.error(`skipped: ${test.fullName}`);
console.log(passed.length, failed.length, skipped.length);
