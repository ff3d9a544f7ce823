// Runtimes of edge servers drop the timers of a request that has ended: what another request does then must not wait for them.
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test("a turn whose end was dropped ends with the next one", async () => {
  const dropped: (() => void)[] = [];
  let isDropping = true;
  const { setTimeout } = globalThis;
  vi.stubGlobal("setImmediate", undefined);
  vi.stubGlobal("setTimeout", (run: () => void, ms?: number) => (isDropping ? dropped.push(run) : setTimeout(run, ms)));
  vi.resetModules();
  const { isTurnDue, nextTurn } = await import("../../src/bytes/turn.js");
  expect(isTurnDue()).toBe(false);
  expect(dropped.length).toBe(1);
  isDropping = false;
  for (const start = performance.now(); performance.now() - start < 10; );
  expect(isTurnDue()).toBe(true);
  await nextTurn();
  expect(isTurnDue()).toBe(false);
});
