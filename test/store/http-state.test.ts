// States of archives behind URLs: they are complete, they have no secrets, and they lead nowhere that the receiver does not allow.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { copyFileSync, readFileSync } from "node:fs";
import { inspect } from "node:util";
import { Worker } from "node:worker_threads";
import { beforeAll, describe, expect, test } from "vitest";
import { createArray, isZarrError, openArray, restore, ZipStore, type ZipStoreState } from "../../src/index.js";
import { FaultServer, faultServer } from "../http/fault-server.js";
import { temporaryFolder } from "../temporary-folder.js";

const server = faultServer();
const folder = temporaryFolder();
const path = `${folder}/a.zip`;
let file: Uint8Array;

beforeAll(async () => {
  const store = await ZipStore.open(path, { mode: "w" });
  for (const key of ["a", "b", "c"]) await store.set(key, new Uint8Array(200_000).fill(key.charCodeAt(0)));
  await createArray(store, { path: "x", shape: [3], dtype: "int32", data: [1, 2, 3] });
  await store.close();
  file = new Uint8Array(readFileSync(path));
});

const serve = (etag?: string) => server.serve("/d/a.zip", file, etag);

async function stateOf(url: string, options: Parameters<typeof ZipStore.open>[1] = {}): Promise<ZipStoreState> {
  const store = await ZipStore.open(url, options);
  const state = JSON.parse(JSON.stringify(store.getState())) as ZipStoreState;
  await store.close();
  server.log.length = 0;
  return state;
}

const outcome = async (work: Promise<unknown>) => await work.then(String, (error) => error.code ?? error);

