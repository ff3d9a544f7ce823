// A new file from the writer's side: what it accepts, how large it gets, and that it is read back, not another one.
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import { ZipStore } from "../../src/store/zip/zip-store.js";
import { temporaryFolder } from "../temporary-folder.js";

const root = temporaryFolder();
const code = (code: string) => expect.objectContaining({ code });
let folder: string;
let folders = 0;

beforeEach(() => {
  folder = `${root}/${folders++}`;
  mkdirSync(folder);
});

test("a writer whose file is replaced while it publishes reads nothing from the other one", async () => {
  const file = `${folder}/x.zip`;
  const stores = [await ZipStore.open(file, { mode: "w" }), await ZipStore.open(file, { mode: "w" })];
  for (const [i, store] of stores.entries()) await store.set("who", Uint8Array.of(i));
  const flushed = await Promise.allSettled(stores.map((store) => store.flush()));
  const read = await Promise.all(stores.map((store) => store.get("who").catch((error) => error)));
  for (const [i, value] of read.entries()) {
    expect([Uint8Array.of(i), code("ERR_STALE_STATE")]).toContainEqual(value);
    if (flushed[i]!.status === "rejected") expect(value).toEqual(code("ERR_STALE_STATE"));
  }
  expect(flushed.some(({ status }) => status === "fulfilled")).toBe(true);
  for (const store of stores) await store.close();
  const reader = await ZipStore.open(file);
  expect([0, 1]).toContain((await reader.get("who"))![0]);
  await reader.close();
});

test("an entry that is written again and again takes at most as much room as is live, and 64 MiB", async () => {
  const store = await ZipStore.open(`${folder}/x.zip`, { mode: "w" });
  const value = new Uint8Array(2 ** 20);
  await store.set("kept", value.fill(255));
  for (let i = 0; i < 150; i++) await store.set("a", value.fill(i));
  const [part] = readdirSync(folder);
  expect(statSync(`${folder}/${part}`).size).toBeLessThan(70 * 2 ** 20);
  expect((await store.get("a"))![9]).toBe(149);
  await store.close();
  const reader = await ZipStore.open(`${folder}/x.zip`);
  expect([(await reader.get("kept"))![9], (await reader.get("a"))![9]]).toEqual([255, 149]);
  await reader.close();
});

test("a time stamp as text is taken for the time that it is", async () => {
  const options = { mode: "w", modified: "2020-01-02T03:04:06Z" as never } as const;
  const store = await ZipStore.open(`${folder}/x.zip`, options);
  await store.set("a", Uint8Array.of(1));
  await store.flush();
  expect(store.getState().modified).toBe(options.modified);
  await store.close();
});

test.each<[string, unknown]>([
  ["a mode in place of the options", "w"],
  ["null", null],
  ["an option that there is not", { readOnly: false }],
  ["a limit that there is not", { limits: { readbytes: 5 } }],
])("%s is refused before anything is created", async (_, options) => {
  await expect(ZipStore.open(`${folder}/x.zip`, options as never)).rejects.toEqual(code("ERR_ARGUMENT"));
  expect(readdirSync(folder)).toEqual([]);
});
