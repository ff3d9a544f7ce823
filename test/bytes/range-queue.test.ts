import { expect, test } from "vitest";
import { RangeCache } from "../../src/bytes/range-cache.js";
import { RangeQueue } from "../../src/bytes/range-queue.js";
import { nextTurn } from "../../src/bytes/turn.js";

test.each([1, 2, 4])("no more than concurrency = %i requests are under way", async (concurrency) => {
  let underWay = 0;
  let most = 0;
  const fetch = async (start: number, end: number) => {
    most = Math.max(most, ++underWay);
    await nextTurn();
    underWay--;
    return new Uint8Array(end - start);
  };
  const queue = new RangeQueue(fetch, { concurrency, mergeGap: 0, cacheBytes: 0 }, new RangeCache(0));
  await Promise.all(Array.from({ length: 20 }, (_, i) => queue.read(i * 100, i * 100 + 10)));
  expect(most).toBe(concurrency);
});
