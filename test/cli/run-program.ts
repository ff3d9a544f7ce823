// The built program, run as a user runs it.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createArray, createGroup, type Store, ZipStore } from "../../src/index.js";

export const programFile = fileURLToPath(new URL("../../dist/cli/index.js", import.meta.url));
export const goldenFolder = fileURLToPath(new URL("../fixtures/golden/", import.meta.url));

export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `zarrzip` with these words, and waits for its end. */
export async function zarrzip(cwd: string, ...words: readonly string[]): Promise<ProgramResult> {
  return await new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, NO_COLOR: "1" }, maxBuffer: 2 ** 28 };
    execFile(process.execPath, [programFile, ...words], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** Runs a module given as text. */
export async function runNode(cwd: string, code: string): Promise<void> {
  await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], { cwd });
}

/** The words of a command line that quotes with single quotes alone. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!);
}

/** Fills a store with a group, a plain array, one in shards, and one of text. */
export async function fillSample(store: Store): Promise<void> {
  await createGroup(store, { attributes: { title: "Heights" } });
  const data = Float32Array.from({ length: 400 * 300 }, (_, i) => i / 4);
  await createArray(store, {
    ...{ path: "heights", shape: [400, 300], chunks: [100, 100], dtype: "float32", compressors: null, data },
    ...{ attributes: { units: "m" }, dimensionNames: ["y", "x"] },
  });
  const counts = Int16Array.from({ length: 20 }, (_, i) => i * i);
  await createArray(store, {
    ...{ path: "more/counts", shape: [20], chunks: [5], shards: [10], dtype: "int16", compressors: null, data: counts },
  });
  await createArray(store, {
    path: "more/names",
    shape: [3],
    dtype: "string",
    compressors: null,
    data: ["a", "b,c", 'd"'],
  });
}

/** A file of {@link fillSample}. */
export async function writeSample(path: string): Promise<void> {
  const store = await ZipStore.open(path, { mode: "w" });
  await fillSample(store);
  await store.close();
}
