// The map over a job queue, with a Redis of its own: one host with a copy of the file refuses, one worker is killed, and the result is
// exact. Where Redis is not installed, the sample says so and ends well.
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const sample = fileURLToPath(new URL("../../samples/24-job-queue.mjs", import.meta.url));
const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;
const elements = 4096 * 256;

test.runIf(hasRedis)(
  `job queue: exact after a refusal and a kill -9${hasRedis ? "" : " (skipped: redis-server is not installed)"}`,
  async () => {
    const { stdout } = await run(process.execPath, [sample]);
    const lines = stdout.split("\n");
    expect(lines).toContain(`chunks: 64, elements: ${elements}`);
    expect(lines).toContain(`sum: ${(elements * (elements - 1)) / 2}`);
    expect(lines).toContain(`maximum: ${elements - 1}`);
    expect(stdout).toMatch(/^gamma: ERR_STALE_STATE: .*gamma\/mnt\/depths\.zarr\.zip/m);
    expect(stdout).toMatch(/^in [\d.]+ s; jobs that were taken from a dead worker: [1-9]/m);
    const expected = readFileSync(sample.replace(/\.mjs$/, ".expected.txt"), "utf8")
      .trimEnd()
      .split("\n");
    expect(lines).toEqual(expect.arrayContaining(expected));
  },
  60_000,
);

test("job queue: without redis-server the sample says what is missing, and ends well", async () => {
  const path = mkdtempSync(join(tmpdir(), "zarrzip-no-redis-"));
  const { stdout } = await run(process.execPath, [sample], { env: { ...process.env, PATH: path } });
  rmSync(path, { recursive: true });
  expect(stdout).toBe("skipped: redis-server is not installed; on Debian: apt-get install redis-server\n");
});
