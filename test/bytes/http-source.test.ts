import { describe, expect, test } from "vitest";
import { isZarrError } from "../../src/index.js";
import { faultServer, serveWell } from "../http/fault-server.js";
import { large, numbered, open, openLarge } from "../http/large-file.js";

const server = faultServer();

const kib = 1024;

describe("opening", () => {
  test("asks for 64 KiB of the beginning and 65 KiB of the end", async () => {
    const source = await open(server.serve("/large.zip", large));
    expect(server.ranges).toEqual(["bytes=0-65535", "bytes=-66560"]);
    expect(source.size).toBe(large.length);
    expect(source.identity).toEqual({ size: large.length, etag: '"1"' });
    expect(source.name).toBe(`${server.origin}/large.zip`);
  });

  test("bytes that it was given are never asked for again", async () => {
    const source = await openLarge(server);
    expect(await source.read(0, 64 * kib)).toEqual(large.slice(0, 64 * kib));
    expect(await source.read(large.length - 65 * kib, 65 * kib)).toEqual(large.slice(large.length - 65 * kib));
    expect(server.log).toEqual([]);
    expect(await source.read(60 * kib, 8 * kib)).toEqual(large.slice(60 * kib, 68 * kib));
    expect(server.ranges).toEqual(["bytes=65536-69631"]);
  });

  test.each([1, 100, 64 * kib])("a file of %i bytes needs its beginning alone", async (size) => {
    const path = `/${size}.zip`;
    const source = await open(server.serve(path, large.subarray(0, size)));
    expect(await source.read(0, size)).toEqual(large.slice(0, size));
    // A request for the end, which nobody needs, may still be on its way from the test before.
    expect(server.log.filter(({ url }) => url === path).length).toBeLessThanOrEqual(2);
  });

  test.each([64 * kib + 1, 70 * kib, 129 * kib])("a file of %i bytes is at hand as a whole", async (size) => {
    const path = `/${size}.zip`;
    const source = await open(server.serve(path, large.subarray(0, size)));
    expect(await source.read(0, size)).toEqual(large.slice(0, size));
    expect(server.log.filter(({ url }) => url === path)).toHaveLength(2);
  });

  test("an empty file is one of 0 bytes", async () => {
    const source = await open(server.serve("/empty.zip", new Uint8Array()));
    expect(source.size).toBe(0);
    expect(await source.read(0, 0)).toEqual(new Uint8Array());
    await expect(source.read(0, 1)).rejects.toSatisfy(
      (error) => isZarrError(error, "ERR_STORE_READ") && error.cause === undefined,
    );
  });

  test("a server that does not serve ranges will do where the file is short", async () => {
    server.ignoresRanges = true;
    const source = await open(server.serve("/small.zip", large.subarray(0, 1000)));
    expect(await source.read(0, 1000)).toEqual(large.slice(0, 1000));
  });

  test("else it is refused, and the body is not awaited", async () => {
    server.ignoresRanges = true;
    const url = server.serve("/large.zip", large);
    await expect(open(url)).rejects.toMatchObject({
      code: "ERR_UNSUPPORTED",
      message: expect.stringContaining("does not serve ranges"),
    });
  });

  test("a server that does not serve ranges from the end is asked for the same by their place", async () => {
    for (const refusal of [200, 400, 416, 501]) {
      server.reset();
      server.fault = ({ request, response }) => {
        if (!request.headers.range?.startsWith("bytes=-")) return undefined;
        response.writeHead(refusal).end();
        return true;
      };
      const source = await open(server.serve("/large.zip", large), { retries: 0 });
      expect(server.ranges).toContain(`bytes=${large.length - 66560}-${large.length - 1}`);
      expect(await source.read(large.length - 4, 4)).toEqual(large.slice(-4));
    }
  });

  test("is ended by its signal", async () => {
    const controller = new AbortController();
    server.fault = () => {
      controller.abort(new Error("enough"));
      return true;
    };
    await expect(open(server.serve("/large.zip", large), { signal: controller.signal })).rejects.toThrow("enough");
    await expect(open(server.serve("/large.zip", large), { signal: controller.signal })).rejects.toThrow("enough");
  });

  test.each([
    ["retries", -1],
    ["retries", 1.5],
    ["timeoutMs", 0],
    ["concurrency", 0],
    ["mergeGap", Number.NaN],
    ["cacheBytes", "1"],
  ])("%s: %j is ERR_ARGUMENT", async (name, value) => {
    await expect(open(server.serve("/x", large), { [name]: value })).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
  });
});

