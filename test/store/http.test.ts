// Archives behind URLs: what is read of them, by how many requests, and what comes of a server's faults.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { HttpSource } from "../../src/bytes/http-source.js";
import { nextTurn } from "../../src/bytes/turn.js";
import {
  createArray,
  createGroup,
  exportZip,
  isZarrError,
  MemoryStore,
  open,
  openArray,
  openGroup,
  slice,
  type ZarrArray,
  ZipStore,
} from "../../src/index.js";
import { type Exchange, faultServer, serveWell } from "../http/fault-server.js";
import { faults, slowFaults } from "../http/faults.js";
import { rareFaults } from "../http/rare-faults.js";
import { isLong } from "../long.js";
import { temporaryFolder } from "../temporary-folder.js";

const server = faultServer();
const folder = temporaryFolder();

/** 40 chunks of 40,000 bytes each, which hold their elements as they are, and the document after them. */
let file: Uint8Array;
const length = 400_000;
const valueAt = (i: number) => Math.imul(i, 0x9e3779b1) | 0;

beforeAll(async () => {
  const path = `${folder}/array.zip`;
  const store = await ZipStore.open(path, { mode: "w" });
  const array = await createArray(store, {
    shape: [length],
    chunks: [10_000],
    dtype: "int32",
    compressors: [],
  });
  await array.set(
    null,
    Int32Array.from({ length }, (_, i) => valueAt(i)),
  );
  await store.close();
  file = new Uint8Array(readFileSync(path));
});

const serve = (etag?: string) => server.serve("/array.zip", file, etag);

test("opening takes two requests, and each value one", async () => {
  const store = await ZipStore.open(serve());
  expect(server.ranges.length).toBe(2);
  for (let i = 0; i < 30; i++) expect((await store.get(`c/${i}`))?.length).toBe(40_000);
  expect(server.ranges.length).toBeLessThanOrEqual(2 + 30);
  const { requests, reads } = await store.stats();
  expect(requests).toMatchObject({ count: server.log.length, retries: 0 });
  expect(requests.bytes).toBeGreaterThan(30 * 40_000);
  expect(reads).toMatchObject({ count: 30, unverified: 0 });
  await store.close();
});

test("a small archive takes no more requests than its opening", async () => {
  const path = `${folder}/small.zip`;
  const written = await ZipStore.open(path, { mode: "w" });
  const group = await createGroup(written);
  for (let i = 0; i < 5; i++) await createGroup(group.store, { path: `g${i}` });
  await written.close();
  const group2 = await openGroup(server.serve("/small.zip", readFileSync(path)));
  for (let i = 0; i < 5; i++) await group2.get(`g${i}`);
  await group2.close();
  expect(server.log.length).toBe(2);
});

test("an OME-Zarr file tells its tree of 50 nodes by the requests of its opening", async () => {
  const memory = new MemoryStore();
  await createGroup(memory, { attributes: { ome: { version: "0.5" } } });
  for (let i = 0; i < 49; i++) {
    const array = { shape: [100, 100], chunks: [100, 100], dtype: "uint16", compressors: null } as const;
    await createArray(memory, { path: `level ${i}`, ...array, data: new Uint16Array(10_000).fill(i) });
  }
  const bytes = await new Response(exportZip(memory, { profile: "rfc9" })).arrayBuffer();
  const group = await openGroup(server.serve("/image.ozx", new Uint8Array(bytes)));
  expect((await group.members()).length).toBe(49);
  expect((await group.tree()).split("\n").length).toBeGreaterThanOrEqual(50);
  expect(server.log.length).toBe(2);
  await group.close();
});

test("one that was appended to takes one more, for the header of the last commit", async () => {
  const path = `${folder}/appended.zip`;
  for (const name of ["a", "b", "c"]) {
    const store = await ZipStore.open(path, { mode: "a" });
    await store.set(name, new Uint8Array(300_000).fill(name.charCodeAt(0)));
    await store.close();
  }
  const store = await ZipStore.open(server.serve("/appended.zip", readFileSync(path)));
  expect(server.log.length).toBe(3);
  expect((await store.get("b"))?.[0]).toBe(98);
  const versions = await store.versions();
  expect(versions.length).toBe(3);
  await store.close();
  const older = await ZipStore.open(server.serve("/appended.zip", readFileSync(path)), { version: versions[1]!.id });
  expect(await older.has("c")).toBe(false);
  expect((await older.get("b"))?.length).toBe(300_000);
  await older.close();
});

