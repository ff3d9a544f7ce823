// What a state must say, who may set it, and when there is none.
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { inspect } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import {
  createArray,
  MemoryStore,
  openArray,
  openGroup,
  restore,
  ZipStore,
  type ZipStoreState,
} from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { fingerprint, statesOf, writeSample } from "./sample-file.js";

const folder = temporaryFolder();
const file = `${folder}/sample.zip`;
let state: ZipStoreState;
let writerState: ZipStoreState;

beforeAll(async () => {
  const writer = await writeSample(file);
  writerState = writer.getState();
  await writer.close();
  const reader = await ZipStore.open(file);
  state = reader.getState();
  await reader.close();
});

const code = (code: string) => expect.objectContaining({ code });
const sent = (thing: unknown) => JSON.parse(JSON.stringify(thing));

describe("getState", () => {
  test("has every option, and nothing that JSON loses", async () => {
    expect(sent(state)).toStrictEqual(state);
    const options = {
      view: "follow",
      limits: {
        metadataBytes: 1000,
        jsonDepth: 10,
        rank: 3,
        codecs: 4,
        shardNesting: 1,
        chunkBytes: 5,
        readBytes: 600,
        listBytes: 7,
      },
    } as const;
    const reader = await ZipStore.open(file, options);
    expect(reader.getState()).toMatchObject({
      kind: "ZipStore",
      version: 1,
      path: file,
      readOnly: true,
      mode: "r",
      ...options,
    });
    await reader.close();
    const path = `${folder}/options.zip`;
    const modified = new Date("2024-05-06T07:08:10Z");
    const writer = await ZipStore.open(path, { mode: "w-", compression: "deflate", zip64: "always", modified });
    await writer.flush();
    const written = { path, readOnly: false, mode: "r+", view: "follow", compression: "deflate", zip64: "always" };
    expect(writer.getState()).toMatchObject({ ...written, modified: "2024-05-06T07:08:10.000Z" });
    await writer.close();
  });

  test("limits hold on the other side", async () => {
    const reader = await ZipStore.open(file, { limits: { readBytes: 20, metadataBytes: 100 } });
    const twin = await ZipStore.fromState(sent(reader));
    await expect(twin.get("a/zarr.json")).rejects.toEqual(code("ERR_LIMIT"));
    expect(await twin.get("a/zarr.json", { maxBytes: 2000 })).toBeDefined();
    await expect(openArray(twin, { path: "a" })).rejects.toEqual(code("ERR_LIMIT"));
    await Promise.all([reader.close(), twin.close()]);
  });

  test("may be changed by whoever gets it", async () => {
    const reader = await ZipStore.open(file);
    const mine = sent(reader);
    const changed = reader.getState() as { identity: { end: number }; limits: { readBytes: number } };
    changed.identity.end = 0;
    changed.limits.readBytes = 0;
    expect(sent(reader)).toEqual(mine);
    const twin = await ZipStore.fromState(mine);
    mine.limits.readBytes = 0;
    expect(await twin.get("zarr.json")).toBeDefined();
    await Promise.all([reader.close(), twin.close()]);
  });

  test("before flush: ERR_DIRTY, also of nodes; JSON.stringify marks it, and nothing accepts that", async () => {
    const writer = await ZipStore.open(`${folder}/dirty.zip`, { mode: "w" });
    const array = await createArray(writer, { path: "a", shape: [1], dtype: "int8", data: [1] });
    const group = await openGroup(writer);
    for (const thing of [writer, array, group]) {
      expect(() => thing.getState()).toThrow(code("ERR_DIRTY"));
      await expect(restore(sent(thing))).rejects.toMatchObject({
        code: "ERR_STATE",
        message: expect.stringMatching(/unflushed|not published/),
      });
    }
    await writer.abort();
    for (const thing of [writer, array, group]) {
      expect(() => thing.getState()).toThrow(code("ERR_CLOSED"));
      await expect(restore(sent(thing))).rejects.toMatchObject({
        code: "ERR_STATE",
        message: expect.stringMatching(/closed/),
      });
    }
  });

  test("of a MemoryStore is ERR_UNSUPPORTED; JSON.stringify marks that of a node in it", async () => {
    const array = await createArray(new MemoryStore(), { shape: [1], dtype: "int8" });
    expect(() => array.getState()).toThrow(code("ERR_UNSUPPORTED"));
    await expect(restore(sent(array))).rejects.toEqual(code("ERR_STATE"));
  });

  test("JSON.stringify of a store, array or group restores", async () => {
    const reader = await ZipStore.open(file);
    for (const thing of [reader, await openGroup(reader), await openArray(reader, { path: "a" })]) {
      expect(sent(thing)).toEqual(thing.getState());
      const twin = await restore(sent(thing));
      expect(sent(twin)).toEqual(sent(thing));
      await twin.close();
    }
    await reader.close();
  });
});

