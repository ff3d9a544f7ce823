import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { untilAborted } from "../../src/bytes/until-aborted.js";

const forever = new Promise<never>(() => undefined);

test("any number of waits have one listener, and each ends with the signal's reason", async () => {
  const controller = new AbortController();
  const waits = Array.from({ length: 50 }, () => untilAborted(forever, controller.signal).catch((error) => error));
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
  controller.abort("enough");
  expect(await Promise.all(waits)).toEqual(waits.map(() => "enough"));
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
});

test("a call that has ended leaves nothing with the signal", async () => {
  const { signal } = new AbortController();
  expect(await Promise.all([1, 2].map((n) => untilAborted(Promise.resolve(n), signal)))).toEqual([1, 2]);
  await expect(untilAborted(Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});
