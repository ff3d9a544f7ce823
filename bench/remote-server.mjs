// Serves the files of a folder over HTTP, with ranges, to the process that forked it: each answer after a delay, as over a distance, and all
// of them together at the rate of one link.
// usage: remote-server.mjs FOLDER DELAY_MS [MEGABITS]. Messages: its port; for each message that it gets, requests and bytes since the last one.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { join, normalize } from "node:path";
import process from "node:process";
import { Transform } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";

const [folder, delayMs, megabits = "Infinity"] = process.argv.slice(2);
const bytesPerMs = (Number(megabits) * 1e6) / 8 / 1000;
/** When the link has sent what was given to it. */
let freeAt = 0;
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
  const file = createReadStream(path, {
    start,
    end: end - 1,
    highWaterMark: bytesPerMs < Infinity ? 2 ** 16 : 2 ** 20,
  });
  (bytesPerMs < Infinity ? file.pipe(new Transform({ transform: pass })) : file).pipe(response);
}

/** Passes bytes on when the link is free; a timer is no more exact than a few milliseconds, which are made up for. */
async function pass(bytes, _, done) {
  const now = performance.now();
  freeAt = Math.max(freeAt, now - 5) + bytes.length / bytesPerMs;
  if (freeAt > now + 2) await pause(freeAt - now);
  done(null, bytes);
}

process.on("message", () => {
  process.send({ requests, bytes });
  requests = 0;
  bytes = 0;
});
server.keepAliveTimeout = 60_000; // so that nobody meets a connection that is just being closed
process.on("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
