// Bytes behind the end record: unzip, 7z, bsdtar and Python's zipfile read such files.
import { copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { recover, repack, restore, verifyArchive, ZipStore } from "../../src/index.js";
import { keysOf } from "../../src/testing/store-facts.js";
import { temporaryFolder } from "../temporary-folder.js";
import { buildArchive, bytesOf, concat } from "../zip/build-archive.js";
import { expectZarrError } from "../zip/expect-zarr-error.js";

const folder = temporaryFolder();

const archive = buildArchive(
  ["zarr.json", "a/c/0"].map((name) => ({ name, payload: bytesOf(`value of ${name}`) })),
  { comment: bytesOf("a comment") },
);

const tails: Record<string, Uint8Array> = {
  "a line end": bytesOf("\n"),
  "CRLF and a boundary": bytesOf("\r\n--boundary--\r\n"),
  "one zero": Uint8Array.of(0),
  "zeros up to a block": new Uint8Array(512),
  "zeros, as many as an end record can be from the end": new Uint8Array(65_000),
  text: bytesOf("<!-- PK served by a proxy -->"),
  "the first bytes of a signature": bytesOf("PK\u0003"),
};

let files = 0;

function write(...parts: Uint8Array[]): string {
  const path = `${folder}/${files++}.zip`;
  writeFileSync(path, concat(...parts));
  return path;
}

test.each(Object.entries(tails))(
  "%s: read, followed, handed over and repacked as if it were not there",
  async (_, tail) => {
    const path = write(archive, tail);
    const store = await ZipStore.open(path, { view: "follow" });
    const copies = [await restore(store.getState()), await restore(structuredClone(store.getState({ share: true })))];
    for (const each of [store, ...(copies as ZipStore[])]) {
      expect(await each.get("a/c/0")).toEqual(bytesOf("value of a/c/0"));
      expect(await keysOf(each)).toEqual(["zarr.json", "a/c/0"]);
      await each.close();
    }
    expect((await verifyArchive(path)).problems).toEqual([]);
    await repack(path);
    expect((await verifyArchive(path)).problems).toEqual([]);
    expect(statSync(path).size).toBeLessThan(archive.length + 200);
  },
);

test.each(Object.entries(tails))("%s: opening r+ leaves it, and the first commit cuts it off", async (_, tail) => {
  const path = write(archive, tail);
  const store = await ZipStore.open(path, { mode: "r+" });
  const follower = await ZipStore.open(path, { view: "follow" });
  const pinned = await ZipStore.open(path);
  expect(await store.get("zarr.json")).toEqual(bytesOf("value of zarr.json"));
  expect(readFileSync(path).equals(concat(archive, tail))).toBe(true);
  await store.set("zarr.json", bytesOf("new"));
  await store.flush();
  expect(await follower.get("zarr.json")).toEqual(bytesOf("new"));
  expect(await pinned.get("zarr.json")).toEqual(bytesOf("value of zarr.json"));
  expect((await store.versions()).map(({ end }) => end)).toEqual([statSync(path).size, archive.length]);
  for (const each of [store, follower, pinned]) await each.close();
  const bytes = readFileSync(path);
  expect(bytes.subarray(0, archive.length).equals(archive)).toBe(true);
  expect(bytes.subarray(archive.length, 4096).every((byte) => byte === 0)).toBe(true);
  expect((await verifyArchive(path)).problems).toEqual([]);
});

test("a commit that was cut off does not count as trailing bytes: without its lock file it is refused, and recover() is named", async () => {
  const path = write(archive);
  const store = await ZipStore.open(path, { mode: "r+" });
  await store.set("a/c/1", bytesOf("second"));
  await store.close();
  const whole = readFileSync(path);
  const start = 4096; // where the entries of the commit begin
  for (const length of [start + 4, start + 50, whole.length - 300, whole.length - 22, whole.length - 1]) {
    const cut = write(whole.subarray(0, length));
    await expectZarrError(ZipStore.open(cut), "ERR_ZIP_TAIL", "recover(", cut);
    await expectZarrError(ZipStore.open(cut, { mode: "r+" }), "ERR_ZIP_TAIL", "recover(", cut);
    expect(statSync(cut).size).toBe(length);
  }
});

test("a comment that was cut off, and one that could be the end as well, are refused", async () => {
  await expectZarrError(ZipStore.open(write(archive.subarray(0, -1))), "ERR_ZIP_TAIL", "recover(");
  const comment = concat(bytesOf("comment"), buildArchive([{ name: "b", payload: bytesOf("other") }]).subarray(-22));
  const holder = buildArchive([{ name: "a", payload: new Uint8Array(200) }], { comment });
  await expectZarrError(ZipStore.open(write(holder, bytesOf("\n"))), "ERR_ZIP", "could equally be meant");
});

test("where an end record is too far from the end, recover() is named, and copies the archive", async () => {
  const path = write(archive, new Uint8Array(70_000));
  await expectZarrError(ZipStore.open(path), "ERR_ZIP_TAIL", "recover(");
  const copy = `${folder}/recovered.zip`;
  expect(await recover(path, copy)).toMatchObject({ bytes: archive.length, lostBytes: 70_000, entries: 2 });
  expect(readFileSync(copy).equals(archive)).toBe(true);
});

test("bytes that a program adds while a writer is at work are cut off by its next commit", async () => {
  const path = write(archive);
  const store = await ZipStore.open(path, { mode: "r+" });
  await store.set("b", bytesOf("1"));
  await store.flush();
  writeFileSync(path, concat(readFileSync(path), bytesOf("\n")));
  const reader = await ZipStore.open(path);
  expect(await reader.get("b")).toEqual(bytesOf("1"));
  await reader.close();
  await store.set("c", bytesOf("2"));
  await store.close();
  const copy = `${folder}/copy.zip`;
  copyFileSync(path, copy);
  expect((await verifyArchive(copy)).problems).toEqual([]);
  const after = await ZipStore.open(copy);
  expect([await after.get("b"), await after.get("c")]).toEqual([bytesOf("1"), bytesOf("2")]);
  await after.close();
});
