// How much memory the program needs for a file of very many chunks.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { createArray, createGroup, verifyOzx, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { programFile } from "./run-program.js";

const folder = temporaryFolder();
const status = "/proc/self/status";

/** Prints the most that the process has had, in kB. `process.resourceUsage()` begins with what the parent had. */
const printPeak = `data:text/javascript,
  import { readFileSync } from "node:fs";
  process.on("exit", () => console.log(/VmHWM:\\s+(\\d+)/.exec(readFileSync("${status}", "utf8"))[1]));`;

/** Versions of Node differ in how much garbage they collect at a time: as much as Node 20 does. */
const options = ["--max-semi-space-size=16", "--import", printPeak];

beforeAll(async () => {
  const store = await ZipStore.open(join(folder, "many.zip"), { mode: "w", durability: "process" });
  await createGroup(store, { attributes: { ome: { version: "0.5" } } });
  const data = Uint8Array.from({ length: 1600 * 1000 }, (_, i) => 1 + (i % 255));
  await createArray(store, { path: "0", shape: [1600, 1000], chunks: [4, 4], dtype: "uint8", compressors: null, data });
  await store.close();
});

const isKnown = existsSync(status);
test.skipIf(!isKnown).each([["pack", "-o"], ["convert"]])(
  `%s --rfc9 of 100,000 chunks stays below 256 MiB${isKnown ? "" : " (skipped: there is no /proc)"}`,
  async (command, ...option) => {
    const output = join(folder, `${command}.ozx`);
    const words = [command, "many.zip", ...option, output, "--rfc9", "--quiet"];
    const { stdout } = await promisify(execFile)(process.execPath, [...options, programFile, ...words], {
      cwd: folder,
    });
    expect(Number(stdout) / 1024).toBeGreaterThan(30);
    expect(Number(stdout) / 1024).toBeLessThan(256);
    expect((await verifyOzx(output)).map(({ code }) => code)).toEqual(["OZX_SHARDS"]);
    const store = await ZipStore.open(output);
    expect((await store.entries()).length).toBe(100_002);
    await store.close();
  },
);