describe("a state that is not right: ERR_STATE names the member", () => {
  const wrong: Record<string, unknown[]> = {
    kind: [undefined, "Zip", 1],
    version: [undefined, 0, 2, "1"],
    path: [undefined, "", "relative.zip", 5],
    readOnly: [undefined, false, "true", 1, null],
    mode: [undefined, "w", "a", "r+", "w-", ""],
    view: [undefined, "Pinned", null],
    identity: [undefined, null, [], "x"],
    compression: [undefined, "zstd", null],
    zip64: [undefined, true],
    modified: [undefined, "yesterday", 5],
    limits: [undefined, null, {}],
    sharedDirectory: [null, 1, {}, { kind: "ZipDirectory", version: 1, extents: {}, buffer: { byteLength: 0 } }],
    jobId: [1],
  };
  const cases = Object.entries(wrong).flatMap(([member, values]) => values.map((value) => [member, value] as const));
  test.each(cases)("%s: %j", async (member, value) => {
    const { [member as "kind"]: _, ...rest } = state;
    const bad = value === undefined ? rest : { ...state, [member]: value };
    const named = member === "mode" && value === "r+" ? "readOnly" : member;
    const expected = { code: "ERR_STATE", message: expect.stringContaining(named) };
    await expect(ZipStore.fromState(bad)).rejects.toMatchObject(expected);
    await expect(restore(member === "kind" ? { ...bad, kind: "ZipStore ", member } : bad)).rejects.toEqual(
      code("ERR_STATE"),
    );
    const store = await ZipStore.open(file);
    expect(() => store.setState(bad)).toThrow(expect.objectContaining(expected));
    expect(await store.has("zarr.json")).toBe(true);
    await store.close();
  });

  const nested = [
    ...["end", "digest", "root"].map((member) => ["identity", member] as const),
    ...["readBytes", "chunkBytes", "metadataBytes", "jsonDepth"].map((member) => ["limits", member] as const),
  ];
  test.each(nested)("%s.%s", async (outer, member) => {
    for (const value of [undefined, null, -1, {}, 1.5]) {
      const bad = { ...state, [outer]: { ...state[outer], [member]: value } };
      const expected = { code: "ERR_STATE", details: { member: `${outer}.${member}` } };
      await expect(ZipStore.fromState(bad)).rejects.toMatchObject(expected);
    }
  });

  test.each(["identity", "limits"] as const)("%s with a member that it does not have", async (outer) => {
    const bad = { ...state, [outer]: { ...state[outer], jobId: 1 } };
    const expected = { code: "ERR_STATE", details: { member: `${outer}.jobId` } };
    await expect(ZipStore.fromState(bad)).rejects.toMatchObject(expected);
  });

  test.each([undefined, null, 5, "{}", [], () => 1])("no object: %s", async (value) => {
    await expect(restore(value)).rejects.toEqual(code("ERR_STATE"));
    await expect(ZipStore.fromState(value)).rejects.toEqual(code("ERR_STATE"));
  });

  test("a writer's state does not pin", async () => {
    await expect(restore({ ...writerState, view: "pinned" })).rejects.toMatchObject({
      code: "ERR_STATE",
      message: expect.stringMatching(/view/),
    });
  });

  test("an array's or group's", async () => {
    const reader = await ZipStore.open(file);
    const [, group, array] = (await statesOf(reader)) as Record<string, unknown>[];
    await reader.close();
    const wrong: Record<string, unknown[]> = {
      kind: ["array", undefined],
      version: [undefined, 2],
      path: [undefined, 5, "/a", "a/", "../a", "a//b", "a\\b"],
      readOnly: [undefined, false],
      documents: [undefined, {}, { "zarr.json": 1 }, { ".zattrs": "{}" }, { ".zarray": "{}", "zarr.json": "{}" }],
      modules: [undefined, "x", [1]],
      store: [undefined, null, [], {}],
      extra: [1],
    };
    for (const good of [group, array]) {
      await (await restore(good)).close();
      for (const [member, values] of Object.entries(wrong)) {
        for (const value of values) {
          await expect(restore({ ...good, [member]: value }), `${member}: ${value}`).rejects.toEqual(code("ERR_STATE"));
        }
      }
    }
    await expect(restore({ ...array, kind: "Group" })).rejects.toMatchObject({
      code: "ERR_STATE",
      message: expect.stringMatching(/Group/),
    });
  });
});

