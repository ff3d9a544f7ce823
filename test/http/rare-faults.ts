// What servers do wrong more rarely; `npm run test:all` tries it.

import type { Fault } from "./fault-server.js";
import { always, beginExact, harmless, lasting, type NamedFault, passing, status, withHeaders } from "./faults.js";

/** Writes what no server of Node would, and closes the connection. @param head - status line and headers; the range's follow */
const raw = (head: string, bodyOf: (body: Uint8Array) => readonly Uint8Array[]): Fault =>
  always(({ request, range, file }) => {
    const { start, end } = range ?? { start: 0, end: 0 };
    const { bytes, etag } = file!;
    request.socket.write(
      `${head}\r\ncontent-range: bytes ${start}-${end - 1}/${bytes.length}\r\netag: ${etag}\r\nconnection: close\r\n\r\n`,
    );
    for (const piece of bodyOf(bytes.subarray(start, end))) request.socket.write(piece);
    request.socket.end();
  });

const ascii = (text: string) => new TextEncoder().encode(text);

/** A body in chunks, the first with a size line of its own. */
const chunked = (body: Uint8Array, sizeLine = body.length.toString(16), end = "\r\n0\r\n\r\n") => [
  ascii(`${sizeLine}\r\n`),
  body,
  ascii(end),
];

/** A Content-Range in which something is wrong, of a body that is right. */
const withContentRange = (text: (start: number, last: number, size: number) => string) =>
  lasting(
    withHeaders(({ range, file }) => ({ "content-range": text(range!.start, range!.end - 1, file!.bytes.length) })),
    "ERR_STORE_READ",
  );

/** A redirect to the same file, by another URL. */
const moved = (code: number, place: (url: string, host: string) => string) =>
  harmless(({ url, response, request }) => {
    if (url.includes("moved")) return undefined;
    response.writeHead(code, { location: place(`${url}?moved`, request.headers.host!) }).end();
    return true;
  });

/** Statuses that no repetition changes. */
const lastingStatuses = [203, 205, 300, 402, 406, 409, 411, 413, 414, 415, 417, 422, 423, 424, 426, 428, 431, 451];
/** Statuses that another try may change. */
const passingStatuses = [407, 421, 501, 505, 507, 508, 511, 520, 524];

