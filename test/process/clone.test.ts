// An instance cannot be cloned by accident: what would deliver a dead copy fails loudly; what makes JSON of it delivers
// its state.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import v8 from "node:v8";
import { MessageChannel, Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createArray, MemoryStore, openArray, openGroup, restore, ZarrError, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { writeSample } from "./sample-file.js";

const file = `${temporaryFolder()}/sample.zip`;
const things: (readonly [string, object])[] = [];
const echo = fileURLToPath(new URL("echo.mjs", import.meta.url));

beforeAll(async () => {
  await (await writeSample(file)).close();
  const store = await ZipStore.open(file);
  const memory = new MemoryStore();
  things.push(["ZipStore", store], ["group", await openGroup(store)], ["array", await openArray(store, { path: "a" })]);
  things.push(["MemoryStore", memory], ["array in memory", await createArray(memory, { shape: [1], dtype: "int8" })]);
  afterAll(() => store.close());
});

const isDataCloneError = expect.objectContaining({
  name: "DataCloneError",
  message: expect.stringMatching(/getState\(\)/),
});

test("structuredClone, v8.serialize, postMessage and workerData fail with DataCloneError", () => {
  const { port1, port2 } = new MessageChannel();
  for (const [name, thing] of things) {
    for (const message of [thing, { nested: [thing] }, new Map([["a", thing]])]) {
      expect(() => structuredClone(message), name).toThrow(isDataCloneError);
      expect(() => v8.serialize(message), name).toThrow(isDataCloneError);
      expect(() => port1.postMessage(message), name).toThrow(isDataCloneError);
      expect(() => port1.postMessage(message, []), name).toThrow(isDataCloneError);
      expect(() => new Worker("", { eval: true, workerData: message }), name).toThrow(isDataCloneError);
    }
  }
  port1.close();
  port2.close();
});

test("{ ...instance } and Object.assign fail, too, instead of making an object without methods", () => {
  for (const [name, thing] of things) {
    expect(() => ({ ...thing }), name).toThrow(isDataCloneError);
    expect(() => Object.assign({}, thing), name).toThrow(isDataCloneError);
  }
});

test("child.send of an instance: with advanced serialization it fails, with json it sends the state", async () => {
  const advanced = fork(echo, [], { serialization: "advanced" });
  const json = fork(echo, [], { serialization: "json" });
  await Promise.all([once(advanced, "message"), once(json, "message")]);
  for (const [name, thing] of things.slice(0, 3)) {
    expect(() => advanced.send(thing), name).toThrow(isDataCloneError);
    json.send(thing);
    const [state] = await once(json, "message");
    expect(state, name).toEqual(JSON.parse(JSON.stringify(thing)));
    await (await restore(state)).close();
  }
  expect(() => json.send(things[3][1])).toThrow(isDataCloneError);
  const ended = Promise.all([once(advanced, "exit"), once(json, "exit")]);
  advanced.disconnect();
  json.disconnect();
  await ended;
});

test("an error crosses as its state: class, code, details, message and stack", async () => {
  const store = await ZipStore.open(file);
  const error = await (await openArray(store, { path: "a" })).getChunk([9, 9]).catch((found) => found);
  await store.close();
  const { port1, port2 } = new MessageChannel();
  const received = once(port2, "message");
  port1.postMessage(error.toState());
  const [state] = await received;
  port1.close();
  for (const again of [ZarrError.fromState(state), ZarrError.fromState(JSON.parse(JSON.stringify(error)))]) {
    expect(again).toBeInstanceOf(ZarrError);
    expect(again).toMatchObject({ name: "ZarrError", code: "ERR_SELECTION", details: { path: "a", chunk: [9, 9] } });
    expect([again.message, again.stack]).toEqual([error.message, error.stack]);
    expect(again.toState()).toEqual(error.toState());
  }
});
