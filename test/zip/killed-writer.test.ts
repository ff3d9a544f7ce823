// A writer is killed, or refused a write, by the operating system. It runs on build/, which `npm test` makes.
import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyArchive } from "../../src/commit/verify.js";

const program = fileURLToPath(new URL("writer-process.mjs", import.meta.url));

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zarrzip-kill-"));
  path = join(folder, "a.zip");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a writer until it says `stage`, lets so many turns of the event loop go by, and kills it. */
async function writeUntil(stage: string, exclusive: boolean, turns = 0): Promise<void> {
  const child = fork(program, [path, String(exclusive)], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let errors = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const ended = once(child, "exit");
  await new Promise<void>((resolve, reject) => {
    child.on("message", (message) => message === stage && resolve());
    child.once("exit", () => reject(new Error(`the writer ended by itself: ${errors}`)));
  });
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
  child.kill("SIGKILL");
  await ended;
}

async function expectComplete(): Promise<void> {
  expect(await verifyArchive(path)).toEqual({ entries: 40, bytes: 12_000_000, problems: [] });
}

describe.each([false, true])("exclusive: %s", (exclusive) => {
  test.each(["added 0", "added 30"])("killed after it %s, it leaves what was there", async (stage) => {
    if (!exclusive) writeFileSync(path, "old");
    await writeUntil(stage, exclusive);
    if (exclusive) expect(existsSync(path)).toBe(false);
    else expect(readFileSync(path, "utf8")).toBe("old");
  });

  test("killed while it publishes, it leaves what was there or the whole new archive", async () => {
    for (const turns of [0, 30, 300, 1000, 3000, 10_000]) {
      rmSync(path, { force: true });
      if (!exclusive) writeFileSync(path, "old");
      await writeUntil("publishing", exclusive, turns);
      if (existsSync(path) && (exclusive || readFileSync(path).length !== 3)) await expectComplete();
      else expect(existsSync(path)).toBe(!exclusive);
    }
  });

  test("killed once it has published, it leaves the new archive", async () => {
    await writeUntil("published", exclusive);
    await expectComplete();
  });
});

const hasBash = spawnSync("bash", ["-c", "ulimit -f 1"]).status === 0;

test.skipIf(!hasBash)(
  `after a write that fails all else fails alike, and abort cleans up${hasBash ? "" : " (skipped: no bash)"}`,
  () => {
    writeFileSync(path, "old");
    const limited = fileURLToPath(new URL("limited-writer.mjs", import.meta.url));
    // No file may grow beyond 20,000 KiB: the third entry of 8 MiB and a byte, which no buffer holds, fails.
    const args = ["-c", 'ulimit -f 20000; exec "$0" "$@"', process.execPath, limited, path];
    const { stdout, stderr } = spawnSync("bash", args, { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual(Array.from({ length: 4 }, () => "ERR_STORE_WRITE EFBIG"));
    expect(readdirSync(folder)).toEqual(["a.zip"]);
    expect(readFileSync(path, "utf8")).toBe("old");
  },
);