export const rareFaults: Record<string, NamedFault> = {
  ...Object.fromEntries(lastingStatuses.map((code) => [`${code}`, lasting(status(code), "ERR_STORE_READ")])),
  ...Object.fromEntries(passingStatuses.map((code) => [`${code}`, passing(status(code))])),
  "a Content-Range without a unit": withContentRange((start, last, size) => `${start}-${last}/${size}`),
  "a Content-Range of another unit": withContentRange((start, last, size) => `items ${start}-${last}/${size}`),
  "a Content-Range that is a Range": withContentRange((start, last) => `bytes=${start}-${last}`),
  "a Content-Range that ends before it begins": withContentRange(
    (start, last, size) => `bytes ${last}-${start}/${size}`,
  ),
  "a Content-Range below zero": withContentRange((_, last, size) => `bytes -1-${last}/${size}`),
  "a Content-Range in parts of bytes": withContentRange((start, last, size) => `bytes ${start}.0-${last}.0/${size}`),
  "a Content-Range beyond all numbers": withContentRange(
    (start, _, size) => `bytes ${start}-99999999999999999999/${size}`,
  ),
  "a Content-Range twice": withContentRange((start, last, size) => `bytes ${start}-${last}/${size}, bytes 0-0/${size}`),
  "a longer Content-Range": withContentRange((start, last, size) => `bytes ${start}-${last + 1}/${size}`),
  "a Content-Range in capitals": harmless(
    withHeaders(({ range, file }) => ({
      "content-range": `BYTES ${range!.start}-${range!.end - 1}/${file!.bytes.length}`,
    })),
  ),
  "an ETag without quotes": lasting(
    withHeaders(() => ({ etag: "1" })),
    "ERR_STALE_STATE",
    true,
  ),
  "an ETag of nothing": lasting(
    withHeaders(() => ({ etag: '""' })),
    "ERR_STALE_STATE",
    true,
  ),
  ...Object.fromEntries(
    ["br", "deflate", "zstd", "aws-chunked", "identity, gzip", "x-gzip"].map((encoding) => [
      `the encoding ${encoding}`,
      lasting(
        withHeaders(() => ({ "content-encoding": encoding })),
        "ERR_UNSUPPORTED",
      ),
    ]),
  ),
  "another type": harmless(withHeaders(() => ({ "content-type": "text/html" }))),
  "early hints": harmless((exchange) => {
    exchange.response.writeEarlyHints({ link: "</a>; rel=preload" });
    return undefined;
  }),
  "a connection for each answer": harmless(withHeaders(() => ({ connection: "close" }))),
  "a body in drops": harmless(
    always((exchange) => {
      const body = beginExact(exchange);
      const write = (at: number): void => {
        if (at >= body.length) exchange.response.end();
        else exchange.response.write(body.subarray(at, at + 5000), () => setImmediate(write, at + 5000));
      };
      write(0);
    }),
  ),
  "HTTP/1.0": harmless(raw("HTTP/1.0 206 Partial Content", (body) => [body])),
  "HTTP/1.0 that ends early": passing(raw("HTTP/1.0 206 Partial Content", (body) => [body.subarray(1)])),
  "a length that is too short": passing(raw("HTTP/1.1 206 Partial Content\r\ncontent-length: 10", (body) => [body])),
  "a length that is too long": passing(raw("HTTP/1.1 206 Partial Content\r\ncontent-length: 999999", (body) => [body])),
  "a length that is no number": passing(raw("HTTP/1.1 206 Partial Content\r\ncontent-length: all", (body) => [body])),
  "two lengths": passing(
    raw("HTTP/1.1 206 Partial Content\r\ncontent-length: 5\r\ncontent-length: 6", (body) => [body]),
  ),
  "a body in chunks": harmless(
    raw("HTTP/1.1 206 Partial Content\r\ntransfer-encoding: chunked", (body) => chunked(body)),
  ),
  "chunks that end early": passing(
    raw("HTTP/1.1 206 Partial Content\r\ntransfer-encoding: chunked", (body) =>
      chunked(body).slice(0, 1).concat(body.subarray(1)),
    ),
  ),
  "chunks without sizes": passing(
    raw("HTTP/1.1 206 Partial Content\r\ntransfer-encoding: chunked", (body) => chunked(body, "size")),
  ),
  "a status of one digit": passing(raw("HTTP/1.1 2 OK", (body) => [body])),
  "a status of four digits": passing(raw("HTTP/1.1 2066 Partial Content", (body) => [body])),
  "a header without a name": harmless(raw("HTTP/1.1 206 Partial Content\r\n: nothing", (body) => [body])),
  "headers without an end": passing(raw(`HTTP/1.1 206 Partial Content\r\nx: ${"x".repeat(100_000)}`, (body) => [body])),
  "TLS where there is none": passing(
    always(({ request }) => void request.socket.end(Uint8Array.of(0x15, 3, 1, 0, 2, 2, 10))),
  ),
  "another protocol from now on": passing(raw("HTTP/1.1 101 Switching Protocols\r\nupgrade: x", (body) => [body])),
  "a redirect for good": moved(301, (url) => url),
  "a redirect to see": moved(303, (url) => url),
  "a redirect of the method as well": moved(307, (url) => url),
  "a redirect of the method, for good": moved(308, (url) => url),
  "a redirect to a whole URL": moved(302, (url, host) => `http://${host}${url}`),
  "a redirect with user and password": moved(302, (url, host) => `http://user:secret@${host}${url}`),
  "a redirect with a fragment": moved(302, (url) => `${url}#part`),
  "a redirect to a script": lasting(status(302, { location: "javascript:0" }), "ERR_STORE_READ"),
  "a redirect to data": lasting(status(302, { location: "data:,PK" }), "ERR_STORE_READ"),
  "a redirect to nobody": passing(status(302, { location: "http://127.0.0.1:1/" })),
};
