// What a store may reach that was restored with `roots`, while somebody who may write below them exchanges folders and links.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DirectoryStore, isZarrError, restore, ZipStore, type ZipStoreState } from "../../src/index.js";

const isLinux = process.platform === "linux";

let folder: string;
let root: string;
let outside: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zarrzip-roots-"));
  root = join(folder, "root");
  outside = join(folder, "outside");
  for (const path of [root, join(root, "in"), outside]) mkdirSync(path);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function archive(path: string, value: number, mode: "r" | "r+" = "r+"): Promise<ZipStoreState> {
  const written = await ZipStore.open(path, { mode: "w" });
  await written.set("k", Uint8Array.of(value));
  await written.close();
  const store = await ZipStore.open(path, { mode });
  const state = store.getState();
  await store.close();
  return state;
}

async function outcome(work: Promise<unknown>): Promise<unknown> {
  return await work.catch((error) => (isZarrError(error) ? error.code : error));
}

/** Puts a link to `outside` in the place of the folder `root/in`. */
function exchange(): void {
  renameSync(join(root, "in"), join(root, "moved"));
  symlinkSync(outside, join(root, "in"));
}

describe.skipIf(!isLinux)("an archive (on Linux, where an open folder can be looked into)", () => {
  test("a link in its path is resolved once: its later targets do not matter", async () => {
    const state = await archive(join(root, "in", "x.zip"), 1);
    symlinkSync(join(root, "in"), join(root, "l"));
    const store = await ZipStore.fromState({ ...state, path: join(root, "l", "x.zip") }, { roots: [root] });
    unlinkSync(join(root, "l"));
    symlinkSync(outside, join(root, "l"));
    await store.set("k", Uint8Array.of(2));
    await store.close();
    const found = await ZipStore.open(join(root, "in", "x.zip"));
    expect(await found.get("k")).toEqual(Uint8Array.of(2));
    await found.close();
    expect(readdirSync(outside)).toEqual([]);
  });

  test.each(["read", "commit", "stage"])(
    "its folder was exchanged: nothing outside is read or made by a %s",
    async (use) => {
      const state = await archive(join(root, "in", "x.zip"), 1);
      await archive(join(outside, "x.zip"), 2);
      const store = await ZipStore.fromState({ ...state, view: "follow" }, { roots: [root] });
      if (use !== "read") await store.set("n", Uint8Array.of(3));
      exchange();
      const work = use === "read" ? store.get("k") : use === "commit" ? store.flush() : store.stage();
      expect(await outcome(work)).toBe("ERR_STALE_STATE");
      await outcome(store.abort());
      expect(readdirSync(outside)).toEqual(["x.zip"]);
    },
  );

  test("it was exchanged itself for a link: nothing outside is read", async () => {
    const path = join(root, "in", "x.zip");
    const state = await archive(path, 1, "r");
    const secret = await archive(join(outside, "x.zip"), 2, "r");
    const store = await ZipStore.fromState({ ...secret, path, view: "follow" }, { roots: [root] });
    unlinkSync(path);
    symlinkSync(join(outside, "x.zip"), path);
    expect(await outcome(store.get("k"))).toBe("ERR_STORE_READ");
    await store.close();
    await expect(restore({ ...state }, { roots: [root] })).rejects.toMatchObject({ code: "ERR_STATE" });
  });

  test("no descriptor stays open", async () => {
    const state = await archive(join(root, "in", "x.zip"), 1);
    const open = () => readdirSync("/proc/self/fd").length;
    const before = open();
    for (let i = 0; i < 5; i++) {
      const store = await ZipStore.fromState(state, { roots: [root] });
      store.setState(state);
      await store.get("k");
      await store.close();
      await outcome(ZipStore.fromState({ ...state, path: join(outside, "x.zip") }, { roots: [root] }));
    }
    expect(open()).toBe(before);
  });
});

test("whether something is at a place that is not allowed is not told", async () => {
  const state = await archive(join(root, "in", "x.zip"), 1);
  for (const path of [join(outside, "x.zip"), join(folder, "nowhere", "x.zip"), "/nowhere/at/all.zip"]) {
    expect(await outcome(ZipStore.fromState({ ...state, path }, { roots: [root] }))).toBe("ERR_STATE");
  }
  const missing = { ...state, path: join(root, "nowhere", "x.zip") };
  expect(await outcome(ZipStore.fromState(missing, { roots: [root] }))).toBe("ERR_NOT_FOUND");
});

describe.skipIf(!isLinux)("a folder", () => {
  let store: DirectoryStore;
  beforeEach(async () => {
    const opened = await DirectoryStore.open(join(root, "in"), { mode: "a" });
    await opened.set("a/k", Uint8Array.of(1));
    await opened.close();
    const again = await DirectoryStore.open(join(root, "in"), { mode: "r+" });
    store = await DirectoryStore.fromState(again.getState(), { roots: [root] });
  });

  test("links that come and go while it is used lead nowhere outside", async () => {
    writeFileSync(join(outside, "k"), "secret");
    const link = join(root, "in", "l");
    mkdirSync(join(root, "within"));
    writeFileSync(join(root, "within", "k"), "harmless");
    let stop = false;
    // The store gives the thread away at each call of the system, and then the link is another one.
    const swapping = (async () => {
      for (let i = 0; !stop; i++) {
        symlinkSync(i % 2 === 0 ? outside : join(root, "within"), `${link}.new`);
        renameSync(`${link}.new`, link);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const seen = new Set<unknown>();
    for (let i = 0; i < 150; i++) {
      const value = (await outcome(store.get("l/k"))) as Uint8Array | string | undefined;
      seen.add(value instanceof Uint8Array ? Buffer.from(value).toString() : value);
      const changes = [store.set(`l/w${i}`, new Uint8Array(1)), store.deleteFolder("l/sub")];
      for (const code of await Promise.all(changes.map(outcome))) {
        expect([undefined, "ERR_STATE", "ERR_STALE_STATE", "ERR_EXISTS"]).toContain(code);
      }
    }
    stop = true;
    await swapping;
    expect(seen.has("harmless")).toBe(true);
    expect(seen.has("secret")).toBe(false);
    expect(readdirSync(outside)).toEqual(["k"]);
  });

  test("is removed with what is in it, but not what a link in it leads to", async () => {
    writeFileSync(join(outside, "k"), "");
    symlinkSync(outside, join(root, "in", "a", "l"));
    await store.set("a/b/c", Uint8Array.of(1));
    await store.deleteFolder("a");
    expect(readdirSync(join(root, "in"))).toEqual([]);
    expect(existsSync(join(outside, "k"))).toBe(true);
  });

  test("a key cannot be the folder of another one: ERR_EXISTS", async () => {
    expect(await outcome(store.set("a/k/x", Uint8Array.of(1)))).toBe("ERR_EXISTS");
    expect(await outcome(store.set("a/k/x/y", Uint8Array.of(1)))).toBe("ERR_EXISTS");
    expect(await store.get("a/k/x")).toBeUndefined();
    expect(readFileSync(join(root, "in", "a", "k"))).toEqual(Buffer.of(1));
  });
});
