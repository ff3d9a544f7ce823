// What servers do wrong, each with what has to come of it.
import type { ZarrErrorCode } from "../../src/index.js";
import { type Exchange, type Fault, serveWell } from "./fault-server.js";

export interface NamedFault {
  readonly fault: Fault;
  /** The error where the server always does it; absent where the values are right all the same. */
  readonly code?: ZarrErrorCode;
  /** Whether values are right where it does it once. */
  readonly passes?: boolean;
  /** Whether an answer without the fault has to come before it. */
  readonly needsEarlier?: boolean;
}

type Serve = (exchange: Exchange) => void;

export const always =
  (serve: Serve): Fault =>
  (exchange) => {
    serve(exchange);
    return true;
  };

export const status = (code: number, headers: Record<string, string> = {}, body = "") =>
  always(({ response }) => void response.writeHead(code, headers).end(body));

export const lasting = (fault: Fault, code: ZarrErrorCode, needsEarlier = false): NamedFault => ({
  fault,
  code,
  needsEarlier,
});
export const passing = (fault: Fault): NamedFault => ({ fault, code: "ERR_STORE_READ", passes: true });
export const harmless = (fault: Fault): NamedFault => ({ fault });

export const withHeaders = (headers: (exchange: Exchange) => Record<string, string>) =>
  always((exchange) => serveWell(exchange, headers(exchange)));

/** Headers of the range that was asked for, without a length, so that the end of the body is where the connection says. */
function beginChunked({ response, range, file }: Exchange): Uint8Array {
  const { start, end } = range ?? { start: 0, end: 0 };
  response.writeHead(206, {
    "content-range": `bytes ${start}-${end - 1}/${file!.bytes.length}`,
    etag: file!.etag ?? "",
  });
  return file!.bytes.subarray(start, end);
}

export function beginExact({ response, range, file }: Exchange): Uint8Array {
  const { start, end } = range ?? { start: 0, end: 0 };
  response.writeHead(206, {
    "content-range": `bytes ${start}-${end - 1}/${file!.bytes.length}`,
    "content-length": String(end - start),
  });
  return file!.bytes.subarray(start, end);
}

const page = "<!DOCTYPE html><html><body>Please log in</body></html>";

