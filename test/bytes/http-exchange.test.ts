import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, test } from "vitest";
import type { RequestEvent } from "../../src/bytes/http-file.js";
import { FaultServer, faultServer } from "../http/fault-server.js";
import { large, open } from "../http/large-file.js";

const server = faultServer();

describe("request", () => {
  test("prepares each request, and is asked anew, once, where it is refused", async () => {
    let token = 0;
    server.fault = ({ request, response }) => {
      if (request.headers.authorization === "Bearer 2") return undefined;
      response.writeHead(401).end();
      return true;
    };
    const request = async (given: Request) => {
      const headers = new Headers(given.headers);
      headers.set("authorization", `Bearer ${Math.min(2, Math.floor(token++ / 2) + 1)}`);
      return new Request(given, { headers });
    };
    const source = await open(server.serve("/large.zip", large), { request });
    expect(server.log.length).toBe(4);
    expect(await source.read(500_000, 10)).toEqual(large.slice(500_000, 500_010));
    token = 0;
    server.fault = ({ response }) => {
      response.writeHead(403).end();
      return true;
    };
    server.log.length = 0;
    await expect(source.read(600_000, 10)).rejects.toMatchObject({ code: "ERR_ACCESS", details: { status: 403 } });
    expect(server.log.length).toBe(2);
  });

  test("may send it elsewhere, as a presigned URL does", async () => {
    server.serve("/signed", large);
    const source = await open(`${server.origin}/large.zip`, {
      request: () => new Request(`${server.origin}/signed?s`),
    });
    expect(source.name).toBe(`${server.origin}/large.zip`);
    expect(server.log.every(({ url }) => url === "/signed?s")).toBe(true);
  });

  test("its additions do not reach another origin", async () => {
    const other = new FaultServer();
    await other.start();
    try {
      const target = other.serve("/large.zip", large);
      server.fault = ({ response }) => {
        response.writeHead(302, { location: target }).end();
        return true;
      };
      const request = (given: Request) => {
        given.headers.set("x-secret", "s");
        return given;
      };
      const url = new URL(`${server.origin}/large.zip`);
      url.username = "user";
      url.password = "p";
      const source = await open(url.href, { request });
      expect(await source.read(500_000, 10)).toEqual(large.slice(500_000, 500_010));
      expect(server.log.every(({ headers }) => headers["x-secret"] === "s")).toBe(true);
      expect(server.log.every(({ headers }) => headers.authorization === "Basic dXNlcjpw")).toBe(true);
      expect(other.log.length).toBe(3);
      for (const { headers } of other.log) {
        expect(headers["x-secret"]).toBeUndefined();
        expect(headers.authorization).toBeUndefined();
      }
      expect(server.log.length).toBe(2); // where it led to is remembered
      // A link that has expired is asked for anew.
      other.fault = ({ index, response }) => {
        if (index !== 3) return undefined;
        response.writeHead(403).end();
        return true;
      };
      expect(await source.read(600_000, 10)).toEqual(large.slice(600_000, 600_010));
      expect(server.log.length).toBe(3);
    } finally {
      await other.stop();
    }
  });

  test("its failure is ERR_ACCESS, and a value other than a Request is ERR_ARGUMENT", async () => {
    const cause = new Error("no token");
    const fails = () => {
      throw cause;
    };
    await expect(open(`${server.origin}/x`, { request: fails })).rejects.toMatchObject({ code: "ERR_ACCESS", cause });
    const request = (() => undefined) as unknown as () => Request;
    await expect(open(`${server.origin}/x`, { request })).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    expect(server.log).toEqual([]);
  });
});

test.each([
  ["us%65r:a%40b", "user:a@b"],
  ["us%er:100%", "us%er:100%"],
])("user and password %s are sent as %s", async (given, sent) => {
  const url = server.serve("/large.zip", large).replace("//", `//${given}@`);
  await open(url);
  expect(server.log.map(({ headers }) => headers.authorization)).toContain(`Basic ${btoa(sent)}`);
});

test("a time-out of years waits for an answer", async () => {
  const source = await open(server.serve("/large.zip", large), { retries: 0, timeoutMs: 2 ** 40 });
  expect(await source.read(500_000, 10)).toEqual(large.slice(500_000, 500_010));
});

describe("the option fetch", () => {
  test("takes the place of the global one", async () => {
    let calls = 0;
    const source = await open(server.serve("/large.zip", large), {
      fetch: (request, init) => {
        calls++;
        return fetch(request, init);
      },
    });
    await source.read(500_000, 10);
    expect(calls).toBe(3);
  });

  test("one that fails at once leaves no read waiting", async () => {
    let fails = false;
    const source = await open(server.serve("/large.zip", large), {
      retries: 0,
      fetch: (request, init) => (fails ? Promise.reject(new TypeError("failed")) : fetch(request, init)),
    });
    fails = true;
    const reads = [500_000, 500_010, 900_000].map((offset) => source.read(offset, 10));
    for (const read of await Promise.allSettled(reads)) {
      expect(read).toMatchObject({ status: "rejected", reason: { code: "ERR_STORE_READ" } });
    }
    fails = false;
    expect(await source.read(500_000, 10)).toEqual(large.slice(500_000, 500_010));
  });

  test("one that hangs, and does not heed the signal, is given up", async () => {
    const hangs = () => new Promise<Response>(() => undefined);
    await expect(open(`${server.origin}/x`, { fetch: hangs, retries: 1, timeoutMs: 10 })).rejects.toMatchObject({
      code: "ERR_STORE_READ",
      message: expect.stringContaining("2 times"),
    });
  });
});

test("no server is ERR_STORE_READ with a cause that names the failure", async () => {
  const gone = new FaultServer();
  await gone.start();
  const url = `${gone.origin}/x.zip`;
  await gone.stop();
  await expect(open(url, { retries: 1 })).rejects.toMatchObject({
    code: "ERR_STORE_READ",
    message: expect.stringContaining("ECONNREFUSED"),
    cause: expect.any(Error),
  });
});

test("zarrzip:request tells of each request", async () => {
  const events: RequestEvent[] = [];
  const listen = (event: unknown) => events.push(event as RequestEvent);
  subscribe("zarrzip:request", listen);
  try {
    server.fault = ({ index, response }) => {
      if (index !== 2) return undefined;
      response.writeHead(503, { "retry-after": "0" }).end();
      return true;
    };
    const source = await open(`${server.serve("/large.zip", large)}?secret`);
    await source.read(500_000, 10);
    expect(source.counters).toEqual({ count: 4, bytes: 65536 + 66560 + 10, cacheHits: 0, retries: 1 });
  } finally {
    unsubscribe("zarrzip:request", listen);
  }
  expect(events.length).toBe(4);
  expect(events[2]).toEqual({
    file: `${server.origin}/large.zip`,
    method: "GET",
    range: "bytes=500000-500009",
    status: 503,
    bytes: 0,
    ms: expect.any(Number),
    failure: "the server answered 503",
  });
  expect(events[3]).toMatchObject({ status: 206, bytes: 10 });
});