describe("a state", () => {
  test("is plain JSON, and complete", async () => {
    const url = serve();
    const state = await stateOf(url, { cacheBytes: 1000, verify: "whole" });
    expect(state).toMatchObject({
      kind: "ZipStore",
      version: 1,
      path: url,
      url,
      readOnly: true,
      mode: "r",
      view: "pinned",
      http: { retries: 4, timeoutMs: 30_000, concurrency: 10, mergeGap: 65_536, cacheBytes: 1000, verify: "whole" },
      identity: { end: file.length, size: file.length, etag: '"1"' },
    });
    const store = await ZipStore.fromState(state);
    expect(store.getState()).toEqual(state);
    expect(server.log).toEqual([]);
    expect((await store.get("b"))?.[7]).toBe(98);
    expect(store.getState()).toEqual(state);
    expect(server.log.length).toBe(2); // the directory, and the value
    await store.close();
  });

  test("of another file is ERR_STALE_STATE, whatever tells it", async () => {
    const state = await stateOf(serve());
    const weak = await stateOf(serve('W/"1"'));
    const other = file.slice();
    other.set([0], file.length - 30_000);
    const cases: [ZipStoreState, Uint8Array, string][] = [
      [state, file, '"2"'],
      [state, file.subarray(1), '"1"'],
      [weak, file.subarray(0, -1), 'W/"1"'],
    ];
    for (const [given, bytes, etag] of cases) {
      server.serve("/d/a.zip", bytes, etag);
      const store = await ZipStore.fromState(given);
      expect(await outcome(store.get("a"))).toBe("ERR_STALE_STATE");
      await store.close();
    }
  });

  test.each([
    ["url", "ftp://h/a.zip"],
    ["url", "http://user:p@h/a.zip"],
    ["url", 7],
    ["path", "/a.zip"],
    ["http", undefined],
    ["http", { retries: -1 }],
    ...["retries", "concurrency", "mergeGap", "cacheBytes"].map((name): [string, unknown] => [
      "http",
      { retries: 4, timeoutMs: 1, concurrency: 1, mergeGap: 0, cacheBytes: 0, verify: null, [name]: 2 ** 40 },
    ]),
    ["identity", { end: 1, digest: "", root: "", size: 1 }],
    ["identity", { end: 1, digest: "", root: "", size: 1, etag: 7 }],
    ["mode", "r+"],
    ["sharedUrl", "http://h/a.zip"],
    ["sharedUrl", new TextEncoder().encode("http://other/a.zip").buffer],
  ])("whose %s is %j is ERR_STATE", async (member, value) => {
    const state = { ...(await stateOf(serve())), [member]: value };
    if (member === "mode") state.readOnly = false;
    expect(await outcome(ZipStore.fromState(state))).toBe("ERR_STATE");
    expect(server.log).toEqual([]);
  });

  test("of a shared store costs a thread no more than what it reads, and takes the query with it", async () => {
    const url = `${serve()}?versionId=3`;
    server.fault = ({ url: asked, response }) => {
      if (asked.endsWith("?versionId=3")) return undefined;
      response.writeHead(403).end();
      return true;
    };
    const store = await ZipStore.open(url);
    const state = store.getState({ share: true });
    expect(JSON.stringify(state)).not.toContain("versionId");
    const got = await new Promise((resolve, reject) => {
      const worker = new Worker(new URL("read-key.mjs", import.meta.url), { workerData: { state, key: "c" } });
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    expect(got).toEqual({ length: 200_000, requests: 1 });
    const bare = await ZipStore.fromState(store.getState());
    expect(await outcome(bare.get("c"))).toBe("ERR_ACCESS");
    await bare.close();
    await store.close();
  });

  test("replaces another by setState, by the rules of the receiver", async () => {
    const state = await stateOf(serve());
    const other = await stateOf(server.serve("/e/a.zip", file));
    let asked = 0;
    const request = (given: Request) => {
      asked++;
      return given;
    };
    const store = await ZipStore.fromState(state, { request, roots: [`${server.origin}/d`] });
    await store.get("a");
    const before = asked;
    expect(() => store.setState(other)).toThrow(expect.objectContaining({ code: "ERR_STATE" }));
    store.setState(state);
    await store.get("b");
    expect(asked).toBeGreaterThan(before);
    await store.close();
  });

  test("of an array is restored with what its receiver adds", async () => {
    server.fault = ({ request, response }) => {
      if (request.headers["x-token"] === "t") return undefined;
      response.writeHead(401).end();
      return true;
    };
    const request = (given: Request) => {
      given.headers.set("x-token", "t");
      return given;
    };
    const array = await openArray(serve(), { path: "x", request });
    const state = JSON.parse(JSON.stringify(array));
    await array.close();
    const restored = await restore(state, { request, roots: [server.origin] });
    expect("get" in restored && (await (restored as typeof array).get([1]))).toBe(2);
    await restored.close();
    const without = await restore(state);
    expect(await outcome((without as typeof array).get([1]))).toBe("ERR_ACCESS");
    await without.close();
  });
});

describe("roots", () => {
  const allowed = (url: string, ...roots: string[]) =>
    stateOf(serve()).then((state) => outcome(ZipStore.fromState({ ...state, url, path: url }, { roots })));

  test.each([
    ["http://h/d/a.zip", "http://h/d"],
    ["http://h/d/a.zip", "http://h/d/"],
    ["http://h/d/a.zip", "http://h"],
    ["http://h/d/a.zip", "http://h/d/a.zip"],
    ["http://h/d/e%20f/a.zip", "http://h/d"],
    ["https://h/d/a.zip", "https://h:443/d"],
  ])("%s is below %s", async (url, root) => {
    expect(await allowed(url, "/nowhere", root)).toBe("[object Object]");
  });

  test.each([
    ["http://h/data/a.zip", "http://h/d"],
    ["https://h/d/a.zip", "http://h/d"],
    ["http://h:8080/d/a.zip", "http://h/d"],
    ["http://h.evil/d/a.zip", "http://h"],
    ["http://evil/http://h/d/a.zip", "http://h/d"],
    ["http://h/d/..%2fsecret.zip", "http://h/d"],
    ["http://h/d/..%5Csecret.zip", "http://h/d"],
    ["http://h/d/..;/secret.zip", "http://h/d"],
    ["http://h/d/%2E.;x=1/secret.zip", "http://h/d"],
    ["http://h/D/a.zip", "http://h/d"],
    ["http://h/d/a.zip", "/d"],
  ])("%s is not below %s", async (url, root) => {
    expect(await allowed(url, root)).toBe("ERR_STATE");
  });

  test("allow no query that a state adds", async () => {
    const state = await stateOf(serve());
    for (const added of ["?delete", "#a"]) {
      const url = `${state.url}${added}`;
      expect(await outcome(ZipStore.fromState({ ...state, url }, { roots: [server.origin] }))).toBe("ERR_STATE");
    }
  });

  test("URLs allow no file, and a folder no URL", async () => {
    const store = await ZipStore.open(path);
    const state = store.getState();
    await store.close();
    expect(await outcome(ZipStore.fromState(state, { roots: [server.origin, "https://h/"] }))).toBe("ERR_STATE");
  });

  test("hold for redirects, too", async () => {
    const other = new FaultServer();
    await other.start();
    const state = await stateOf(serve());
    server.fault = ({ response }) => {
      response.writeHead(302, { location: other.serve("/d/a.zip", file) }).end();
      return true;
    };
    const store = await ZipStore.fromState(state, { roots: [server.origin] });
    expect(await outcome(store.get("a"))).toBe("ERR_STATE");
    expect(other.log).toEqual([]);
    await store.close();
    const wider = await ZipStore.fromState(state, { roots: [server.origin, other.origin] });
    expect((await wider.get("a"))?.length).toBe(200_000);
    await wider.close();
    await other.stop();
  });
});

describe("locate", () => {
  test("says where the file of a state lies here: a path elsewhere, a URL for a path, a path for a URL", async () => {
    const copy = `${folder}/copy.zip`;
    copyFileSync(path, copy);
    const local = await ZipStore.open(path);
    const states = [local.getState(), await stateOf(serve())];
    await local.close();
    const elsewhere = server.serve("/mirror/b.zip", file, '"of another server"');
    for (const state of states) {
      for (const place of [copy, elsewhere, new URL(elsewhere)]) {
        const names: string[] = [];
        const locate = async (name: string) => {
          names.push(name);
          return place;
        };
        const roots = [folder, `${server.origin}/mirror`];
        const store = await ZipStore.fromState(JSON.parse(JSON.stringify(state)), { locate, roots });
        expect(names).toEqual([state.path]);
        expect(store.path).toBe(String(place));
        expect((await store.get("b"))?.length).toBe(200_000);
        const again = await ZipStore.fromState(store.getState());
        expect((await again.get("c"))?.length).toBe(200_000);
        await again.close();
        await store.close();
      }
    }
  });

  test("another file there is ERR_STALE_STATE, a place that is not allowed ERR_STATE, none ERR_ARGUMENT", async () => {
    const state = await stateOf(serve());
    const otherPath = `${folder}/other.zip`;
    const other = await ZipStore.open(otherPath, { mode: "w" });
    await other.set("a", new Uint8Array(900_000));
    await other.close();
    const url = server.serve("/other.zip", new Uint8Array(readFileSync(otherPath)));
    for (const place of [otherPath, url]) {
      const store = await ZipStore.fromState(state, { locate: () => place });
      expect(await outcome(store.get("a"))).toBe("ERR_STALE_STATE");
      await store.close();
    }
    expect(await outcome(ZipStore.fromState(state, { locate: () => url, roots: [folder] }))).toBe("ERR_STATE");
    const nowhere = { locate: () => undefined as unknown as string };
    expect(await outcome(ZipStore.fromState(state, nowhere))).toBe("ERR_ARGUMENT");
  });

  test("a file that is written cannot be a URL", async () => {
    const store = await ZipStore.open(path, { mode: "r+" });
    const state = store.getState();
    await store.close();
    expect(await outcome(ZipStore.fromState(state, { locate: serve }))).toBe("ERR_UNSUPPORTED");
  });
});

test("no secret is in a state, an error, an event or the text of an instance", async () => {
  const secret = "s3cr3t";
  const events: unknown[] = [];
  const listen = (event: unknown) => events.push(event);
  const channels = ["zarrzip:request", "zarrzip:read"];
  for (const name of channels) subscribe(name, listen);
  const seen: unknown[] = [];
  const url = new URL(`${serve()}?X-Amz-Signature=${secret}#${secret}`);
  url.username = secret;
  url.password = secret;
  const request = (given: Request) => {
    given.headers.set("x-token", secret);
    return given;
  };
  const answers: [status: number, headers?: Record<string, string>][] = [
    ...[200, 206, 400, 401, 403, 404, 410, 416, 418, 429, 500, 503].map((status): [number] => [status]),
    [302, { location: `http://127.0.0.1:1/?${secret}` }],
    [302, { location: `ftp://${secret}@h/?${secret}` }],
    [302, { location: `http://[${secret}` }],
    [206, { "content-range": `bytes 0-1/2` }],
  ];
  try {
    for (const [status, headers = {}] of answers) {
      server.fault = ({ response }) => {
        response.writeHead(status, headers).end(status === 204 ? undefined : "x".repeat(20_000));
        return true;
      };
      seen.push(await ZipStore.open(url, { request, retries: 0 }).catch((error) => error));
    }
    server.fault = ({ request: asked }) => {
      asked.socket.destroy();
      return true;
    };
    seen.push(await openArray(url.href, { request, retries: 0 }).catch((error) => error));
    seen.push(await ZipStore.open(`http://user:${secret}@/?${secret}`).catch((error) => error));
    seen.push(await ZipStore.open(`http://[/?${secret}`).catch((error) => error));
    seen.push(await ZipStore.open(`s3://key:${secret}@h/x.zip?${secret}#${secret}`).catch((error) => error));
    seen.push(await ZipStore.open(url, { mode: "w" }).catch((error) => error));
    seen.push(await ZipStore.open(url, { retries: -1 }).catch((error) => error));
    expect(seen.length).toBe(answers.length + 6);
    for (const error of seen) expect(isZarrError(error), String(error)).toBe(true);
    server.fault = undefined;
    const array = await openArray(url, { path: "x", request });
    await array.get();
    seen.push(array, array.getState(), array.store, array.store.getState(), JSON.stringify(array));
    const store = array.store as ZipStore;
    seen.push(JSON.stringify(store.getState({ share: true })), await store.stats(), store.path);
    server.serve("/d/a.zip", file, `"2"`);
    seen.push(await store.get("b").catch((error) => error));
    await array.close();
    seen.push(await store.get("b").catch((error) => error));
  } finally {
    for (const name of channels) unsubscribe(name, listen);
  }
  expect(events.length).toBeGreaterThan(10);
  for (const thing of [...seen, ...events]) {
    const error = thing as { toState?: () => unknown; stack?: string };
    const texts = [inspect(thing, { depth: 20, showHidden: true }), error.stack, JSON.stringify(error.toState?.())];
    for (const text of texts) expect(text ?? "").not.toContain(secret);
  }
});
