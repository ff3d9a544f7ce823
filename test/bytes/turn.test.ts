import { expect, it } from "vitest";
import { isTurnDue, nextTurn } from "../../src/bytes/turn.js";

/** Keeps the thread busy, in milliseconds. */
function work(ms: number): void {
  for (const start = performance.now(); performance.now() - start < ms; );
}

const callback = () => new Promise<void>((resolve) => setImmediate(resolve));

it("no turn is due when work begins, and one when it has gone on for 6 ms", async () => {
  await callback();
  expect(isTurnDue()).toBe(false);
  work(6);
  expect(isTurnDue()).toBe(true);
});

it("the time counts from the last turn of the thread on, whoever took it", async () => {
  await callback();
  expect(isTurnDue()).toBe(false);
  work(6);
  await callback();
  expect(isTurnDue()).toBe(false);
});

it("calls that wait together take a turn each: no two pieces of 6 ms run between two of other callbacks", async () => {
  await callback();
  const events: string[] = [];
  let isOver = false;
  const tick = () => {
    events.push("turn");
    if (!isOver) setImmediate(tick);
  };
  setImmediate(tick);
  const call = async (name: string) => {
    for (let piece = 0; piece < 3; piece++) {
      while (isTurnDue()) await nextTurn();
      events.push(name);
      work(6);
    }
  };
  await Promise.all(["a", "b", "c", "d"].map(call));
  isOver = true;
  const pieces = events.filter((event) => event !== "turn");
  expect(pieces.toSorted().join("")).toBe("aaabbbcccddd");
  for (let i = 1; i < events.length; i++) expect([events[i - 1], events[i]]).toContain("turn");
});