describe("setState", () => {
  test("turns a store into another, which is opened at first use; the old descriptor is closed", async () => {
    const other = `${folder}/other.zip`;
    const writer = await ZipStore.open(other, { mode: "w" });
    await writer.set("only", new Uint8Array([1]));
    await writer.close();
    const store = await ZipStore.open(other);
    store.setState(state);
    expect(store.path).toBe(file);
    expect(await store.has("zarr.json")).toBe(true);
    expect(await store.has("only")).toBe(false);
    store.setState({ ...state, path: `${folder}/missing.zip` });
    await expect(store.get("a")).rejects.toEqual(code("ERR_NOT_FOUND"));
    store.setState(state);
    expect(await store.has("zarr.json")).toBe(true);
    await store.close();
    expect(() => store.setState(state)).toThrow(code("ERR_CLOSED"));
  });

  test("narrows, and never widens: ERR_STATE", async () => {
    const store = await restore(writerState);
    expect([store.readOnly, store.mode]).toEqual([false, "r+"]);
    store.setState(state);
    expect([store.readOnly, store.mode]).toEqual([true, "r"]);
    expect(() => store.setState(writerState)).toThrow(
      expect.objectContaining({ code: "ERR_STATE", message: expect.stringMatching(/takes only read-only states/) }),
    );
    await expect(store.set("new", new Uint8Array(1))).rejects.toEqual(code("ERR_READ_ONLY"));
    await store.close();
  });

  test("on unflushed writes: ERR_DIRTY, and they are kept", async () => {
    const path = `${folder}/kept.zip`;
    const writer = await ZipStore.open(path, { mode: "w" });
    await writer.set("a", new Uint8Array([1]));
    expect(() => writer.setState(state)).toThrow(code("ERR_DIRTY"));
    await writer.close();
    const reader = await ZipStore.open(path);
    expect(await reader.get("a")).toEqual(new Uint8Array([1]));
    await reader.close();
  });
});

