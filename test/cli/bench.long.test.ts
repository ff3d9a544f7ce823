import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { faultServer } from "../http/fault-server.js";
import { temporaryFolder } from "../temporary-folder.js";
import { writeSample, zarrzip } from "./run-program.js";

const folder = temporaryFolder();
const server = faultServer();

beforeAll(() => writeSample(join(folder, "a.zip")));

/** What `bench` measures, each as its name, shape, workers and share. */
async function measured(...words: string[]) {
  const { code, stdout, stderr } = await zarrzip(folder, "bench", "--seconds", "0.5", "--json", ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

test("a table of the array of which most is stored", async () => {
  const { code, stdout, stderr } = await zarrzip(folder, "bench", "a.zip", "--workers", "2", "--seconds", "0.5");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(
    stdout.replace(/ +\d[\d.]*/g, " 0").replace(/ {2,}/g, "  "),
  ).toBe(`/heights: float32, 0 × 0, chunks of 0 × 0, codecs none

  cold ms  warm ms  cold MB/s  warm MB/s
open 0 0
chunk 0 × 0 0 0 0 0
window 0 × 0 0 0 0 0
all 0 × 0 0 0 0 0
all 0 × 0, 0 workers 0 0 0 0
`);
});

test("--json has what was read, and what it took", async () => {
  const { measurements, ...node } = await measured("a.zip:more/counts", "--workers", "0");
  expect(node).toMatchObject({ schemaVersion: 1, path: "more/counts", dtype: "int16", chunks: [5], shards: [10] });
  const time = { ms: expect.any(Number) };
  const reading = { ms: expect.any(Number), megabytesPerSecond: expect.any(Number) };
  expect(measurements).toEqual([
    { what: "open", cold: time, warm: time },
    { what: "chunk", shape: [5], cold: reading, warm: reading },
    { what: "window", shape: [20], cold: reading, warm: reading },
    { what: "all", shape: [20], share: 1, cold: reading, warm: reading },
  ]);
});

test("elements that vary in length have no megabytes", async () => {
  const { measurements } = await measured("a.zip:more/names", "--workers", "1");
  expect(measurements.at(-1)).toEqual({
    ...{ what: "all", shape: [3], share: 1, workers: 1 },
    ...{ cold: { ms: expect.any(Number) }, warm: { ms: expect.any(Number) } },
  });
});

test("requests are counted where there are any", async () => {
  const url = server.serve("/a.zip", readFileSync(join(folder, "a.zip")));
  const { measurements } = await measured(`${url}|zip:heights/`, "--workers", "0");
  const [opening] = measurements;
  expect(opening.cold.requests).toBeGreaterThan(0);
  expect(opening.warm.requests).toBeUndefined();
});

test("reports that there is no array", async () => {
  await zarrzip(folder, "create", "empty.zip:group");
  const { code, stderr } = await zarrzip(folder, "bench", "empty.zip");
  expect({ code, stderr }).toEqual({
    code: 3,
    stderr: "zarrzip: there is no array in empty.zip: zarrzip tree shows what there is (ERR_NOT_FOUND)\n",
  });
});

test.each(["x", "0", "-1", "1e9"])("--seconds %s is refused", async (seconds) => {
  const { code, stderr } = await zarrzip(folder, "bench", "a.zip", `--seconds=${seconds}`);
  expect(code).toBe(2);
  expect(stderr).toContain(`--seconds is "${seconds}", expected a number above 0, up to 3600`);
});
