// The report of program.mjs from within one of Vitest's pools.
import { test } from "vitest";
import { report } from "./program.mjs";

test("report", async () => {
  process.stdout.write(`REPORT ${JSON.stringify(await report("vitest.zarr.zip"))}\n`);
});
