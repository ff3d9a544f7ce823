// A process that is killed while it writes a new file leaves the old one or none, and a process that is started meanwhile
// inherits nothing.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openArray, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { int64Values, writeSample } from "./sample-file.js";

const folder = temporaryFolder();
const script = fileURLToPath(new URL("write-until-killed.mjs", import.meta.url));

/** Starts the writer, waits for a message, and a few milliseconds more, and kills it. */
async function killed(file: string, mode: string, message: string, delay = 0): Promise<void> {
  const child = fork(script, message === "under way" ? [file, mode, "unpublished"] : [file, mode]);
  const exit = once(child, "exit");
  const received: unknown[] = [];
  await new Promise<void>((resolve) => {
    child.on("message", (found) => {
      received.push(found);
      if (found === message) setTimeout(resolve, delay); // the delay picks the step of the writer in which it dies
    });
    child.on("exit", () => resolve());
  });
  child.kill("SIGKILL");
  expect(await exit).toEqual([null, "SIGKILL"]);
}

test.each(["w", "w-"])("%s: killed while it writes: there is no file, and another writer succeeds", async (mode) => {
  const file = `${folder}/new-${mode}.zip`;
  await killed(file, mode, "under way");
  expect(existsSync(file)).toBe(false);
  const store = await ZipStore.open(file, { mode: "w-" });
  await store.set("a", new Uint8Array([1]));
  await store.close();
  const reader = await ZipStore.open(file);
  expect(await reader.listDir()).toEqual(["a"]);
  await reader.close();
});

test("w: killed while it writes: the old file is as it was, and open readers go on", async () => {
  const file = `${folder}/old.zip`;
  const old = await writeSample(file);
  const before = readFileSync(file);
  await killed(file, "w", "under way");
  expect(readFileSync(file).equals(before)).toBe(true);
  const array = await openArray(old, { path: "a" });
  expect((await array.get()).data).toEqual(BigInt64Array.from(int64Values));
  await old.close();
});

test("w: killed while it publishes: the old file or the new one, each whole", async () => {
  const outcomes = new Set<string>();
  for (let attempt = 0; attempt < 6; attempt++) {
    const file = `${folder}/publishing-${attempt}.zip`;
    await (await writeSample(file)).close();
    await killed(file, "w", "publishing", attempt * 3);
    const reader = await ZipStore.open(file);
    const names: string[] = [];
    for await (const key of reader.list()) {
      await reader.get(key); // checks its CRC
      names.push(key);
    }
    expect([7, 500]).toContain(names.length);
    outcomes.add(names.length === 7 ? "old" : "new");
    await reader.close();
  }
  const file = `${folder}/published.zip`;
  await killed(file, "w", "published");
  expect(readdirSync(folder)).toContain("published.zip");
  expect(outcomes.size).toBeGreaterThan(0);
});

test.runIf(process.platform === "linux")(
  "a child that is started while reads are under way inherits no descriptor",
  async () => {
    const file = `${folder}/inherit.zip`;
    const writer = await ZipStore.open(file, { mode: "w" });
    const value = new Uint8Array(2 ** 22).fill(3);
    for (const key of ["a", "b", "c"]) await writer.set(key, value);
    await writer.flush();
    const unpublished = await ZipStore.open(`${folder}/unpublished.zip`, { mode: "w" });
    const reads = ["a", "b", "c"].map((key) => writer.get(key));
    const list =
      "process.stdout.write(JSON.stringify(fs.readdirSync('/proc/self/fd').map((fd) => { try { return fs.readlinkSync('/proc/self/fd/' + fd) } catch { return '' } })))";
    const child = spawn(process.execPath, ["-e", list], { stdio: ["ignore", "pipe", "inherit"] });
    const inherited: string[] = JSON.parse(await text(child.stdout));
    expect(inherited.filter((name) => name.startsWith(folder))).toEqual([]);
    for (const read of await Promise.all(reads)) expect(Buffer.compare(read!, value)).toBe(0);
    await Promise.all([writer.close(), unpublished.abort()]);
  },
);
