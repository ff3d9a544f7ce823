// A server of files that serves ranges as RFC 9110 has them, counts what it is asked, and commits the faults that it is told to.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach } from "vitest";

/** What to do instead of answering well; `true` if it has answered. */
export type Fault = (exchange: Exchange) => boolean | undefined;

/** A request, and the means to answer it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Number of this request, from 0 on, since the log was cleared. */
  readonly index: number;
  /** Path and query. */
  readonly url: string;
  readonly file: ServedFile | undefined;
  /** The bytes that were asked for; `undefined` without a range, `null` if it cannot be satisfied. */
  readonly range: { readonly start: number; readonly end: number } | null | undefined;
}

export interface ServedFile {
  readonly bytes: Uint8Array;
  readonly etag?: string | undefined;
}

export interface LoggedRequest {
  readonly method: string;
  readonly url: string;
  readonly range: string | undefined;
  readonly headers: IncomingMessage["headers"];
}

export class FaultServer {
  readonly files = new Map<string, ServedFile>();
  /** Requests in the order in which they came. */
  readonly log: LoggedRequest[] = [];
  fault: Fault | undefined;
  /** Whether a range is answered by all of the file. */
  ignoresRanges = false;
  readonly #server: Server;
  /** Requests whose client went away before the end. */
  aborted = 0;

  constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Serves bytes, and gives their URL. */
  serve(path: string, bytes: Uint8Array, etag: string | undefined = '"1"'): string {
    this.files.set(path, { bytes, etag });
    return `${this.origin}${path}`;
  }

  /** Forgets requests and faults. */
  reset(): void {
    this.log.length = 0;
    this.fault = undefined;
    this.ignoresRanges = false;
    this.aborted = 0;
  }

  get ranges(): (string | undefined)[] {
    return this.log.map(({ range }) => range);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = "GET", url = "/", headers } = request;
    const index = this.log.length;
    this.log.push({ method, url, range: headers.range, headers });
    response.on("close", () => {
      if (!response.writableFinished) this.aborted++;
    });
    response.on("error", () => undefined);
    const file = this.files.get(new URL(url, "http://host").pathname);
    const range = file && !this.ignoresRanges ? rangeOf(headers.range, file.bytes.length) : undefined;
    const exchange = { request, response, index, url, file, range };
    if (this.fault?.(exchange)) return;
    serveWell(exchange);
  }
}

/** A server for the tests of a file; it has no faults and no requests behind it when a test begins. */
export function faultServer(): FaultServer {
  const server = new FaultServer();
  beforeAll(() => server.start());
  beforeEach(() => server.reset());
  afterAll(() => server.stop());
  return server;
}

/** Answers as a good server does. */
export function serveWell(
  { request, response, file, range }: Exchange,
  headers: Record<string, string> = {},
  change: (body: Uint8Array) => Uint8Array = (body) => body,
): void {
  if (file === undefined) {
    response.writeHead(404).end();
    return;
  }
  const { bytes, etag } = file;
  const common = { "content-type": "application/zip", ...(etag === undefined ? {} : { etag }) };
  if (range === null) {
    response.writeHead(416, { ...common, "content-range": `bytes */${bytes.length}`, ...headers }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: bytes.length };
  const body = change(bytes.subarray(start, end));
  const partial = range === undefined ? {} : { "content-range": `bytes ${start}-${end - 1}/${bytes.length}` };
  const length = { "content-length": String(end - start) };
  response.writeHead(range === undefined ? 200 : 206, { ...common, ...length, ...partial, ...headers });
  response.end(request.method === "HEAD" ? undefined : body);
}

function rangeOf(header: string | undefined, size: number) {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (found === null) return undefined;
  const [, first, last] = found as unknown as [string, string, string];
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  return start < end ? { start, end } : null;
}
