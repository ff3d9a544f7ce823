// Hostile files are read in a process of their own, whose work and memory are measured: a file that makes it hang, or
// takes all of its memory, fails one test and not the whole run.
import { fork } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { ZarrErrorCode } from "../../src/errors.js";
import { temporaryFolder } from "../temporary-folder.js";

/** The code of the error that reading all of the array must end in; or its values, where nothing is wrong with it. */
type Expected = ZarrErrorCode | readonly unknown[];

export type HostileCase = readonly [name: string, expected: Expected, archive: () => Uint8Array];

interface Report {
  readonly outcome: unknown;
  readonly message: string;
  /** Processor time that reading took, in those of the control, which inflates 256 MiB. */
  readonly work: number;
  readonly peakBytes: number;
}

/** What a file may take: work, and memory beyond that of the process before it reads the first one. */
const maxWork = 10;
const maxBytes = 256 * 2 ** 20;

/** A message is for people, and may quote only a little of what the file says. */
const maxMessageLength = 4000;

const script = fileURLToPath(new URL("read-hostile.mjs", import.meta.url));

/** Where the files are to be kept, for others to read, in place of being read here: .ci/browser.mjs asks for it. */
const keptFolder = process.env.ZARRZIP_HOSTILE_FOLDER;

/** One test for each case; one process reads them all. */
export function testHostile(group: string, cases: readonly HostileCase[]): void {
  if (keptFolder !== undefined) {
    test(`${group}: kept`, () => keep(keptFolder, group, cases));
    return;
  }
  describe(group, () => {
    const folder = temporaryFolder();
    let reports: readonly Report[] = [];
    let idleBytes = 0;

    beforeAll(async () => {
      const files = cases.map(([, , archive], i) => {
        const file = `${folder}/${i}.zip`;
        writeFileSync(file, archive());
        return file;
      });
      [idleBytes, reports] = await readAll(files);
    });

    test.each(cases.map(([name, expected], i) => ({ name, expected, i })))("$name: $expected", ({ expected, i }) => {
      const report = reports[i];
      if (report === undefined) return expect.fail(`the process ended, or was ended, after ${reports.length} cases`);
      expect(report.outcome, report.message).toEqual(expected);
      expect(report.message.length).toBeLessThan(maxMessageLength);
      expect(report.work).toBeLessThan(maxWork);
      expect(report.peakBytes - idleBytes).toBeLessThan(maxBytes);
    });
  });
}

/** Writes the files of a group into a folder, and a list of what is expected of each. */
function keep(folder: string, group: string, cases: readonly HostileCase[]): void {
  mkdirSync(folder, { recursive: true });
  const prefix = group.replaceAll(/\W+/g, "-");
  const list = cases.map(([name, expected, archive], i) => {
    const file = `${prefix}-${i}.zip`;
    writeFileSync(`${folder}/${file}`, archive());
    return { name: `${group}: ${name}`, file, expected };
  });
  writeFileSync(`${folder}/${prefix}.json`, JSON.stringify(list));
}

/** Peak memory of the process before the first file, and a report for each file that it has come to the end of. */
async function readAll(files: readonly string[]): Promise<[idleBytes: number, reports: Report[]]> {
  const child = fork(script, { execArgv: [] });
  const received: Report[] = [];
  child.on("message", (message) => {
    if (received.push(message as Report) === 1) child.send(files);
    watch.refresh();
  });
  // A file that makes the child hang must not make the test hang: it is killed, and the missing report fails.
  const watch = setTimeout(() => child.kill("SIGKILL"), 300_000);
  await new Promise((resolve) => child.once("exit", resolve));
  clearTimeout(watch);
  const [idle, ...reports] = received;
  return [idle?.peakBytes ?? 0, reports];
}
