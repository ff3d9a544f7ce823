// Whoever gives a pool something else than an array is told what it is and what to do.
import { afterAll, describe, expect, test } from "vitest";
import { createGroup, MemoryStore, openArray } from "../../dist/index.js";
import { WorkerPool } from "../../dist/pool/index.js";

const pool = new WorkerPool({ workers: 1 });
afterAll(() => pool.close());
const task = new URL("task.mjs", import.meta.url);

const calls: Readonly<Record<string, (array: never) => Promise<unknown>>> = {
  read: (array) => pool.read(array),
  readMany: (array) => pool.readMany(array, [null]),
  write: (array) => pool.write(array, null, 1),
  chunks: (array) => pool.chunks(array).next(),
};

const wrong: readonly (readonly [what: string, value: unknown, told: string])[] = [
  ["a file name", "x.zip", 'the text "x.zip" was given: expected an array, as await openArray'],
  ["a promise", openArray(new MemoryStore()).catch(() => undefined), "a promise was given (await it)"],
  ["nothing", undefined, "nothing (undefined) was given"],
  ["null", null, "nothing (null) was given"],
  ["a store", new MemoryStore(), "a store was given"],
  ["a group", await createGroup(new MemoryStore()), "a group was given: expected an array"],
  ["an object", {}, "an object was given"],
];

describe.each(Object.entries(calls))("%s", (_, call) => {
  test.each(wrong)("%s is ERR_ARGUMENT", async (_what, value, told) => {
    await expect(call(value as never)).rejects.toMatchObject({
      code: "ERR_ARGUMENT",
      message: expect.stringContaining(told),
    });
  });
});

test("run: an invalid target, and items that cannot be iterated over, are ERR_ARGUMENT", async () => {
  const run = (target: unknown, items: unknown) => pool.run(task, target as never, items as never).next();
  await expect(run("x.zip", [1])).rejects.toMatchObject({
    code: "ERR_ARGUMENT",
    message: expect.stringContaining("a store, or undefined"),
  });
  await expect(run(Promise.resolve(), [1])).rejects.toMatchObject({
    code: "ERR_ARGUMENT",
    message: expect.stringContaining("await it"),
  });
  for (const items of [undefined, null, 3, {}]) {
    await expect(run(undefined, items)).rejects.toMatchObject({
      code: "ERR_ARGUMENT",
      message: expect.stringMatching(/^items is /),
    });
  }
});
