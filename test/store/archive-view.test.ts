// Opening, using and closing at the same time: one descriptor, none left, and no read that fails because of another call.
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { formatMark } from "../../src/commit/lock-records.js";
import { ArchiveView } from "../../src/store/zip/archive-view.js";
import { ZipStore } from "../../src/store/zip/zip-store.js";
import { temporaryFolder } from "../temporary-folder.js";
import { appendVersion } from "./append-by-hand.js";

const folder = temporaryFolder();
const large = new Uint8Array(2 ** 20).fill(7);
let files = 0;
let path: string;

beforeEach(async () => {
  path = `${folder}/${files++}.zip`;
  const store = await ZipStore.open(path, { mode: "w" });
  await store.set("large", large);
  await store.close();
});

/** Descriptors of this process on the file; undefined where the system does not tell. */
function descriptors(): number | undefined {
  if (process.platform !== "linux") return undefined;
  const links = readdirSync("/proc/self/fd").map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      return ""; // that of readdir itself
    }
  });
  return links.filter((link) => link === path).length;
}

const [none, one] = process.platform === "linux" ? [0, 1] : [undefined, undefined];
const isClosed = expect.objectContaining({ code: "ERR_CLOSED" });

describe.each(["pinned", "follow"] as const)("a %s view", (view) => {
  test("opens at first use, once for all who ask at the same time", async () => {
    const archive = new ArchiveView({ path, view });
    expect(descriptors()).toBe(none);
    const readers = await Promise.all(Array.from({ length: 20 }, () => archive.use((reader) => reader)));
    expect(new Set(readers).size).toBe(1);
    expect(descriptors()).toBe(one);
    await archive.close();
    expect(descriptors()).toBe(none);
  });

  test("closed while it opens: earlier requests are answered, then nothing is left open", async () => {
    const archive = new ArchiveView({ path, view });
    const reads = Array.from({ length: 5 }, () => archive.use((reader) => reader.get("large", 2 ** 30)));
    const closing = archive.close();
    await expect(archive.use(() => 1)).rejects.toEqual(isClosed);
    for (const value of await Promise.all(reads)) expect(value?.length).toBe(large.length);
    await closing;
    expect(descriptors()).toBe(none);
  });

  test("closed with reads under way: waits for them, however many steps they take", async () => {
    const archive = new ArchiveView({ path, view });
    await archive.use(() => undefined);
    const steps: string[] = [];
    const read = archive.use(async (reader) => {
      for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
      const value = await reader.get("large", 2 ** 30);
      steps.push("read");
      return value;
    });
    const closing = archive.close().then(() => steps.push("closed"));
    expect((await read)?.length).toBe(large.length);
    await closing;
    expect(steps).toEqual(["read", "closed"]);
    expect(descriptors()).toBe(none);
  });

  test("closing twice, or before the first use, is allowed", async () => {
    const archive = new ArchiveView({ path, view });
    await Promise.all([archive.close(), archive.close()]);
    await expect(archive.use(() => 1)).rejects.toEqual(isClosed);
    expect(descriptors()).toBe(none);
  });

  test("an open that fails fails for all who asked, keeps nothing open, and is tried again", async () => {
    const missing = `${folder}/late-${view}.zip`;
    const archive = new ArchiveView({ path: missing, view });
    const uses = await Promise.allSettled([archive.use(() => 1), archive.use(() => 2)]);
    for (const use of uses) expect(use).toMatchObject({ status: "rejected", reason: { code: "ERR_NOT_FOUND" } });
    const store = await ZipStore.open(missing, { mode: "w" });
    await store.close();
    expect(await archive.use(({ directory }) => [...directory.names()])).toEqual([]);
    await archive.close();

    writeFileSync(path, "no archive");
    const damaged = new ArchiveView({ path, view });
    await expect(damaged.use(() => 1)).rejects.toMatchObject({ code: "ERR_ZIP_TAIL" });
    expect(descriptors()).toBe(none);
    await damaged.close();
  });

  test("a failure in use is its caller's alone", async () => {
    const archive = new ArchiveView({ path, view });
    const failure = new Error("mine");
    await expect(archive.use(() => Promise.reject(failure))).rejects.toBe(failure);
    expect(await archive.use(() => 1)).toBe(1);
    await archive.close();
    expect(descriptors()).toBe(none);
  });
});

