import { expect, test } from "vitest";
import { simulate } from "./simulate.js";

test("simulator: finds nothing in 20 histories, which are the same however many threads share them", async () => {
  const [one, two] = await Promise.all([simulate("--seeds", "20", "--workers", "1"), simulate("--seeds", "20")]);
  expect(one).toMatch(/^20 seeds from 0: 0 failed; history [0-9a-f]{8};/);
  expect(two.split(";", 2)).toEqual(one.split(";", 2));
});