test("arrays and groups are opened by a URL, with options of it", async () => {
  let asked = 0;
  const request = (given: Request) => {
    asked++;
    return given;
  };
  const array = await openArray<"int32">(serve(), { request, path: "", mergeGap: 0 });
  expect(await array.get([123_456])).toBe(valueAt(123_456));
  expect(array.store.path).toBe(`${server.origin}/array.zip`);
  expect(asked).toBe(server.log.length);
  await array.close();
  const node = await open(new URL(serve()), { retries: 0 });
  expect(node.path).toBe("");
  await node.close();
  await expect(openGroup(serve(), { timeoutMs: 5000 })).rejects.toMatchObject({ code: "ERR_NOT_FOUND" });
});

test("a thousand windows that are asked for at once are merged, whoever asks", async () => {
  const array = await openArray<"int32">(serve());
  const opened = server.log.length;
  const begins = Array.from({ length: 1000 }, (_, i) => (i * 7919) % (length - 8));
  const found = await Promise.all(begins.map((begin) => array.get([slice(begin, begin + 8)])));
  expect(found.map(({ data }) => data[7])).toEqual(begins.map((begin) => valueAt(begin + 7)));
  expect(server.log.length - opened).toBeLessThanOrEqual(2);
  await array.close();
});

describe("an aborted read", () => {
  const kinds: Record<string, (array: ZarrArray<"int32">, signal: AbortSignal) => Promise<unknown>> = {
    "of a window": (array, signal) => array.get([slice(150_000, 150_010)], { signal }),
    "of many windows": (array, signal) => array.getMany([[slice(150_000, 150_010)], [3]], { signal }),
    "of elements": (array, signal) => array.getCoordinates([[150_000, 399_999]], { signal }),
    "of a chunk": (array, signal) => array.getChunk([15], { signal }),
    "of a value": ({ store }, signal) => store.get("c/15", { signal }),
    "of a range": ({ store }, signal) => store.getRange("c/15", { offset: 9, length: 9 }, { signal }),
  };

  test.each(Object.entries(kinds))("%s stops its requests, and no other", async (_, read) => {
    const array = await openArray<"int32">(serve(), { mergeGap: 0 });
    const opened = server.log.length;
    const held: Exchange[] = [];
    server.fault = (exchange) => held.push(exchange) > 0;
    const controller = new AbortController();
    const reading = read(array, controller.signal);
    const other = array.get([275_000]);
    while (held.length < 2) await nextTurn();
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
    const isOther = ({ range }: Exchange) => range!.start > 1_000_000 && range!.start < 1_150_000; // chunk 27
    while (server.aborted < held.filter((exchange) => !isOther(exchange)).length) await nextTurn();
    server.fault = undefined;
    for (const exchange of held.filter(isOther)) serveWell(exchange);
    expect(await other).toBe(valueAt(275_000));
    expect(await array.get([155_000])).toBe(valueAt(155_000));
    expect(server.log.length).toBeGreaterThan(opened);
    await array.close();
  });

  test.each(["large", "small"])("of many %s chunks stops its requests", async (size) => {
    const path = `${folder}/small-chunks.zip`;
    const store = await ZipStore.open(path, { mode: "w" });
    await createArray(store, { shape: [100_000], chunks: [50], dtype: "int32", compressors: [], fillValue: -1 });
    await (await openArray<"int32">(store)).set(null, new Int32Array(100_000));
    await store.close();
    const url = size === "small" ? server.serve("/small-chunks.zip", readFileSync(path)) : serve();
    const array = await openArray<"int32">(url);
    const opened = server.log.length;
    server.fault = () => true;
    const controller = new AbortController();
    const reading = array.get(null, { signal: controller.signal });
    while (server.log.length === opened) await nextTurn();
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    while (server.aborted < server.log.length - opened) await nextTurn();
    server.fault = undefined;
    expect((await array.get()).data.at(-1)).toBe(size === "small" ? 0 : valueAt(length - 1));
    await array.close();
  });
});

describe("options", () => {
  test("that there are not, and those of URLs for anything else, are ERR_ARGUMENT", async () => {
    const wrong = { retry: 3 } as object;
    await expect(ZipStore.open(serve(), wrong)).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    await expect(openArray(serve(), wrong)).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    const path = `${folder}/array.zip`;
    for (const work of [
      () => ZipStore.open(path, { retries: 3 }),
      () => openArray(path, { verify: "whole" }),
      () => openArray(folder, { request: (given) => given }),
      () => openArray(new MemoryStore(), { cacheBytes: 1 }),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: "ERR_ARGUMENT", message: expect.stringContaining("URL") });
    }
    await expect(ZipStore.open(serve(), { verify: "all" as "whole" })).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    expect(server.log).toEqual([]);
  });

  test("a URL cannot be written, nor followed", async () => {
    for (const mode of ["r+", "a", "w", "w-"] as const) {
      await expect(ZipStore.open(serve(), { mode })).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
    }
    await expect(ZipStore.open(serve(), { view: "follow" })).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
    expect(server.log).toEqual([]);
  });

  test("a signal ends the opening", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(ZipStore.open(serve(), { signal })).rejects.toThrow("enough");
  });
});

