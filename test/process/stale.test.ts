// Whether a file is still the one that a state describes: replaced and rewritten files are noticed; other names, other
// permissions and what a writer appended are not mistaken for that.
import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  linkSync,
  readFileSync,
  renameSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { restore, ZipStore, type ZipStoreState } from "../../src/index.js";
import { appendVersion } from "../store/append-by-hand.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
const bytes = (...values: number[]) => new Uint8Array(values);
let file: string;
let files = 0;

beforeEach(() => {
  file = `${folder}/${files++}.zip`;
});

/** Writes keys "a" and "b", and gives the state of a reader. */
async function written(a: Uint8Array, path = file): Promise<ZipStore> {
  const store = await ZipStore.open(path, { mode: "w" });
  await store.set("a", a);
  await store.set("b", bytes(9));
  await store.close();
  return await ZipStore.open(path);
}

async function stateOf(store: ZipStore, options: { share?: boolean } = {}): Promise<ZipStoreState> {
  const state = store.getState(options);
  await store.close();
  return state;
}

describe.each([
  ["parsed again", {}],
  ["with the shared directory", { share: true }],
])("a file that is no longer the one that was handed over, %s", (_, options) => {
  const changes: [string, () => Promise<void> | void, RegExp][] = [
    [
      "replaced by rename",
      async () => (await written(bytes(1, 4), `${file}.new`)).close().then(() => renameSync(`${file}.new`, file)),
      /directory at byte/,
    ],
    [
      "rewritten in place, as long as before",
      async () => {
        await (await written(bytes(1, 3), `${file}.new`)).close();
        writeFileSync(file, readFileSync(`${file}.new`));
      },
      /directory at byte/,
    ],
    ["cut off", () => truncateSync(file, readFileSync(file).length - 1), /has \d+ bytes, fewer than the \d+/],
    ["emptied", () => truncateSync(file, 0), /has 0 bytes/],
    ["overwritten with noise", () => writeFileSync(file, randomBytes(readFileSync(file).length)), /at byte \d+/],
    [
      "shifted by a prefix",
      () => writeFileSync(file, Buffer.concat([Buffer.alloc(7), readFileSync(file)])),
      /at byte \d+/,
    ],
  ];
  test.each(changes)("%s: ERR_STALE_STATE", async (_, change, message) => {
    const state = await stateOf(await written(bytes(1, 2)), options);
    await change();
    const store = await ZipStore.fromState(state);
    for (const use of [() => store.get("a"), () => store.has("a"), () => store.listDir(), () => store.list().next()]) {
      await expect(use()).rejects.toMatchObject({
        code: "ERR_STALE_STATE",
        message: expect.stringMatching(message),
        details: { file },
      });
    }
    await store.close();
  });

  const harmless: [string, () => void][] = [
    ["chmod", () => chmodSync(file, 0o444)],
    ["touch", () => utimesSync(file, 1, 1)],
    [
      "replaced by a copy",
      () => {
        copyFileSync(file, `${file}.new`);
        renameSync(`${file}.new`, file);
      },
    ],
    ["a second name", () => linkSync(file, `${file}.link`)],
    [
      "renamed away and back",
      () => {
        renameSync(file, `${file}.away`);
        renameSync(`${file}.away`, file);
      },
    ],
    ["bytes behind it that are no archive", () => appendFileSync(file, "being written")],
    ["a newer version behind it", () => appendVersion(file, "a", bytes(7, 7, 7))],
  ];
  test.each(harmless)("%s: is tolerated", async (_, change) => {
    const state = await stateOf(await written(bytes(1, 2)), options);
    change();
    const store = await ZipStore.fromState(state);
    expect(await store.get("a")).toEqual(bytes(1, 2));
    expect(await store.listDir()).toEqual(["a", "b"]);
    expect(store.getState()).toEqual(stateWithoutShared(state));
    await store.close();
  });
});

function stateWithoutShared({ sharedDirectory: _, ...state }: ZipStoreState): object {
  return state;
}

describe("a file that grows", () => {
  test("a pinned store sees the version that it opened, also while it is open", async () => {
    const store = await written(bytes(1, 2));
    expect(await store.get("a")).toEqual(bytes(1, 2));
    appendVersion(file, "a", bytes(3));
    appendVersion(file, "c", bytes(4));
    expect(await store.get("a")).toEqual(bytes(1, 2));
    expect(await store.has("c")).toBe(false);
    const twin = await restore(store.getState());
    expect(await twin.get("a")).toEqual(bytes(1, 2));
    await Promise.all([store.close(), twin.close()]);
  });

  test.each([false, true])("a follow store sees each new version; shared directory: %s", async (share) => {
    await (await written(bytes(1, 2))).close();
    const store = await ZipStore.open(file, { view: "follow" });
    const twin = await restore(store.getState({ share }));
    expect(await twin.get("a")).toEqual(bytes(1, 2));
    const late = await restore(store.getState({ share }));
    for (const value of [3, 4, 5]) {
      appendVersion(file, `a${value}`, bytes(value));
      appendVersion(file, "a", bytes(value));
      for (const reader of [store, twin, late]) {
        expect(await reader.get("a")).toEqual(bytes(value));
        expect(await reader.has(`a${value}`)).toBe(true);
      }
    }
    expect(late.getState()).toEqual(store.getState());
    expect(store.getState().identity.end).toBe(readFileSync(file).length);
    for (const reader of [store, twin, late]) await reader.close();
  });

  test("many reads at once of a follow store all succeed while versions are appended", async () => {
    const large = new Uint8Array(300_000).fill(5);
    await (await written(large)).close();
    const store = await ZipStore.open(file, { view: "follow" });
    for (let round = 0; round < 20; round++) {
      const reads = Array.from({ length: 20 }, () => store.get("a"));
      appendVersion(file, `new${round}`, bytes(round));
      const more = Array.from({ length: 20 }, () => store.get(`new${round}`));
      for (const value of await Promise.all(reads)) expect(value?.length).toBe(large.length);
      for (const value of await Promise.all(more)) expect(value).toEqual(bytes(round));
    }
    await store.close();
  });

  test("a writer's store follows, once it has published", async () => {
    const store = await ZipStore.open(file, { mode: "w" });
    await store.set("a", bytes(1));
    await store.flush();
    appendVersion(file, "a", bytes(2));
    expect(await store.get("a")).toEqual(bytes(2));
    await store.close();
  });

  test("a follow store of a file that was cut off says ERR_STALE_STATE", async () => {
    await (await written(bytes(1, 2))).close();
    const store = await ZipStore.open(file, { view: "follow" });
    truncateSync(file, 10);
    await expect(store.get("a")).rejects.toMatchObject({ code: "ERR_STALE_STATE" });
    await store.close();
  });
});
