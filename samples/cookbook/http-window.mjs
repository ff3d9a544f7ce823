// A server that gives windows of an array as JSON. The array is opened once; a client that goes away ends its read.
import { createServer } from "node:http";
import { createArray, isZarrError, openArray, slice, ZipStore } from "zarrzip";

const store = await ZipStore.open("heights.zarr.zip", { mode: "w" });
const data = Float32Array.from({ length: 400 * 300 }, (_, i) => i);
await createArray(store, { path: "heights", shape: [400, 300], chunks: [100, 100], dtype: "float32", data });
await store.close();

const heights = await openArray("heights.zarr.zip", { path: "heights" });
const server = createServer(async (request, response) => {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  try {
    const { searchParams } = new URL(request.url, "http://localhost");
    const [y0, y1, x0, x1] = ["y0", "y1", "x0", "x1"].map((name) => Number(searchParams.get(name)));
    const window = await heights.get([slice(y0, y1), slice(x0, x1)], { signal: gone.signal });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ shape: window.shape, data: [...window.data] }));
  } catch (error) {
    if (gone.signal.aborted) return;
    response.statusCode = isZarrError(error, "ERR_SELECTION") || isZarrError(error, "ERR_ARGUMENT") ? 400 : 500;
    response.end(error.message);
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const url = `http://127.0.0.1:${server.address().port}/?y0=10&y1=12&x0=0&x1=3`;
console.log(await (await fetch(url)).text());
server.closeAllConnections();
server.close();
await heights.close();