test("a follow view keeps an older version for those who read it, on the same descriptor", async () => {
  const archive = new ArchiveView({ path, view: "follow" });
  let goOn = () => {};
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const old = archive.use(async (reader) => {
    await gate;
    return [...reader.directory.names(), (await reader.get("large", 2 ** 30))?.length];
  });
  await archive.use(() => undefined);
  appendVersion(path, "new", new Uint8Array(3));
  expect(await archive.use(({ directory }) => [...directory.names()])).toEqual(["large", "new"]);
  expect(descriptors()).toBe(one);
  goOn();
  expect(await old).toEqual(["large", large.length]);
  await archive.close();
  expect(descriptors()).toBe(none);
});

test("a follow view of a file that shrank fails, and recovers when its version is there again", async () => {
  const archive = new ArchiveView({ path, view: "follow" });
  const { end } = await archive.use((reader) => reader.identity);
  appendVersion(path, "new", new Uint8Array(3));
  truncateSync(path, end - 1);
  await expect(archive.use(() => 1)).rejects.toMatchObject({ code: "ERR_STALE_STATE" });
  expect(descriptors()).toBe(none);
  await archive.close();
});

test("a follow view of a file that was replaced says so, and does not go on reading the old one", async () => {
  const archive = new ArchiveView({ path, view: "follow" });
  await archive.use(() => undefined);
  const other = await ZipStore.open(`${path}.new`, { mode: "w" });
  await other.set("other", new Uint8Array(1));
  await other.close();
  renameSync(`${path}.new`, path);
  await expect(archive.use(() => 1)).rejects.toMatchObject({ code: "ERR_STALE_STATE" });
  rmSync(path);
  await expect(archive.use(() => 1)).rejects.toMatchObject({ code: "ERR_NOT_FOUND" });
  expect(descriptors()).toBe(none);
  await archive.close();
});

test("a view that follows stays at its version when a writer is killed within the header of a commit", async () => {
  const archive = new ArchiveView({ path, view: "follow" });
  const end = await archive.use(({ directory }) => directory.end);
  for (let length = 1; length < 64; length++) {
    const written = Buffer.concat([Buffer.from("ZARRZIPC"), new Uint8Array(64)]).subarray(0, length);
    appendFileSync(path, written);
    expect(
      await archive.use(async (reader) => [reader.directory.end, (await reader.get("large", 2 ** 30))?.length]),
    ).toEqual([end, large.length]);
    truncateSync(path, end);
  }
  await archive.close();
});

test("a view that follows never moves to a commit of which the system lost a part before it was started again", async () => {
  const state = async () => {
    const archive = new ArchiveView({ path, view: "pinned" });
    const found = await archive.use(({ directory }) => ({ end: directory.end, tailChecksum: directory.checksum() }));
    await archive.close();
    return found;
  };
  const synced = await state();
  const store = await ZipStore.open(path, { mode: "r+", durability: "process" });
  await store.set("b", Uint8Array.of(1, 2, 3, 4));
  await store.set("c", Uint8Array.of(5, 6, 7, 8));
  await store.close();
  const bytes = readFileSync(path);
  bytes.fill(0, bytes.indexOf(Uint8Array.of(1, 2, 3, 4)), bytes.indexOf(Uint8Array.of(1, 2, 3, 4)) + 4);
  writeFileSync(path, bytes);
  // 4096: the mark, of the run of the system before this one
  const mark = formatMark({ ...synced, boot: "5a0b2c7e-3d41-4f9a-8e66-0123456789ab" });
  writeFileSync(`${path}.lock`, Buffer.concat([new Uint8Array(4096), mark]));

  const archive = new ArchiveView({ path, view: "follow" });
  for (let look = 0; look < 3; look++) {
    const found = await archive.use(async (reader) => [reader.directory.end, await reader.get("c", 100)]);
    expect(found).toEqual([synced.end, undefined]);
  }
  const writer = await ZipStore.open(path, { mode: "r+" });
  await writer.set("d", Uint8Array.of(9));
  await writer.close();
  const found = await archive.use(async (reader) => [await reader.get("c", 100), await reader.get("d", 100)]);
  expect(found).toEqual([undefined, Uint8Array.of(9)]);
  await archive.close();
});
