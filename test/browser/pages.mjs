// Makes the page of page.mjs as bundlers, and none of them, put it together. Each maker gives the path of a page below the clone; those
// that serve it themselves give its address.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { rolldown } from "rolldown";
import * as vite from "vite";
import webpack from "webpack";
import { isolation } from "./serve-folder.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const built = join(root, ".cache", "browser");
const program = join(root, "test", "browser", "page.mjs");

/** A worker that the page makes itself, as a bundler does not see the pool's. */
const createsWorker = `<script>
  globalThis.createWorker = () => new Worker(new URL("./worker.js", location.href), { type: "module" });
</script>`;

/** Without a bundler: a map of imports is all that a page needs. @param origin - where the modules are, if not where the page is */
export async function modules(origin = "") {
  const { imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const map = {
    zarrzip: "/dist/modules/index.js",
    "zarrzip/pool": "/dist/modules/pool/index.js",
    fflate: "/node_modules/fflate/esm/browser.js",
    fzstd: "/node_modules/fzstd/esm/index.mjs",
    zstddec: "/node_modules/zstddec/dist/zstddec.mjs",
  };
  for (const [name, { default: path }] of Object.entries(imports)) map[name] = path.replace(/^\./, "");
  for (const name of Object.keys(map)) map[name] = origin + map[name];
  const importMap = `<script type="importmap">${JSON.stringify({ imports: map })}</script>`;
  return write(origin === "" ? "modules" : "elsewhere", `${origin}/test/browser/page.mjs`, importMap);
}

export async function withEsbuild() {
  const options = { format: "esm", platform: "browser", bundle: true, splitting: true, minify: true };
  await esbuild.build({
    ...options,
    entryPoints: { page: program, worker: "zarrzip/worker" },
    absWorkingDir: root,
    outdir: join(built, "esbuild"),
    logLevel: "error",
  });
  return write("esbuild", "page.js", createsWorker);
}

export async function withRolldown() {
  const bundle = await rolldown({ input: { page: program, worker: "zarrzip/worker" }, platform: "browser", cwd: root });
  await bundle.write({ dir: join(built, "rolldown"), format: "esm", minify: true });
  await bundle.close();
  return write("rolldown", "page.js", createsWorker);
}

/** It sees the pool's workers by itself. */
export async function withWebpack() {
  const compiler = webpack({
    mode: "production",
    context: application("webpack-source"),
    entry: { page: "./page.mjs" },
    output: { path: join(built, "webpack"), publicPath: "auto" },
    performance: { hints: false },
  });
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, stats) => (error ? reject(error) : resolve(stats)));
  });
  await new Promise((resolve) => compiler.close(resolve));
  if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString("errors-warnings"));
  return write("webpack", "page.js");
}

/** An application that has the package installed, as it is published. */
function application(name) {
  const folder = join(built, name);
  const installed = join(folder, "node_modules", "zarrzip");
  mkdirSync(installed, { recursive: true });
  for (const part of ["package.json", "dist"]) cpSync(join(root, part), join(installed, part), { recursive: true });
  cpSync(join(root, "test", "browser"), folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  return folder;
}

export async function withVite() {
  await vite.build({
    root: application("vite-source"),
    base: "./",
    logLevel: "error",
    configFile: false,
    build: { outDir: join(built, "vite"), emptyOutDir: true },
  });
  return "/.cache/browser/vite/index.html";
}

/** @param endings - gets what ends the server */
export async function viteDev(endings, headers) {
  const name = headers === undefined ? "vite-dev" : "vite-dev-isolated";
  const development = await vite.createServer({
    root: application(name),
    configFile: false,
    logLevel: "error",
    server: { port: 0, host: "localhost", fs: { allow: [root] }, headers: headers ?? {} },
    cacheDir: join(built, `${name}-cache`),
  });
  await development.listen();
  endings.unshift(() => development.close());
  return `http://localhost:${development.httpServer.address().port}/index.html`;
}

export const viteDevIsolated = (endings) => viteDev(endings, isolation);

/** A page with one script; gives its path. */
function write(folder, script, head = "") {
  mkdirSync(join(built, folder), { recursive: true });
  const html = `<!doctype html><title>zarrzip</title>${head}<script type="module" src="${script}"></script>`;
  writeFileSync(join(built, folder, "index.html"), html);
  return `/.cache/browser/${folder}/index.html`;
}
