import { mkdirSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { createArray, restore, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
const code = (code: string) => expect.objectContaining({ code });
let state: object;

beforeAll(async () => {
  mkdirSync(`${folder}/data`);
  const store = await ZipStore.open(`${folder}/data/x.zip`, { mode: "w" });
  const array = await createArray(store, { shape: [2], dtype: "int8", data: 1 });
  await store.flush();
  state = array.getState();
  await store.close();
});

test("restore: roots or modules other than a list are refused; a text is not the list of its characters", async () => {
  for (const roots of [`${folder}/elsewhere`, [5], {}]) {
    await expect(restore(state, { roots: roots as never })).rejects.toEqual(code("ERR_ARGUMENT"));
  }
  const foreign = { ...state, modules: ["file:///a.mjs"] };
  await expect(restore(foreign, { modules: "file:///a.mjs" as never })).rejects.toEqual(code("ERR_ARGUMENT"));
});

test("restore: a module that cannot be imported is ERR_CODEC_UNAVAILABLE, with the reason as cause", async () => {
  const module = `file://${folder}/missing.mjs`;
  const error = await restore({ ...state, modules: [module] }, { modules: [module] }).catch((error) => error);
  expect(error).toEqual(code("ERR_CODEC_UNAVAILABLE"));
  expect(error.cause).toBeInstanceOf(Error);
});
