// Has zarr-layer show an archive on a map of MapLibre, in Chromium. Where there is no Chromium it says so, and ends well.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { createArray, createGroup, exportZip, MemoryStore } from "zarrzip";
import { startChromium } from "../test/browser/chromium.mjs";
import { serveFolder } from "../test/browser/serve-folder.mjs";
import { besideClients } from "./install-clients.mjs";

/** Places, as longitude and latitude, by the index of the element that lies there. */
const places = { [24 * 180 + 95]: [11, 41], [60 * 180 + 40]: [-99, -31] };

const drawsWithoutGraphicsCard = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"];
const browser = await startChromium("map", drawsWithoutGraphicsCard);
const folder = besideClients("map.mjs");
const site = join(folder, "site");
const bundled = { bundle: true, splitting: true, format: "esm", outdir: site };
await build({ entryPoints: ["map.mjs"], absWorkingDir: folder, logLevel: "error", ...bundled });
const map = '<div id="map" style="width: 300px; height: 300px"></div>';
writeFileSync(join(site, "index.html"), `<!doctype html>${map}<script type="module" src="map.js"></script>`);
const temperature = await writeWorld(join(site, "world.zip"));
const { server, origin } = await serveFolder(site);
try {
  const page = await browser.newPage();
  await page.goto(`${origin}/index.html`);
  await page.waitForFunction(() => globalThis.mapOf !== undefined);
  const show = ([url, places]) => globalThis.mapOf(url, places);
  const { values, pixel } = await page.evaluate(show, [`${origin}/world.zip`, Object.values(places)]);
  const expected = Object.keys(places).map((index) => temperature[index]);
  assert.deepEqual(values, expected);
  assert.deepEqual(pixel, [255, 0, 0, 255]);
  console.log("zarr-layer shows an archive behind a URL on a map");
} finally {
  await browser.close();
  server.close();
}

/** A grid of 2 degrees; gives its values. */
async function writeWorld(file) {
  const store = new MemoryStore();
  await createGroup(store);
  const latitudes = Float64Array.from({ length: 90 }, (_, i) => 89 - 2 * i);
  const longitudes = Float64Array.from({ length: 180 }, (_, i) => -179 + 2 * i);
  const temperature = Float32Array.from({ length: 90 * 180 }, (_, i) => (i % 180) / 2 + Math.floor(i / 180) / 100);
  const dimensions = { lat: latitudes, lon: longitudes };
  for (const [path, data] of Object.entries(dimensions)) {
    await createArray(store, { path, shape: [data.length], dtype: "float64", dimensionNames: [path], data });
  }
  const shape = { shape: [90, 180], chunks: [45, 90], dimensionNames: ["lat", "lon"] };
  await createArray(store, { path: "temperature", ...shape, dtype: "float32", compressors: "gzip", data: temperature });
  writeFileSync(file, new Uint8Array(await new Response(exportZip(store)).arrayBuffer()));
  return temperature;
}
