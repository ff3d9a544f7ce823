// Reads every file of the corpus in a service worker of Chromium, in one bundle, and compares all of it with what Node reads. Where there is no
// Chromium it says so, and ends well.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { startChromium } from "../test/browser/chromium.mjs";
import { compareCorpus } from "../test/browser/compare-corpus.mjs";
import { serveFolder } from "../test/browser/serve-folder.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = ".cache/service-worker";

const browser = await startChromium("service worker");
const { server, origin } = await serveFolder(root);
try {
  mkdirSync(join(root, folder), { recursive: true });
  await esbuild.build({
    entryPoints: [join(root, "test/browser/service-worker.mjs")],
    outfile: join(root, folder, "worker.js"),
    ...{ bundle: true, format: "iife", platform: "browser", minify: true, logLevel: "error" },
  });
  writeFileSync(join(root, folder, "index.html"), "<!doctype html><title>service worker</title>");
  const page = await browser.newPage();
  await page.goto(`${origin}/${folder}/index.html`);
  await page.evaluate(async () => {
    await navigator.serviceWorker.register("./worker.js");
    globalThis.worker = (await navigator.serviceWorker.ready).active;
  });
  const failed = await compareCorpus("service worker", origin, async (question) => {
    const { found, error } = await page.evaluate((question) => {
      const { port1, port2 } = new MessageChannel();
      return new Promise((resolve) => {
        port1.onmessage = ({ data }) => resolve(data);
        globalThis.worker.postMessage(question, [port2]);
      });
    }, question);
    if (error !== undefined) throw new Error(error);
    return found;
  });
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  await browser.close();
  server.close();
  rmSync(join(root, folder), { recursive: true, force: true });
}
