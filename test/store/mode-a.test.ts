// Mode "a": what is there is kept, and a new file begins with its first entry.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import { verifyArchive, ZipStore } from "../../src/index.js";
import { sealed } from "../../src/zip/sealed-record.js";
import { temporaryFolder } from "../temporary-folder.js";

const root = temporaryFolder();
let folder: string;
let file: string;
let folders = 0;

beforeEach(() => {
  folder = `${root}/${folders++}`;
  mkdirSync(folder);
  file = `${folder}/x.zip`;
});

const bytes = (...values: number[]) => new Uint8Array(values);

const commitMagic = Buffer.from("ZARRZIPC");

async function contents(path = file): Promise<Record<string, number[]>> {
  const store = await ZipStore.open(path);
  const found: Record<string, number[]> = {};
  for await (const key of store.list()) found[key] = [...(await store.get(key))!];
  await store.close();
  return found;
}

test("a missing file is created at once, with 0 bytes, and can be handed over; what is there is kept", async () => {
  const store = await ZipStore.open(file, { mode: "a" });
  expect([store.mode, store.getState().mode, readFileSync(file).length]).toEqual(["r+", "r+", 0]);
  const follower = await ZipStore.open(file, { view: "follow" });
  const other = await ZipStore.open(file, { mode: "r+" });
  expect([await follower.get("a"), await other.get("a")]).toEqual([undefined, undefined]);
  await store.set("a", bytes(1));
  await store.flush();
  expect([await follower.get("a"), await other.get("a")]).toEqual([bytes(1), bytes(1)]);
  for (const each of [store, follower, other]) await each.close();
  const again = await ZipStore.open(file, { mode: "a" });
  expect(await again.get("a")).toEqual(bytes(1));
  await again.close();
  expect(readdirSync(folder)).toEqual(["x.zip"]);
});

test("a file of 0 bytes is a new one, which keeps its permissions and begins with its first entry", async () => {
  writeFileSync(file, "", { mode: 0o600 });
  await expect(ZipStore.open(file)).rejects.toMatchObject({
    code: "ERR_ZIP_TAIL",
    message: expect.stringMatching(/has 0 bytes/),
  });
  const store = await ZipStore.open(file, { mode: "a" });
  await store.set("zarr.json", Buffer.from("{}"));
  await store.close();
  expect(readFileSync(file).subarray(0, 4)).toEqual(Buffer.from("PK\u0003\u0004"));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await contents()).toEqual({ "zarr.json": [...Buffer.from("{}")] });
  expect(await verifyArchive(file)).toMatchObject({ entries: 1, problems: [] });
  const reader = await ZipStore.open(file);
  expect(await reader.versions()).toHaveLength(1);
  await reader.close();
});

test("closed or flushed without a change, a new file is an archive without entries, which others may write on", async () => {
  await (await ZipStore.open(file, { mode: "a" })).close();
  expect(await contents()).toEqual({});
  expect(await verifyArchive(file)).toMatchObject({ entries: 0, problems: [] });
  const size = statSync(file).size;
  await (await ZipStore.open(file, { mode: "a" })).close();
  expect(statSync(file).size).toBe(size);
  const store = await ZipStore.open(file, { mode: "a" });
  await store.set("a", bytes(1));
  await store.close();
  expect(await contents()).toEqual({ a: [1] });
});

test("each of several that open a missing file at once keeps what it wrote", async () => {
  const names = ["a", "b", "c", "d"];
  const stores = await Promise.all(names.map(() => ZipStore.open(file, { mode: "a" })));
  await Promise.all(stores.map((store, i) => store.set(names[i]!, bytes(i))));
  await Promise.all(stores.map((store) => store.close()));
  expect(await contents()).toEqual({ a: [0], b: [1], c: [2], d: [3] });
  expect((await verifyArchive(file)).problems).toEqual([]);
});

test.each(["process", "full"] as const)(
  "the second commit to a new file, interrupted at any byte, leaves the first (durability %s)",
  async (durability) => {
    const store = await ZipStore.open(file, { mode: "a", durability });
    await store.set("a", bytes(1));
    await store.flush();
    const { size: start } = statSync(file);
    const lock = readFileSync(`${file}.lock`);
    await store.set("b", bytes(2));
    await store.flush();
    const committed = readFileSync(file);
    await store.abort();
    expect(committed.length).toBeGreaterThan(start);
    const header = committed.indexOf(commitMagic, start); // what is before it pads a durable commit
    for (let end = start; end < committed.length; end += end + 97 < header ? 97 : 1) {
      const path = `${folder}/${end}.zip`;
      writeFileSync(path, committed.subarray(0, end));
      markIncomplete(path, start);
      writeFileSync(`${path}.lock`, lock);
      expect([end, await contents(path)]).toEqual([end, { a: [1] }]);
    }
  },
);

/** The header of the commit behind byte `start` says again that it is not complete, as it does until all else is written. */
function markIncomplete(path: string, start: number): void {
  const archive = readFileSync(path);
  const at = archive.indexOf(commitMagic, start);
  if (at < 0 || at + 64 > archive.length) return;
  archive[at + 40] = 0;
  sealed(archive.subarray(at, at + 64), commitMagic);
  writeFileSync(path, archive);
}
