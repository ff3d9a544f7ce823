// Serves a folder to pages from everywhere, with ranges.
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
};

/** What makes a page isolated, so that it has shared memory. */
export const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** Gives the server and its origin. */
export async function serveFolder(root, headers = {}) {
  const answer = (request, response) => {
    const path = join(root, normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname)));
    if (!existsSync(path) || !statSync(path).isFile()) {
      response.writeHead(404).end();
      return;
    }
    const bytes = readFileSync(path);
    const common = {
      "Access-Control-Allow-Origin": "*",
      "Cross-Origin-Resource-Policy": "cross-origin",
      "Content-Type": types[extname(path)] ?? "application/octet-stream",
      ...headers,
    };
    const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
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
    const server = createServer(answer).listen(0, "localhost", () =>
      resolve({ server, origin: `http://localhost:${server.address().port}` }),
    );
  });
}
