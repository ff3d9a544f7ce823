// Reads every file of the corpus in Chromium, as several bundlers put a page together, and compares all of it with what Node reads. Where
// there is no Chromium it says so, and ends well. `--keep` leaves the bundles in .cache/browser.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, extname, join, normalize } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import * as esbuild from "esbuild";
import { chromium } from "playwright-core";
import { rolldown } from "rolldown";
import * as vite from "vite";
import { readEverything } from "../test/browser/read-everything.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const built = join(root, ".cache", "browser");
const entry = join(root, "test", "browser", "page.mjs");
const corpus = "test/fixtures/golden";

const names = ["chromium", "chromium-browser", "google-chrome"];
const found = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
const executablePath = process.env.CHROMIUM ?? found.find((path) => existsSync(path));
if (executablePath === undefined) {
  console.log("browser: NOT tried, as there is no Chromium (on Debian: apt-get install chromium)");
  process.exit(0);
}

/** Pages by what has made them: each gives the address of one that has `readAs`. */
const pages = { modules, esbuild: withEsbuild, rolldown: withRolldown, "vite build": withVite, "vite dev": viteDev };

let failures = 0;
const server = await serveFolder();
const origin = `http://localhost:${server.address().port}`;
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const endings = [() => browser.close(), () => server.close()];
try {
  const files = readdirSync(join(root, corpus)).filter((name) => name.endsWith(".zip"));
  const expected = {};
  for (const name of files) {
    expected[name] = JSON.parse(JSON.stringify(await readEverything(readFileSync(join(root, corpus, name)))));
  }
  for (const [name, make] of Object.entries(pages)) await compare(name, await make(), files, expected);
} finally {
  for (const end of endings) await end();
  if (!process.argv.includes("--keep")) rmSync(built, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;

async function compare(name, address, files, expected) {
  const page = await browser.newPage();
  page.on("pageerror", (error) => fail(`${name}: ${error.message}`));
  await page.goto(address, { waitUntil: "load" });
  await page.waitForFunction(() => globalThis.readAs !== undefined, undefined, { timeout: 60_000 });
  const kinds = await page.evaluate(() => Object.keys(globalThis.readAs));
  for (const kind of kinds) {
    const read = ([kind, urls]) => Promise.all(urls.map((url) => globalThis.readAs[kind](url)));
    const outcomes = await page.evaluate(read, [kind, files.map((file) => `${origin}/${corpus}/${file}`)]);
    for (const [i, outcome] of outcomes.entries()) {
      if (isDeepStrictEqual(outcome, expected[files[i]])) continue;
      fail(
        `${name}, ${kind}: ${files[i]} gives ${JSON.stringify(outcome)}, expected ${JSON.stringify(expected[files[i]])}`,
      );
    }
    console.log(`browser: ${name}, ${kind}: ${files.length} files compared`);
  }
  await page.close();
}

function fail(problem) {
  failures++;
  console.error(`browser: ${problem.slice(0, 2000)}`);
}

/** Without a bundler: a map of imports is all that a page needs. */
async function modules() {
  const { imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const map = {
    zarrzip: "/dist/modules/index.js",
    fflate: "/node_modules/fflate/esm/browser.js",
    fzstd: "/node_modules/fzstd/esm/index.mjs",
    zstddec: "/node_modules/zstddec/dist/zstddec.mjs",
  };
  for (const [name, { default: path }] of Object.entries(imports)) map[name] = path.replace(/^\./, "");
  return write(
    "modules",
    "/test/browser/page.mjs",
    `<script type="importmap">${JSON.stringify({ imports: map })}</script>`,
  );
}

async function withEsbuild() {
  const options = { format: "esm", platform: "browser", bundle: true, splitting: true, minify: true };
  await esbuild.build({ ...options, entryPoints: [entry], outdir: join(built, "esbuild"), logLevel: "error" });
  return write("esbuild", "page.js");
}

async function withRolldown() {
  const bundle = await rolldown({ input: entry, platform: "browser" });
  await bundle.write({ dir: join(built, "rolldown"), format: "esm", minify: true });
  await bundle.close();
  return write("rolldown", "page.js");
}

async function withVite() {
  const html = join(built, "vite-source");
  mkdirSync(html, { recursive: true });
  writeFileSync(join(html, "index.html"), `<!doctype html><script type="module" src="${entry}"></script>`);
  await vite.build({
    root: html,
    base: "./",
    logLevel: "error",
    configFile: false,
    build: { outDir: join(built, "vite"), emptyOutDir: true },
  });
  return `${origin}/.cache/browser/vite/index.html`;
}

async function viteDev() {
  const development = await vite.createServer({
    root: join(root, "test", "browser"),
    configFile: false,
    logLevel: "error",
    server: { port: 0, host: "localhost", fs: { allow: [root] } },
    cacheDir: join(built, "vite-cache"),
  });
  await development.listen();
  endings.unshift(() => development.close());
  return `http://localhost:${development.httpServer.address().port}/index.html`;
}

/** A page with one script; gives its address. */
function write(folder, script, head = "") {
  mkdirSync(join(built, folder), { recursive: true });
  const html = `<!doctype html><title>zarrzip</title>${head}<script type="module" src="${script}"></script>`;
  writeFileSync(join(built, folder, "index.html"), html);
  return `${origin}/.cache/browser/${folder}/index.html`;
}

/** Serves the clone, to pages from everywhere. */
async function serveFolder() {
  const types = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript" };
  const answer = ({ url, headers }, response) => {
    const path = join(root, normalize(decodeURIComponent(new URL(url, "http://localhost").pathname)));
    if (!existsSync(path)) {
      response.writeHead(404).end();
      return;
    }
    const bytes = readFileSync(path);
    const common = {
      "Access-Control-Allow-Origin": "*",
      "Content-Type": types[extname(path)] ?? "application/octet-stream",
    };
    const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? "") ?? [];
    if (first === undefined) {
      response.writeHead(200, { ...common, "Content-Length": bytes.length }).end(bytes);
      return;
    }
    const start = first === "" ? Math.max(0, bytes.length - Number(last)) : Number(first);
    const end = first === "" || last === "" ? bytes.length : Math.min(bytes.length, Number(last) + 1);
    if (start >= end) response.writeHead(416, { ...common, "Content-Range": `bytes */${bytes.length}` }).end();
    else {
      const range = { "Content-Range": `bytes ${start}-${end - 1}/${bytes.length}`, "Content-Length": end - start };
      response.writeHead(206, { ...common, ...range }).end(bytes.subarray(start, end));
    }
  };
  return await new Promise((resolve) => {
    const server = createServer(answer).listen(0, "localhost", () => resolve(server));
  });
}