export const faults: Record<string, NamedFault> = {
  "all of the file for a range": lasting(
    always((exchange) => serveWell({ ...exchange, range: undefined })),
    "ERR_UNSUPPORTED",
  ),
  "another Content-Range": lasting(
    withHeaders(({ range, file }) => ({
      "content-range": `bytes ${range!.start + 1}-${range!.end}/${file!.bytes.length}`,
    })),
    "ERR_STORE_READ",
  ),
  "a shorter Content-Range": lasting(
    withHeaders(({ range, file }) => ({
      "content-range": `bytes ${range!.start}-${range!.end - 2}/${file!.bytes.length}`,
    })),
    "ERR_STORE_READ",
  ),
  "a Content-Range that is none": lasting(
    withHeaders(() => ({ "content-range": "bytes all" })),
    "ERR_STORE_READ",
  ),
  "no Content-Range": lasting(
    always((exchange) => {
      const { range, file, response } = exchange;
      response.writeHead(206).end(file!.bytes.subarray(range!.start, range!.end));
    }),
    "ERR_STORE_READ",
  ),
  "several ranges": lasting(
    always(
      ({ response }) => void response.writeHead(206, { "content-type": "multipart/byteranges; boundary=x" }).end("--x"),
    ),
    "ERR_STORE_READ",
  ),
  "no total size": harmless(
    withHeaders(({ range, request, file }) =>
      request.method === "HEAD"
        ? { "content-length": String(file!.bytes.length) }
        : { "content-range": `bytes ${range!.start}-${range!.end - 1}/*` },
    ),
  ),
  "another total size": lasting(
    withHeaders(({ range, file }) => ({
      "content-range": `bytes ${range!.start}-${range!.end - 1}/${file!.bytes.length + 1}`,
    })),
    "ERR_STALE_STATE",
    true,
  ),
  "another strong ETag": lasting(
    withHeaders(() => ({ etag: '"2"' })),
    "ERR_STALE_STATE",
    true,
  ),
  "a weak ETag": harmless(withHeaders(({ index }) => ({ etag: `W/"${index}"` }))),
  "no ETag": harmless(
    always((exchange) => serveWell({ ...exchange, file: { bytes: exchange.file!.bytes, etag: undefined } })),
  ),
  "gzip switched on": lasting(
    withHeaders(() => ({ "content-encoding": "gzip" })),
    "ERR_UNSUPPORTED",
  ),
  "an encoding that is none": harmless(withHeaders(() => ({ "content-encoding": "identity" }))),
  "a body that ends early": passing(
    always((exchange) => {
      const body = beginChunked(exchange);
      exchange.response.end(body.subarray(0, body.length - 1));
    }),
  ),
  "no body": passing(
    always((exchange) => {
      beginChunked(exchange);
      exchange.response.end();
    }),
  ),
  "a body that is too long": passing(
    always((exchange) => {
      const body = beginChunked(exchange);
      exchange.response.write(body);
      exchange.response.end("and more");
    }),
  ),
  "a body without an end": passing(
    always((exchange) => {
      const body = beginExact(exchange);
      exchange.response.write(body.subarray(0, body.length >> 1));
    }),
  ),
  "no answer": passing(() => true),
  "a reset before the answer": passing(always(({ request }) => void request.socket.destroy())),
  "a reset in mid-body": passing(
    always((exchange) => {
      const body = beginExact(exchange);
      exchange.response.write(body.subarray(0, body.length >> 1), () => exchange.request.socket.destroy());
    }),
  ),
  "no HTTP": passing(always(({ request }) => void request.socket.end("hello\r\n\r\n"))),
  "a page, as a whole": lasting(status(200, { "content-type": "text/html" }, page), "ERR_ZIP"),
  "400": lasting(status(400), "ERR_STORE_READ"),
  "401": lasting(status(401), "ERR_ACCESS"),
  "403": lasting(
    status(403, { "content-type": "application/xml" }, "<Error><Code>AccessDenied</Code></Error>"),
    "ERR_ACCESS",
  ),
  "404": lasting(status(404, { "content-type": "text/html" }, page), "ERR_NOT_FOUND"),
  "405": lasting(status(405), "ERR_STORE_READ"),
  "408": passing(status(408)),
  "410": lasting(status(410), "ERR_NOT_FOUND"),
  "412": lasting(status(412), "ERR_STORE_READ"),
  "416": lasting(status(416), "ERR_STORE_READ"),
  "416 of a shorter file": lasting(status(416, { "content-range": "bytes */10" }), "ERR_STALE_STATE", true),
  "418": lasting(status(418), "ERR_STORE_READ"),
  "429": passing(status(429)),
  "429 with Retry-After": passing(status(429, { "retry-after": "0" })),
  "429 with Retry-After as a date": passing(status(429, { "retry-after": new Date(0).toUTCString() })),
  "429 with Retry-After that is none": passing(status(429, { "retry-after": "soon" })),
  "500": passing(status(500)),
  "502": passing(status(502, { "content-type": "text/html" }, page)),
  "503": passing(status(503, { "retry-after": "0" })),
  "504": passing(status(504)),
  "599": passing(status(599)),
  "204": lasting(status(204), "ERR_STORE_READ"),
  "304": lasting(status(304), "ERR_STORE_READ"),
  "a redirect within the origin": harmless((exchange) => {
    if (exchange.url.includes("moved")) return undefined;
    exchange.response.writeHead(302, { location: `${exchange.url}?moved` }).end();
    return true;
  }),
  "a redirect without a place": lasting(status(302), "ERR_STORE_READ"),
  "a redirect to itself": passing(always(({ response, url }) => void response.writeHead(302, { location: url }).end())),
  "a redirect to no URL": lasting(status(302, { location: "http://[" }), "ERR_STORE_READ"),
  "a redirect to another protocol": lasting(status(302, { location: "file:///etc/passwd" }), "ERR_STORE_READ"),
};

/** Those that would take a while where they are tried at each turn. */
export const slowFaults: ReadonlySet<string> = new Set(["a body without an end", "no answer"]);
