// Arrays behind a real web server, in the ways in which it is set up.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Agent } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createArray, type HttpOptions, openArray, slice, ZipStore } from "../../src/index.js";
import { expectRejection } from "../expect-error.js";
import { temporaryFolder } from "../temporary-folder.js";
import { hasNginx, Nginx } from "./nginx.js";

const scratch = temporaryFolder();
const secret = Buffer.from("reader:open sesame").toString("base64");
const values = Float64Array.from({ length: 200 * 300 }, (_, i) => Math.sqrt(i));
let server: Nginx;

const cached = "proxy_pass http://127.0.0.1:PORT/plain/; proxy_cache cache; proxy_cache_valid 200 1h;";

beforeAll(async () => {
  if (!hasNginx) return;
  mkdirSync(join(scratch, "files"), { recursive: true });
  const store = await ZipStore.open(join(scratch, "files", "a.zip"), { mode: "w" });
  await createArray(store, { shape: [200, 300], chunks: [20, 50], dtype: "float64", compressors: null, data: values });
  await store.close();
  server = await Nginx.start(scratch, {
    "/plain/": "",
    "/no-ranges/": "max_ranges 0;",
    "/private/": `if ($http_authorization != "Basic ${secret}") { return 401; }`,
    "/gzip/": "gzip on; gzip_types *; gzip_min_length 1; gzip_proxied any;",
    "/weak/": "etag off;",
    "/whole/": cached,
    "/pieces/": `${cached} proxy_set_header Range $http_range; proxy_cache_key $uri$http_range;`,
    "/moved/": "return 302 /plain/a.zip;",
  });
});

afterAll(() => server?.stop());

describe.skipIf(!hasNginx)(`an array behind nginx${hasNginx ? "" : " (skipped: nginx is not installed)"}`, () => {
  test.each([
    ["as it comes", "/plain/a.zip"],
    ["that compresses everything", "/gzip/a.zip"],
    ["without an ETag", "/weak/a.zip"],
    ["behind a cache of whole files", "/whole/a.zip"],
    ["behind a cache that keeps no pieces", "/pieces/a.zip"],
    ["that leads elsewhere", "/moved/a.zip"],
  ])("%s: reads all values, and a window", async (_, path) => {
    const array = await openArray<"float64">(`${server.origin}${path}`);
    expect((await array.get()).data).toEqual(values);
    expect((await array.get([150, slice(100, 103)])).data).toEqual(values.slice(45_100, 45_103));
    await array.close();
  });

  test("over HTTP/2, if the program's fetch speaks it: reads all values, by the requests of HTTP/1.1", async () => {
    const dispatcher = new Agent({ allowH2: true, connect: { ca: server.certificate } });
    const protocols = new Set<string | null>();
    const overHttp2 = async (request: Request, init: RequestInit) => {
      const response = await fetch(request, { ...init, dispatcher } as object);
      protocols.add(response.headers.get("x-protocol"));
      return response;
    };
    const read = async (url: string, options: HttpOptions = {}) => {
      const store = await ZipStore.open(url, options);
      const array = await openArray<"float64">(store);
      expect((await array.get()).data).toEqual(values);
      const windows = await array.getMany([
        [slice(0, 9), 7],
        [150, slice(100, 103)],
      ]);
      expect(windows.map(({ data }) => [...data])).toEqual([
        Array.from({ length: 9 }, (_, row) => Math.sqrt(row * 300 + 7)),
        [...values.slice(45_100, 45_103)],
      ]);
      const { requests } = await store.stats();
      await store.close();
      return requests.count;
    };
    const requests = await read(`${server.secureOrigin}/plain/a.zip`, { fetch: overHttp2 });
    expect([...protocols]).toEqual(["HTTP/2.0"]);
    expect(requests).toBe(await read(`${server.origin}/plain/a.zip`));
    await dispatcher.close();
  });

  test("a certificate that is not trusted is named, and not asked again", async () => {
    const opening = openArray(`${server.secureOrigin}/plain/a.zip`);
    await expectRejection(opening, "ERR_STORE_READ", "DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  test("a server without ranges is named as one", async () => {
    const opening = openArray(`${server.origin}/no-ranges/a.zip`);
    await expectRejection(opening, "ERR_UNSUPPORTED", "does not serve ranges");
  });

  test("a password is asked for, and given by the request hook alone", async () => {
    const url = `${server.origin}/private/a.zip`;
    await expectRejection(openArray(url), "ERR_ACCESS", "/private/a.zip");
    const request = (asked: Request) => new Request(asked, { headers: withCredentials(asked.headers) });
    const store = await ZipStore.open(url, { request });
    const array = await openArray<"float64">(store);
    expect((await array.get()).data).toEqual(values);
    expect(JSON.stringify(array.getState())).not.toContain(secret);
    await store.close();
  });

  test("a file that is missing is ERR_NOT_FOUND", async () => {
    await expectRejection(openArray(`${server.origin}/plain/b.zip`), "ERR_NOT_FOUND", "/plain/b.zip");
  });
});

function withCredentials(headers: Headers): Headers {
  const all = new Headers(headers);
  all.set("Authorization", `Basic ${secret}`);
  return all;
}
