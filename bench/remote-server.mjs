// Serves the files of a folder over HTTP, with ranges, to the process that forked it: each answer after a delay, as over a distance.
// usage: remote-server.mjs FOLDER DELAY_MS. Messages: its port; for each message that it gets, requests and bytes since the last one.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { join, normalize } from "node:path";
import process from "node:process";

const [folder, delayMs] = process.argv.slice(2);
let requests = 0;
let bytes = 0;

const server = createServer((request, response) => {
  requests++;
  setTimeout(() => answer(request, response), Number(delayMs));
});

function answer({ method, url, headers }, response) {
  const path = join(folder, normalize(`/${decodeURIComponent(url.split("?")[0])}`));
  let stat;
  try {
    stat = statSync(path);
  } catch {
    response.writeHead(404).end();
    return;
  }
  const { size, mtimeMs } = stat;
  const common = { "Accept-Ranges": "bytes", ETag: `"${size.toString(16)}-${Math.floor(mtimeMs).toString(16)}"` };
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? "") ?? [];
  const start = first === undefined ? 0 : first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === undefined || first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  const isRange = first !== undefined;
  const range = isRange ? { "Content-Range": `bytes ${start}-${end - 1}/${size}` } : {};
  response.writeHead(isRange ? 206 : 200, { ...common, ...range, "Content-Length": end - start });
  if (method === "HEAD") {
    response.end();
    return;
  }
  bytes += end - start;
  createReadStream(path, { start, end: end - 1, highWaterMark: 2 ** 20 }).pipe(response);
}

process.on("message", () => {
  process.send({ requests, bytes });
  requests = 0;
  bytes = 0;
});
server.keepAliveTimeout = 60_000; // so that nobody meets a connection that is just being closed
process.on("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
