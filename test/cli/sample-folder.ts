import { join } from "node:path";
import { beforeAll, expect } from "vitest";
import { DirectoryStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { fillSample, writeSample, zarrzip } from "./run-program.js";

/** A new folder with the sample in a ZIP, `a.zip`, and in a folder, `a.zarr`. */
export function sampleFolder(): string {
  const folder = temporaryFolder();
  beforeAll(async () => {
    await writeSample(join(folder, "a.zip"));
    const store = await DirectoryStore.open(join(folder, "a.zarr"), { mode: "w" });
    await fillSample(store);
    await store.close();
  });
  return folder;
}

/** The output of a command that succeeds and has nothing else to say. */
export async function printedIn(folder: string, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await zarrzip(folder, ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}
