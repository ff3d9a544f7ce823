import { copyFileSync, readdirSync } from "node:fs";
import { basename } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { repack } from "../../src/store/zip/repack.js";
import type { ZipStage } from "../../src/store/zip/stage.js";
import { ZipStore } from "../../src/store/zip/zip-store.js";
import { temporaryFolder } from "../temporary-folder.js";

const code = (expected: string) => expect.objectContaining({ name: "ZarrError", code: expected });
const bytes = (...values: number[]) => Uint8Array.from(values);

let folder: string;
let path: string;

beforeEach(async () => {
  folder = temporaryFolder();
  path = `${folder}/x.zip`;
  const store = await ZipStore.open(path, { mode: "w" });
  for (const value of [1, 2, 3]) {
    await store.set("a", bytes(value));
    await store.flush();
  }
  await store.close();
});

async function staged(change: (store: ZipStore) => Promise<void>): Promise<ZipStage> {
  const worker = await ZipStore.open(path, { mode: "r+" });
  await change(worker);
  const stage = await worker.stage();
  await worker.close();
  return JSON.parse(JSON.stringify(stage));
}

/** Merges and commits a stage, as somebody who is killed before the stage's file is removed. */
async function mergedAndLeft(stage: ZipStage): Promise<void> {
  copyFileSync(stage.file, `${stage.file}.kept`);
  const owner = await ZipStore.open(path, { mode: "r+" });
  await owner.merge([stage]);
  await owner.flush();
  await owner.close();
  copyFileSync(`${stage.file}.kept`, stage.file);
}

const left = () => readdirSync(folder).filter((name) => name.endsWith(".stage"));

test("a stage that is merged again after its merger was killed is not committed twice, and its file is removed", async () => {
  const stage = await staged((store) => store.set("a", bytes(10)));
  await mergedAndLeft(stage);
  const owner = await ZipStore.open(path, { mode: "r+" });
  await owner.set("a", bytes(11));
  await owner.flush();
  await expect(owner.merge([stage])).rejects.toEqual(code("ERR_NOT_FOUND"));
  expect(left()).toEqual([]);
  await expect(owner.merge([stage])).rejects.toEqual(code("ERR_NOT_FOUND"));
  await owner.close();
  const reader = await ZipStore.open(path);
  expect(await reader.get("a")).toEqual(bytes(11));
  await reader.close();
});

test("the later of two stores that merge one stage is told when it flushes", async () => {
  const stage = await staged((store) => store.set("a", bytes(10)));
  const [first, second] = [await ZipStore.open(path, { mode: "r+" }), await ZipStore.open(path, { mode: "r+" })];
  for (const store of [first, second]) await store.merge([stage]);
  await first.flush();
  await first.set("a", bytes(11));
  await first.flush();
  await second.set("b", bytes(1));
  await expect(second.flush()).rejects.toEqual(code("ERR_NOT_FOUND"));
  expect([await second.get("a"), await second.get("b")]).toEqual([bytes(11), bytes(1)]);
  for (const store of [first, second]) await store.close();
  expect(readdirSync(folder)).toEqual(["x.zip"]);
});

test("a stage that is merged twice before it is committed is committed once", async () => {
  const stage = await staged(async (store) => {
    await store.transaction(async (values) => await values.set("a", bytes((await values.get("a"))![0]! + 1)));
  });
  const owner = await ZipStore.open(path, { mode: "r+" });
  await owner.merge([stage]);
  await owner.merge([stage]);
  await owner.flush();
  expect(await owner.get("a")).toEqual(bytes(4));
  await owner.close();
  expect(left()).toEqual([]);
});

test("a stage without a change, and one that is merged into a new file, leave no file behind", async () => {
  const owner = await ZipStore.open(path, { mode: "r+" });
  await owner.merge([await staged(async () => undefined)]);
  await owner.flush();
  await owner.close();
  expect(left()).toEqual([]);
  const stage = await staged((store) => store.set("b", bytes(1)));
  const created = await ZipStore.open(path, { mode: "w" });
  await created.merge([stage]);
  await created.close();
  expect(left()).toEqual([]);
});

test("repack removes the files of stages that are committed, and of no others", async () => {
  const merged = await staged((store) => store.set("b", bytes(1)));
  const open = await staged((store) => store.set("c", bytes(1)));
  await mergedAndLeft(merged);
  await repack(path);
  expect(left()).toEqual([basename(open.file)]);
  const owner = await ZipStore.open(path, { mode: "r+" });
  await expect(owner.merge([merged])).rejects.toEqual(code("ERR_NOT_FOUND"));
  await owner.merge([open]);
  await owner.close();
  expect(left()).toEqual([]);
});

test("1,200 stages are merged by commits that each name theirs", async () => {
  const stages: ZipStage[] = [];
  const worker = await ZipStore.open(path, { mode: "r+", durability: "process" });
  for (let i = 0; i < 1200; i++) {
    await worker.set(`s/${i}`, bytes(i & 255));
    stages.push(await worker.stage());
  }
  await worker.close();
  const owner = await ZipStore.open(path, { mode: "r+", durability: "process" });
  const before = (await owner.versions()).length;
  await owner.merge(stages);
  await owner.flush();
  expect(await owner.versions()).toHaveLength(before + 3);
  await owner.close();
  expect(left()).toEqual([]);
});
