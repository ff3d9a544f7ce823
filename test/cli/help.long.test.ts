// The examples that each command's help shows can be run as they are.
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { createGroup, DirectoryStore, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { fillSample, wordsOf, writeSample, zarrzip } from "./run-program.js";

const folder = temporaryFolder();
const { stdout: help } = await zarrzip(folder, "--help");
const commands = [...help.slice(help.indexOf("Commands:")).matchAll(/^ {2}(\w+) {2,}\S/gm)].map(([, name]) => name!);

/** Examples that are meant to find something. */
const codes: Readonly<Record<string, number>> = { recover: 1 };

beforeAll(async () => {
  await writeSample(join(folder, "heights.zarr.zip"));
  await writeSample(join(folder, "torn.zarr.zip"));
  const store = await DirectoryStore.open(join(folder, "heights.zarr"), { mode: "w" });
  await fillSample(store);
  await store.close();
  const image = await ZipStore.open(join(folder, "image.ozx"), { mode: "w" });
  await createGroup(image, { attributes: { ome: { version: "0.5" } } });
  await image.close();
  truncateSync(join(folder, "torn.zarr.zip"), 300_000);
});

test("the help lists commands", () => {
  expect(commands).toEqual(expect.arrayContaining(["info", "get", "verify"]));
});

describe.each(commands)("%s", (name) => {
  test("has examples that work", async () => {
    const { code, stdout } = await zarrzip(folder, "help", name);
    expect(code).toBe(0);
    const examples = [...stdout.slice(stdout.indexOf("\nExample")).matchAll(/^ {2}zarrzip (.*)$/gm)].map(
      ([, line]) => line!,
    );
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const result = await zarrzip(folder, ...wordsOf(example));
      expect({ example, code: result.code, stderr: result.code === 0 ? "" : result.stderr }).toMatchObject({
        example,
        code: codes[name] ?? 0,
      });
    }
  });
});

test("help of help is the help, and help of what is no command is refused", async () => {
  expect(await zarrzip(folder, "help", "help")).toEqual({ code: 0, stdout: help, stderr: "" });
  expect(await zarrzip(folder, "help", "inof")).toEqual({
    ...{ code: 2, stdout: "", stderr: "zarrzip: unknown command 'inof'\n(Did you mean info?)\n" },
  });
});
