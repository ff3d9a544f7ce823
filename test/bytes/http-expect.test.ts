import { describe, expect, test } from "vitest";
import { nextTurn } from "../../src/bytes/turn.js";
import { faultServer } from "../http/fault-server.js";
import { large, openLarge } from "../http/large-file.js";

const server = faultServer();

describe("announced ranges", () => {
  const ranges = Array.from({ length: 50 }, (_, i) => ({ offset: 100_000 + i * 20_000, length: 5000 }));

  test("are fetched ahead by merged requests, and read without any other", async () => {
    const source = await openLarge(server);
    const giveUp = source.expect(ranges);
    for (const { offset, length } of ranges) {
      expect(await source.read(offset, length)).toEqual(large.slice(offset, offset + length));
    }
    giveUp();
    expect(server.ranges).toEqual(["bytes=100000-1084999"]);
  });

  test("in whatever order they are read", async () => {
    const source = await openLarge(server, { mergeGap: 1000, cacheBytes: 20_000, concurrency: 2 });
    const giveUp = source.expect(ranges);
    for (const { offset, length } of [...ranges].reverse()) {
      expect(await source.read(offset, length)).toEqual(large.slice(offset, offset + length));
    }
    giveUp();
    expect(server.log.length).toBe(50);
  });

  test("no more than cacheBytes are fetched ahead", async () => {
    const source = await openLarge(server, { mergeGap: 1000, cacheBytes: 20_000 });
    const giveUp = source.expect(ranges);
    await source.read(1_900_000, 10); // by then the others have been asked for
    expect(source.counters.count).toBe(2 + 1 + 4);
    for (const { offset, length } of ranges.slice(0, 2)) await source.read(offset, length);
    expect(source.counters.count).toBe(2 + 5 + 2);
    giveUp();
  });

  test("expected reads that were given up are not fetched", async () => {
    const source = await openLarge(server, { mergeGap: 1000, cacheBytes: 20_000 });
    source.expect(ranges)();
    await source.read(1_900_000, 10);
    await source.read(ranges[40]!.offset, 5000);
    expect(server.log.length).toBeLessThanOrEqual(6);
    expect(server.ranges.at(-1)).toBe("bytes=900000-904999");
  });

  test("by several in one turn are merged, and fetched once", async () => {
    const source = await openLarge(server);
    const giveUps = ranges.map((range) => source.expect([range, { offset: 100_000, length: 5000 }]));
    const read = await Promise.all(ranges.map(({ offset, length }) => source.read(offset, length)));
    expect(read[49]).toEqual(large.slice(1_080_000, 1_085_000));
    for (const giveUp of giveUps) giveUp();
    expect(server.ranges).toEqual(["bytes=100000-1084999"]);
  });

  test("that one gives up are fetched for the others", async () => {
    const source = await openLarge(server);
    const giveUps = ranges.slice(0, 3).map((range) => source.expect([range]));
    giveUps[1]!();
    await source.read(100_000, 10);
    giveUps[0]!();
    expect(await source.read(140_000, 5000)).toEqual(large.slice(140_000, 145_000));
    expect(server.ranges).toEqual(["bytes=100000-144999"]);
  });

  test("that all have given up are not fetched any further", async () => {
    const source = await openLarge(server);
    const asked = new Promise<void>((resolve) => {
      server.fault = ({ response }) => {
        response.on("close", resolve); // and no answer
        return true;
      };
    });
    const [first, second] = [ranges[0]!, ranges[1]!].map((range) => source.expect([range]));
    const read = source.read(1_900_000, 10);
    read.catch(() => undefined);
    while (server.log.length < 2) await nextTurn();
    first!();
    second!();
    await asked;
    expect(server.aborted).toBe(1);
    await source.close();
  });

  test("a part of one, and more than one, are read from what was fetched", async () => {
    const source = await openLarge(server);
    const giveUp = source.expect([
      { offset: 100_000, length: 1000 },
      { offset: 300_000, length: 1000 },
    ]);
    expect(await source.read(100_500, 100)).toEqual(large.slice(100_500, 100_600));
    expect(await source.read(99_000, 202_000)).toEqual(large.slice(99_000, 301_000));
    giveUp();
    expect(server.ranges.sort()).toEqual(["bytes=100000-100999", "bytes=300000-300999", "bytes=99000-299999"]);
  });

  test("that failed are asked for again by a read", async () => {
    const source = await openLarge(server, { retries: 0 });
    server.fault = ({ index, response }) => {
      if (index > 0) return undefined;
      response.writeHead(500).end();
      return true;
    };
    const giveUp = source.expect([{ offset: 500_000, length: 1000 }]);
    await expect(source.read(500_000, 1000)).rejects.toMatchObject({ code: "ERR_STORE_READ" });
    expect(await source.read(500_000, 1000)).toEqual(large.slice(500_000, 501_000));
    giveUp();
  });
});
