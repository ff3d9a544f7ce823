// Reads every file of the corpus in Chromium, as several bundlers put a page together, and compares all of it with what Node reads; then
// has pools of workers read, write and fail there, with and without shared memory, and compares that with pools of Node. Where there is no
// Chromium it says so, and ends well. `--keep` leaves the bundles in .cache/browser; the names of pages leave out the others.
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { WorkerPool } from "zarrzip/pool";
import { startChromium } from "../test/browser/chromium.mjs";
import * as pages from "../test/browser/pages.mjs";
import { writeCorrupt, writePoolFile } from "../test/browser/pool-files.mjs";
import { failures as failuresOf, readByPool, writeByPool } from "../test/browser/read-by-pool.mjs";
import { readEverything } from "../test/browser/read-everything.mjs";
import { isolation, serveFolder } from "../test/browser/serve-folder.mjs";

const { root, built } = pages;
const corpus = "test/fixtures/golden";
const deadlyTask = "test/browser/deadly-task.mjs";

let failed = 0;
mkdirSync(built, { recursive: true });
const plain = await serveFolder(root);
const isolated = await serveFolder(root, isolation);
const poolUrls = {
  file: `${plain.origin}/.cache/browser/pool.zip`,
  corrupt: `${plain.origin}/.cache/browser/corrupt.zip`,
};
const browser = await startChromium("browser");
const endings = [() => browser.close(), () => plain.server.close(), () => isolated.server.close()];

/** Pages by what has made them. */
const makers = {
  modules: () => pages.modules(),
  "modules of another origin": () => pages.modules(isolated.origin),
  esbuild: pages.withEsbuild,
  rolldown: pages.withRolldown,
  webpack: pages.withWebpack,
  "vite build": pages.withVite,
  "vite dev": () => pages.viteDev(endings),
  "vite dev, isolated": () => pages.viteDevIsolated(endings),
};

try {
  const expected = { everything: await expectedOfCorpus(), pool: await expectedOfPool() };
  const chosen = process.argv.slice(2).filter((option) => !option.startsWith("--"));
  for (const [name, make] of Object.entries(makers)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    const place = await make();
    if (place.startsWith("http")) await compare(name, place, expected);
    else {
      await compare(name, plain.origin + place, expected);
      await compare(`${name}, isolated`, isolated.origin + place, expected);
    }
  }
} finally {
  for (const end of endings) await end();
  if (!process.argv.includes("--keep")) rmSync(built, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;

async function expectedOfCorpus() {
  const files = readdirSync(join(root, corpus)).filter((name) => name.endsWith(".zip"));
  const read = async (name) => asJson(await readEverything(readFileSync(join(root, corpus, name))));
  return Object.fromEntries(await Promise.all(files.map(async (name) => [name, await read(name)])));
}

/** What Node reads without a pool, and how its pools fail, of a file and of its URL. Of a URL, and of a page's file, a window reads no more than it needs. */
async function expectedOfPool() {
  const files = ["pool.zip", "corrupt.zip"].map((name) => join(built, name));
  await writePoolFile(files[0]);
  await writeCorrupt(...files);
  const of = async ([file, corrupt]) => {
    const pool = new WorkerPool({ workers: 2 });
    try {
      const failed = await failuresOf(file, pool, pathToFileURL(join(root, deadlyTask)));
      const [found, broken] = [await readByPool(file), await readByPool(corrupt, pool)];
      return asJson({ found, broken, written: await writeByPool(), failed, isStarted: true });
    } finally {
      await pool.close();
    }
  };
  const local = await of(files);
  const far = await of([poolUrls.file, poolUrls.corrupt]);
  return { bytes: local, file: far, url: far };
}

async function compare(name, address, { everything, pool }) {
  const page = await browser.newPage();
  page.on("pageerror", (error) => fail(`${name}: ${error.message}`));
  await page.goto(address, { waitUntil: "load" });
  await page.waitForFunction(() => globalThis.kinds !== undefined, undefined, { timeout: 60_000 });
  const files = Object.keys(everything);
  const isIsolated = await page.evaluate(() => globalThis.crossOriginIsolated);
  if (isIsolated !== name.includes("isolated")) fail(`${name}: isolated is ${isIsolated}`);
  for (const kind of await page.evaluate(() => globalThis.kinds)) {
    if (!isIsolated) {
      const read = ([kind, urls]) => Promise.all(urls.map((url) => globalThis.readAs(kind, url)));
      const outcomes = await page.evaluate(read, [kind, files.map((file) => `${plain.origin}/${corpus}/${file}`)]);
      for (const [i, outcome] of outcomes.entries())
        compareOne(`${name}, ${kind}: ${files[i]}`, outcome, everything[files[i]]);
      console.log(`browser: ${name}, ${kind}: ${files.length} files compared`);
    }
    const isPlain = name === "modules" || name === "modules, isolated";
    const given = {
      ...poolUrls,
      ...(isPlain && { deadlyTask: `${new URL(address).origin}/${deadlyTask}` }),
    };
    const outcome = await page.evaluate(([kind, given]) => globalThis.poolAs(kind, given), [kind, given]);
    const { deaths, ...others } = pool[kind].failed;
    compareOne(`${name}, ${kind}: pool`, outcome, { ...pool[kind], ...(!isPlain && { failed: others }) });
    console.log(`browser: ${name}, ${kind}: pool compared`);
  }
  if (name === "modules") {
    const saved = await page.evaluate((url) => globalThis.savedAs(url), poolUrls.file);
    compareOne(
      `${name}: saved to the page's own file system`,
      saved,
      asJson(await readEverything(join(built, "pool.zip"))),
    );
    const failure = await page.evaluate((url) => globalThis.poolOfOthers(url), poolUrls.file);
    if (!/^ERR_WORKER: .*did not say within 30 s/.test(failure)) fail(`a pool of other workers gives ${failure}`);
  }
  await page.close();
}

function compareOne(what, outcome, expected) {
  if (isDeepStrictEqual(outcome, expected)) return;
  fail(`${what} gives ${JSON.stringify(outcome)}, expected ${JSON.stringify(expected)}`);
}

function asJson(value) {
  return JSON.parse(JSON.stringify(value));
}

function fail(problem) {
  failed++;
  console.error(`browser: ${problem.slice(0, 4000)}`);
}
