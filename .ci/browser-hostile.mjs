// Reads every file of test/hostile in Chromium, from bytes and from its URL: each must end in the error, or give the values, that it does in
// Node. Where there is no Chromium it says so, and ends well.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { isDeepStrictEqual } from "node:util";
import { startChromium } from "../test/browser/chromium.mjs";
import { built, modules, root } from "../test/browser/pages.mjs";
import { serveFolder } from "../test/browser/serve-folder.mjs";

/** A page answers for one file in this time, however busy the machine is. */
const hangsMs = 120_000;

mkdirSync(built, { recursive: true });
const browser = await startChromium("browser-hostile");
const { origin, server } = await serveFolder(root);
let failed = 0;
try {
  const folder = join(built, "hostile");
  keepFiles(folder);
  const cases = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
  if (cases.length === 0) throw new Error("test/hostile has kept no files");
  const page = await browser.newPage();
  await page.goto(origin + (await modules()), { waitUntil: "load" });
  await page.waitForFunction(() => globalThis.valuesAs !== undefined);
  for (const { name, file, expected } of cases) {
    for (const kind of ["bytes", "url"]) {
      const found = await page.evaluate(read, [kind, `${origin}/.cache/browser/hostile/${file}`, hangsMs]);
      if (!isDeepStrictEqual(found, expected))
        fail(`${name}, ${kind}: gives ${show(found)}, expected ${show(expected)}`);
    }
  }
  console.log(
    `browser-hostile: ${cases.length} files read from bytes and from URLs, ${failed} outcomes unlike those of Node`,
  );
} finally {
  await browser.close();
  server.close();
  rmSync(built, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;

/** Runs in the page. */
async function read([kind, url, hangsMs]) {
  const late = new Promise((resolve) => setTimeout(resolve, hangsMs, "nothing, and does not end"));
  return await Promise.race([globalThis.valuesAs(kind, url), late]);
}

/** Has the tests write their files in place of reading them. */
function keepFiles(folder) {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const env = { ...process.env, ZARRZIP_HOSTILE_FOLDER: folder };
  const run = [vitest, "run", "--mode", "all", "--reporter=dot", "test/hostile"];
  const { status, stdout, stderr } = spawnSync(process.execPath, run, { cwd: root, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`the files could not be written: ${stdout}\n${stderr}`);
}

function show(outcome) {
  return JSON.stringify(outcome)?.slice(0, 300);
}

function fail(problem) {
  failed++;
  console.error(`browser-hostile: ${problem}`);
}