describe("a read", () => {
  test("is one request for the very bytes", async () => {
    const source = await openLarge(server);
    expect(await source.read(500_000, 1000)).toEqual(large.slice(500_000, 501_000));
    expect(server.ranges).toEqual(["bytes=500000-500999"]);
  });

  test("those of one turn are merged where they are near", async () => {
    const source = await openLarge(server);
    const at = [300_000, 900_000, 100_000, 160_000, 100_500];
    const found = await Promise.all(at.map((offset) => source.read(offset, 1000)));
    expect(found).toEqual(at.map((offset) => large.slice(offset, offset + 1000)));
    expect(server.ranges.sort()).toEqual(["bytes=100000-160999", "bytes=300000-300999", "bytes=900000-900999"]);
  });

  test("bytes that were read are kept, up to cacheBytes, the last used longest", async () => {
    const source = await openLarge(server, { cacheBytes: 3000, mergeGap: 0 });
    for (const offset of [100_000, 200_000, 300_000]) await source.read(offset, 1000);
    server.log.length = 0;
    await source.read(100_000, 1000);
    await source.read(400_000, 1000);
    expect(await source.read(100_500, 10)).toEqual(large.slice(100_500, 100_510));
    await source.read(300_000, 1000);
    expect(server.log.length).toBe(1);
    await source.read(200_000, 1000);
    expect(server.log.length).toBe(2);
    expect(source.counters).toMatchObject({ count: 7, cacheHits: 3, retries: 0 });
  });

  test("is memory of its own", async () => {
    const source = await openLarge(server);
    for (const offset of [0, 500_000]) {
      for (let i = 0; i < 2; i++) (await source.read(offset, 1000)).fill(0);
      expect(await source.read(offset, 1000)).toEqual(large.slice(offset, offset + 1000));
    }
  });

  test("the same bytes are fetched once for all who ask, and not for somebody who no longer does", async () => {
    const source = await openLarge(server, { cacheBytes: 0 });
    let answer: (() => void) | undefined;
    const asked = new Promise<void>((resolve) => {
      server.fault = (exchange) => {
        answer = () => serveWell(exchange);
        resolve();
        return true;
      };
    });
    const controller = new AbortController();
    const first = source.read(500_000, 1000, { signal: controller.signal });
    await asked;
    const second = source.read(500_100, 100);
    controller.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    answer?.();
    expect(await second).toEqual(large.slice(500_100, 500_200));
    expect(server.log.length).toBe(1);
  });

  test("is stopped when nobody wants its bytes any more", async () => {
    const source = await openLarge(server);
    const controller = new AbortController();
    const closed = new Promise<void>((resolve) => {
      server.fault = ({ response }) => {
        response.on("close", resolve);
        controller.abort(new Error("enough"));
        return true;
      };
    });
    const read = source.read(500_000, 1000, { signal: controller.signal });
    await expect(read).rejects.toThrow("enough");
    await closed;
    server.fault = undefined;
    expect(await source.read(500_000, 1000)).toEqual(large.slice(500_000, 501_000));
  });

  test("has its bytes as soon as they have arrived, though others of the same request have not", async () => {
    const source = await openLarge(server);
    let finish: (() => void) | undefined;
    server.fault = ({ response, range }) => {
      const { start, end } = range!;
      const of = `bytes ${start}-${end - 1}/${large.length}`;
      response.writeHead(206, { etag: '"1"', "content-range": of, "content-length": end - start });
      response.write(large.subarray(start, start + 10_000));
      finish = () => response.end(large.subarray(start + 10_000, end));
      return true;
    };
    const [early, late] = [source.read(500_000, 10_000), source.read(510_000, 10_000)];
    expect(await early).toEqual(large.slice(500_000, 510_000));
    expect(server.log).toHaveLength(1);
    finish?.();
    expect(await late).toEqual(large.slice(510_000, 520_000));
  });

  test("waits for the end of an answer that has not said how long it is", async () => {
    const source = await openLarge(server, { retries: 0 });
    server.fault = ({ response, range }) => {
      const { start, end } = range!;
      response.writeHead(206, { etag: '"1"', "content-range": `bytes ${start}-${end - 1}/${large.length}` });
      response.end(large.subarray(0, end - start + 1)); // other bytes, and one too many
      return true;
    };
    const reads = await Promise.allSettled([source.read(500_000, 10_000), source.read(510_000, 10_000)]);
    expect(reads.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  test("an answer that breaks off is asked for again, by those that still wait", async () => {
    const source = await openLarge(server);
    let early: Promise<Uint8Array> | undefined;
    server.fault = ({ response, range, index }) => {
      if (index > 0) return undefined;
      const { start, end } = range!;
      const of = `bytes ${start}-${end - 1}/${large.length}`;
      response.writeHead(206, { etag: '"1"', "content-range": of, "content-length": end - start });
      response.write(large.subarray(start, start + 15_000));
      void early?.then(() => response.destroy());
      return true;
    };
    early = source.read(500_000, 10_000);
    const late = source.read(510_000, 10_000);
    expect(await early).toEqual(large.slice(500_000, 510_000));
    expect(await late).toEqual(large.slice(510_000, 520_000));
    expect(server.ranges).toEqual(["bytes=500000-519999", "bytes=500000-519999"]);
  });

  test("so many are under way at once as concurrency says", async () => {
    const source = await openLarge(server, { concurrency: 3, mergeGap: 0 });
    const waiting: (() => void)[] = [];
    let most = 0;
    server.fault = (exchange) => {
      waiting.push(() => serveWell(exchange));
      most = Math.max(most, waiting.length);
      // The third arrives only if nobody waits for the first.
      if (waiting.length === 3 || server.log.length >= 10) for (const answer of waiting.splice(0)) answer();
      return true;
    };
    const at = Array.from({ length: 12 }, (_, i) => 100_000 + 10_000 * i);
    const found = await Promise.all(at.map((offset) => source.read(offset, 10)));
    expect(found).toEqual(at.map((offset) => large.slice(offset, offset + 10)));
    expect(most).toBe(3);
  });

  test("that has to wait is merged with those that wait, too", async () => {
    const source = await openLarge(server, { concurrency: 1 });
    let answer: (() => void) | undefined;
    const asked = new Promise<void>((resolve) => {
      server.fault = (exchange) => {
        if (exchange.index > 0) return undefined;
        answer = () => serveWell(exchange);
        resolve();
        return true;
      };
    });
    const reads = [source.read(500_000, 10)];
    await asked;
    const controller = new AbortController();
    const ended = source.read(900_000, 10, { signal: controller.signal });
    for (let i = 0; i < 20; i++) {
      reads.push(source.read(100_000 + 1000 * i, 10));
      await new Promise((resolve) => setImmediate(resolve));
    }
    controller.abort(new Error("enough"));
    await expect(ended).rejects.toThrow("enough");
    answer?.();
    const found = await Promise.all(reads);
    expect(found[20]).toEqual(large.slice(119_000, 119_010));
    expect(server.ranges).toEqual(["bytes=500000-500009", "bytes=100000-119009"]);
  });

  test("a request has at most 16 MiB", async () => {
    const huge = numbered(40 * 2 ** 20);
    const source = await open(server.serve("/huge.zip", huge));
    server.log.length = 0;
    const found = await source.read(2 ** 20, 36 * 2 ** 20);
    expect(Buffer.compare(found, huge.subarray(2 ** 20, 37 * 2 ** 20))).toBe(0);
    expect(server.ranges.sort()).toEqual([
      "bytes=1048576-17825791",
      "bytes=17825792-34603007",
      "bytes=34603008-38797311",
    ]);
  });

  test("is ERR_CLOSED after closing, also if it is under way", async () => {
    const source = await openLarge(server);
    const asked = new Promise<void>((resolve) => {
      server.fault = () => {
        resolve();
        return true;
      };
    });
    const read = source.read(500_000, 1000);
    const rejected = expect(read).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await asked;
    const gathered = expect(source.read(700_000, 1000)).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await source.close();
    await rejected;
    await gathered;
    await expect(source.read(600_000, 1000)).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });
});
