// `npm run sample:web`: puts an example into a ZIP, and serves the page. The headers let workers decode into memory that they share with the page.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { createArray, createGroup, ZipStore } from "zarrzip";
import { readPrecipitation } from "../start/data.mjs";

const root = fileURLToPath(new URL(".", import.meta.url));
const example = fileURLToPath(new URL("../../.cache/sample-web/precipitation.zarr.zip", import.meta.url));

mkdirSync(dirname(example), { recursive: true });
await writeExample();
const server = await createServer({
  root,
  configFile: false,
  logLevel: "warn",
  optimizeDeps: { exclude: ["zarrzip"], include: ["fflate", "fzstd", "zstddec"] },
  resolve: {
    alias: {
      "zarrzip/pool": fileURLToPath(new URL("../../dist/modules/pool/index.js", import.meta.url)),
      zarrzip: fileURLToPath(new URL("../../dist/modules/index.js", import.meta.url)),
    },
  },
  server: {
    port: Number(process.env.PORT ?? 5173),
    fs: { allow: [fileURLToPath(new URL("../..", import.meta.url))] },
    headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
  },
});
await server.listen();
const [address] = server.resolvedUrls.local;
console.log(`An example:      ${address}?open=/@fs${encodeURI(example)}`);
console.log(`A file or a URL: ${address}`);

/** Precipitation of a year on a grid of one degree, and waves that run together. */
async function writeExample() {
  const store = await ZipStore.open(example, { mode: "w" });
  await createGroup(store);
  const { precipitation, shape } = await readPrecipitation();
  await createArray(store, {
    ...{ path: "precipitation", shape, chunks: [45, 90], dtype: "float32", data: precipitation },
    ...{ dimensionNames: ["latitude", "longitude"], attributes: { long_name: "Precipitation of 2016" } },
  });
  const side = 256;
  const data = Uint16Array.from({ length: 60 * side * side }, (_, i) => {
    const [time, y, x] = [Math.floor(i / side / side), Math.floor(i / side) % side, i % side];
    const wave = (fromY, fromX) => Math.sin(Math.hypot(y - fromY, x - fromX) / 6 - (time * Math.PI) / 15);
    return 30_000 + 10_000 * (wave(64, 64) + wave(160, 200));
  });
  await createArray(store, {
    ...{ path: "waves", shape: [60, side, side], shards: [10, side, side], chunks: [1, 64, 64], dtype: "uint16", data },
    ...{ dimensionNames: ["time", "y", "x"], compressors: "zstd" },
  });
  await store.close();
}