test("a range of a stored value is not verified, unless all of the value is read", async () => {
  const damaged = file.slice();
  const store = await ZipStore.open(serve());
  await store.getRange("c/3", { offset: 1000, length: 100 });
  expect((await store.stats()).reads).toMatchObject({ unverified: 1, unverifiedBytes: 100 });
  await store.close();
  damaged[damaged.length >> 1] = damaged[damaged.length >> 1]! ^ 1;
  const careful = await ZipStore.open(server.serve("/damaged.zip", damaged), { verify: "whole" });
  const outcomes: string[] = [];
  for (let i = 0; i < 40; i++) {
    const range = { offset: 0, length: 10 };
    outcomes.push(
      await careful.getRange(`c/${i}`, range).then(
        () => "right",
        (error) => error.code,
      ),
    );
  }
  expect(outcomes.filter((outcome) => outcome !== "right")).toEqual(["ERR_CHECKSUM"]);
  expect((await careful.stats()).reads.unverified).toBe(0);
  await careful.close();
});

test("a file that is replaced between two reads is ERR_STALE_STATE", async () => {
  for (const [etag, bytes] of [['"2"', file] as const, [undefined, file.subarray(0, -1)] as const]) {
    const store = await ZipStore.open(serve());
    await store.get("c/1");
    server.serve("/array.zip", bytes, etag);
    await expect(store.get("c/11")).rejects.toMatchObject({
      code: "ERR_STALE_STATE",
      message: expect.stringContaining("open it again"),
    });
    await store.close();
  }
});

/** Requests that are made well before the fault: of the opening, of the first chunk, of others. */
const phases = { open: 0, "the first chunk": 2, "a later chunk": 4 };

describe.each(Object.entries(isLong ? { ...faults, ...rareFaults } : faults))(
  "%s",
  (name, { fault, code, needsEarlier }) => {
    test.each(Object.entries(phases))("from %s on: the error, or the right values", async (_, from) => {
      if (from === 0 && needsEarlier) return;
      const url = serve();
      server.fault = (exchange) => (exchange.index >= from ? fault(exchange) : undefined);
      const timeoutMs = slowFaults.has(name) ? 100 : 10_000;
      const outcome = async () => {
        const array = await openArray<"int32">(url, { retries: 0, timeoutMs });
        try {
          const at = [105_000, 205_000, 305_000];
          const found: number[] = [];
          for (const i of at) found.push(Number(await array.get([i])));
          return found.every((value, i) => value === valueAt(at[i]!)) ? "right values" : "wrong values";
        } finally {
          await array.close();
        }
      };
      const found = await outcome().catch((error) => {
        if (!isZarrError(error)) throw error;
        expect(error.details.file).toBe(url);
        return error.code;
      });
      expect(found).toBe(code ?? "right values");
    });
  },
);

test("a soak of faults that pass ends in right values", async () => {
  const passing = Object.entries(faults).filter(([name, { passes }]) => passes && !slowFaults.has(name));
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 48_271) >>> 0) % 0x7fff_ffff;
    return seed;
  };
  const url = serve();
  server.fault = (exchange) => {
    const [, { fault }] = passing[random() % passing.length]!;
    return random() % 4 === 0 ? fault(exchange) : undefined;
  };
  const source = await HttpSource.open(new URL(url), { retries: 20 }, { backoffMs: 1 });
  const store = await ZipStore.open(source);
  const { data } = await (await openArray<"int32">(store)).get(null);
  expect(data.every((value, i) => value === valueAt(i))).toBe(true);
  await store.close();
});

test("a server that answers well after a while is waited for", async () => {
  server.fault = (exchange) => {
    if (exchange.index % 3 !== 2) {
      exchange.response.writeHead(429, { "retry-after": "0" }).end();
      return true;
    }
    serveWell(exchange);
    return true;
  };
  const store = await ZipStore.open(serve());
  expect((await store.get("c/20"))?.length).toBe(40_000);
  expect((await store.stats()).requests.retries).toBeGreaterThan(0);
  await store.close();
});
