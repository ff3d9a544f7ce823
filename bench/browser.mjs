// Reading a file of 64 MiB in Chromium, on the page's thread and by two workers, beside zarrita; what the page's thread is kept from
// while 256 MiB are read; and the time until another worker has what was handed to it. `node bench/browser.mjs` prints it.
//   --rounds 7         of each measurement, in turns; medians are printed
//   --layouts none,…   some of them
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { createArray, ZipStore } from "zarrzip";
import { isolation, serveFolder } from "../test/browser/serve-folder.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    layouts: { type: "string", default: "none,zstd,gzip,blosc,sharded" },
  },
});
const root = fileURLToPath(new URL("..", import.meta.url));
const side = 4096;
const values = Float32Array.from({ length: side * side }, (_, i) => Math.sin(i / 211) * 100);
const layouts = {
  none: { chunks: [512, 512], compressors: null },
  zstd: { chunks: [512, 512], compressors: "zstd" },
  gzip: { chunks: [512, 512], compressors: "gzip" },
  blosc: { chunks: [512, 512], compressors: [{ name: "blosc" }] },
  sharded: { shards: [1024, 1024], chunks: [256, 256], compressors: "zstd" },
};

const folder = mkdtempSync(join(tmpdir(), "zarrzip-browser-"));
const endings = [() => rmSync(folder, { recursive: true })];
try {
  for (const [name, layout] of Object.entries(layouts)) {
    await write(name, { shape: [side, side], dtype: "float32", ...layout, data: values });
  }
  const many = { shape: [100_000, 64], chunks: [1, 64], dtype: "uint8", compressors: null, path: "a" };
  await write("many", { ...many, data: new Uint8Array(100_000 * 64).fill(7) });
  await build({
    entryPoints: {
      page: join(root, "bench/browser-page.mjs"),
      receiver: join(root, "bench/browser-receiver.mjs"),
      worker: "zarrzip/worker",
    },
    absWorkingDir: root,
    outdir: folder,
    external: ["worker_threads"], // of zarrita, for Node
    ...{ bundle: true, splitting: true, format: "esm", minify: true, platform: "browser" },
  });
  writeFileSync(
    join(folder, "index.html"),
    '<!doctype html><input type="file"><script type="module" src="page.js"></script>',
  );
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  endings.unshift(() => browser.close());
  for (const headers of [isolation, {}]) {
    const { server, origin } = await serveFolder(folder, headers);
    endings.unshift(() => server.close());
    const page = await browser.newPage();
    await page.goto(`${origin}/index.html`);
    await page.waitForFunction(() => globalThis.measure !== undefined);
    console.log(headers === isolation ? "isolated page" : "page without isolation");
    for (const name of options.layouts.split(",")) if (name in layouts) await compare(page, name);
    await handOver(page);
    await page.close();
  }
} finally {
  for (const end of endings) await end();
}

async function write(name, options) {
  const store = await ZipStore.open(join(folder, `${name}.zip`), { mode: "w" });
  await createArray(store, options);
  await store.close();
}

async function compare(page, layout) {
  await page.locator("input").setInputFiles(join(folder, `${layout}.zip`));
  const readers = await page.evaluate(() => globalThis.names);
  const measure = (name, times) => page.evaluate(([name, times]) => globalThis.measure(name, times), [name, times]);
  const times = Object.fromEntries(readers.map((name) => [name, []]));
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const name of readers) {
      const { ms } = await measure(name, 1);
      if (round > 0) times[name].push(ms); // the first loads the codec
    }
  }
  for (const name of readers) {
    const { longTasks } = await measure(name, 4);
    const blocked = longTasks.reduce((sum, ms) => sum + ms, 0);
    const longest = Math.max(0, ...longTasks);
    console.log(
      `  ${layout}, ${name}: ${median(times[name])} ms; 256 MiB: ${longTasks.length} long tasks, ${blocked.toFixed(0)} ms, the longest ${longest.toFixed(0)} ms`,
    );
  }
}

async function handOver(page) {
  await page.locator("input").setInputFiles(join(folder, "many.zip"));
  const found = await page.evaluate(() => globalThis.handOver());
  const [arrived, opened, read] = [0, 1, 2].map((i) => median(found.map((times) => times[i])));
  console.log(
    `  100,000 entries: a state arrives after ${arrived} ms, its array is open after ${opened} ms, and a chunk is read after ${read} ms`,
  );
}

function median(times) {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)].toFixed(1);
}