describe("roots", () => {
  const allowed = `${folder}/allowed`;
  beforeAll(async () => {
    mkdirSync(allowed);
    symlinkSync(file, `${allowed}/link.zip`);
    symlinkSync(folder, `${allowed}/up`);
    await (await writeSample(`${allowed}/in.zip`)).close();
    mkdirSync(`${allowed}-other`);
    await (await writeSample(`${allowed}-other/in.zip`)).close();
  });

  test("a file below one of them opens", async () => {
    const reader = await ZipStore.open(`${allowed}/in.zip`);
    for (const roots of [[allowed], [folder], [`${allowed}-other`, allowed], [`${allowed}/up`]]) {
      const twin = await restore(reader.getState(), { roots });
      expect(await twin.has("zarr.json")).toBe(true);
      await twin.close();
    }
    await reader.close();
  });

  const outside = [
    "/etc/passwd",
    file,
    `${allowed}/../sample.zip`,
    `${allowed}/link.zip`,
    `${allowed}/up/sample.zip`,
    `${allowed}-other/in.zip`,
    `${allowed}`,
  ];
  test.each(outside.map((path) => [path.replace(folder, "…"), path]))("%s: ERR_STATE", async (_, path) => {
    const expected = { code: "ERR_STATE", message: expect.stringContaining(path) };
    const rules = { roots: [allowed] };
    await expect(restore({ ...state, path }, rules)).rejects.toMatchObject(expected);
    await expect(restore({ ...state, path }, { roots: [] })).rejects.toEqual(code("ERR_STATE"));
    const reader = await ZipStore.open(`${allowed}/in.zip`);
    const store = await restore(reader.getState(), rules);
    store.setState({ ...state, path });
    await expect(store.get("zarr.json")).rejects.toMatchObject(expected);
    await Promise.all([reader.close(), store.close()]);
  });

  test("hold for an array's store, too", async () => {
    const array = await openArray(file, { path: "a" });
    await expect(restore(array.getState(), { roots: [allowed] })).rejects.toEqual(code("ERR_STATE"));
    await array.close();
  });
});

describe("equals, printing and disposal", () => {
  test("equals compares path, readOnly, view and version", async () => {
    const reader = await ZipStore.open(file);
    const twin = await restore(reader.getState());
    const writable = await restore(writerState);
    const follow = await ZipStore.open(file, { view: "follow" });
    expect(reader.equals(twin)).toBe(true);
    expect(twin.equals(reader)).toBe(true);
    for (const other of [writable, follow, new MemoryStore(), null, {}]) expect(reader.equals(other)).toBe(false);
    for (const store of [reader, twin, writable, follow]) await store.close();
  });

  test("printing shows what it is, also nested, closed and dirty", async () => {
    const reader = await ZipStore.open(file);
    const array = await openArray(reader, { path: "a" });
    expect(inspect(reader)).toMatch(
      /^ZipStore \{\s+path: '.*sample\.zip',\s+mode: 'r',\s+readOnly: true,\s+view: 'pinned'\s+\}$/,
    );
    expect(inspect({ reader })).toContain("sample.zip");
    expect(inspect(array)).toMatch(/^ZarrArray \{[\s\S]*path: 'a'[\s\S]*shape: \[ 4, 6 \][\s\S]*dtype: 'int64'/);
    expect(inspect(await openGroup(reader))).toMatch(/^ZarrGroup \{[\s\S]*path: ''/);
    await reader.close();
    expect(inspect(reader)).toContain("closed: true");
    const writer = await ZipStore.open(`${folder}/printed.zip`, { mode: "w" });
    expect(inspect(writer)).toContain("unflushed: true");
    await writer.abort();
    expect(inspect(new MemoryStore())).toBe("MemoryStore { keys: 0, readOnly: false }");
  });

  test("disposal of unflushed writes: ERR_DIRTY, no file and no part file", async () => {
    const before = fingerprint(file);
    const writer = await ZipStore.open(`${folder}/disposed.zip`, { mode: "w" });
    await writer.set("a", new Uint8Array(10));
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toHaveLength(1);
    await expect(writer[Symbol.asyncDispose]()).rejects.toEqual(code("ERR_DIRTY"));
    await writer[Symbol.asyncDispose]();
    await writer.close();
    expect(fingerprint(file)).toEqual(before);
  });

  test("disposal of anything else releases it without an error", async () => {
    const before = fingerprint(file);
    const reader = await ZipStore.open(file);
    const array = await openArray(file, { path: "a" });
    for (const thing of [reader, array, await ZipStore.open(`${folder}/unused.zip`, { mode: "w" })]) {
      await thing[Symbol.asyncDispose]();
      expect(() => thing.getState()).toThrow(code("ERR_CLOSED"));
    }
    expect(fingerprint(file)).toEqual(before);
  });
});
