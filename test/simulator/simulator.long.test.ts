import { expect, test } from "vitest";
import { simulate } from "./simulate.js";

test("simulator: finds nothing in 2,000 histories", async () => {
  expect(await simulate("--seeds", "2000")).toMatch(/^2000 seeds from 0: 0 failed;/);
});

test("simulator: finds each mend that is undone", async () => {
  expect(await simulate("--mutations", "--seeds", "8000")).toMatch(/\n19 mutations, each found\n$/);
});
