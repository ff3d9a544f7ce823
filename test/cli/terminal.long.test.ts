// What the program shows in a terminal is what terminal.txt says: each line that begins with $ is a command, with COLUMNS and other variables before
// it; a last line in brackets is its exit code, unless that is 0. `UPDATE_TRANSCRIPTS=1` writes that file anew.
import { execFile, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { createArray, exportZip, MemoryStore } from "../../src/index.js";
import { faultServer, serveWell } from "../http/fault-server.js";
import { temporaryFolder } from "../temporary-folder.js";
import { buildArchive } from "../zip/build-archive.js";
import { programFile, wordsOf, writeSample } from "./run-program.js";

const python = process.env.ZARRZIP_PYTHON ?? "python3";
const hasTerminals = spawnSync(python, ["-c", "import fcntl, pty, termios"]).status === 0;
const reason = hasTerminals ? "" : " (skipped: no Python with pseudo-terminals)";

const script = fileURLToPath(new URL("pseudo-terminal.py", import.meta.url));
const goldenFile = fileURLToPath(new URL("terminal.txt", import.meta.url));
const goldens = readFileSync(goldenFile, "utf8").split(/^(?=\$ )/m);
const commandLine = /^\$ ((?:\w+=\S* )*)zarrzip ?(.*)\n/;
const server = faultServer();

interface Shown {
  readonly code: number;
  readonly text: string;
}

/** Runs `zarrzip` in a terminal. @param interruptAt - what is shown before Ctrl-C is typed */
async function inTerminal(
  cwd: string,
  words: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  interruptAt = "",
): Promise<Shown> {
  const { COLUMNS = "80", ...others } = variables;
  const { NO_COLOR, COLORTERM, CI, ...inherited } = process.env;
  const env = { ...inherited, TERM: "xterm-256color", ...others };
  const args = [script, COLUMNS, "24", interruptAt, process.execPath, programFile, ...words];
  return await new Promise((resolve) => {
    execFile(python, args, { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      expect(stderr).toBe("");
      resolve({ code: error === null ? 0 : Number(error.code), text: stdout.replaceAll("\r\n", "\n") });
    });
  });
}

/** What is to be seen in the end, with a name for what is different each time. */
function normalized(text: string, folder: string): string {
  return text
    .replaceAll("\x1b", "␛")
    .replaceAll(/\r␛\[K(?:\w+ [█░]+ [^\r\n]*)?/g, "") // the progress bar, which is removed
    .replaceAll("^C", "") // what was typed, which may be shown, or not
    .replaceAll(`${folder}/`, "")
    .replaceAll(/\b[\da-f]{8}-[\da-f-]{27}\b/g, "VERSION")
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME");
}

describe.skipIf(!hasTerminals)(`in a terminal${reason}`, () => {
  const folder = temporaryFolder();
  let updated = "";

  beforeAll(async () => {
    await writeSample(join(folder, "a.zip"));
    await writeSample(join(folder, "torn.zip"));
    truncateSync(join(folder, "torn.zip"), 300_000);
  });

  test.each(goldens)("%s", async (golden) => {
    const [line, variables, words] = commandLine.exec(golden)!;
    const named = Object.fromEntries(variables!.split(" ").map((word) => word.split("=") as [string, string]));
    const { code, text } = await inTerminal(folder, wordsOf(words!), named);
    const found = `${line}${normalized(text, folder)}${code === 0 ? "" : `[${code}]\n`}`;
    updated += found;
    const isTimed = words!.startsWith("bench");
    // Columns are as wide as the numbers in them.
    const shape = (shown: string) =>
      isTimed ? shown.replaceAll(/ +\d[\d.e+-]*/g, " 0").replaceAll(/ {2,}/g, " ") : shown;
    if (process.env.UPDATE_TRANSCRIPTS === undefined) expect(shape(found)).toBe(shape(golden));
    else writeFileSync(goldenFile, updated);
  });

  const target = temporaryFolder();
  test.each([
    ["convert", "URL", "x.zip", "--workers=0", "--memory=1"],
    ["convert", "URL", "x.zarr", "--workers=1", "--memory=1"],
    ["pack", "URL", "-o", "x.zip"],
    ["unpack", "URL", "-o", "x.zarr"],
    ["references", "URL", "--inline=2000000", "-o", "x.json"],
    ["verify", "URL", "--data"],
  ])(
    "%s %s %s %s: the bar of what takes long is there, until Ctrl-C ends it with 130 and nothing is left",
    async (...words) => {
      const store = new MemoryStore();
      const data = Uint8Array.from({ length: 2 ** 23 }, (_, i) => (i * 2654435761) >>> 13);
      for (let i = 0; i < 8; i++) {
        const chunk = data.subarray(i * 2 ** 20, (i + 1) * 2 ** 20);
        await createArray(store, { path: `a/${i}`, shape: [2 ** 20], dtype: "uint8", compressors: null, data: chunk });
      }
      const url = server.serve("/x.zip", new Uint8Array(await new Response(exportZip(store)).arrayBuffer()));
      // A bar is drawn ten times a second, so the server is slow; the last values never come.
      server.fault = (exchange) => {
        const { range } = exchange;
        if (range == null || range.start < 2 ** 19 || range.start > 7.5 * 2 ** 20) return false;
        if (range.start < 5 * 2 ** 20) setTimeout(serveWell, 60, exchange);
        return true;
      };
      const given = words.map((word) => (word === "URL" ? url : word));
      const { code, text } = await inTerminal(target, given, {}, "█");
      expect(text).toContain(`\r\x1b[K${words[0]} █`);
      expect({ code, shown: normalized(text, target) }).toEqual({ code: 130, shown: "zarrzip: interrupted\n" });
      expect(readdirSync(target)).toEqual([]);
    },
  );

  test("the bar of verify is there while a file is read, which Ctrl-C ends with 130", async () => {
    const value = new Uint8Array(2 ** 26);
    const payload = new Uint8Array(deflateRawSync(value));
    const entries = Array.from({ length: 100 }, (_, i) => ({ name: `${i}`, value, payload, method: 8 }));
    writeFileSync(join(folder, "long.zip"), buildArchive(entries));
    const { code, text } = await inTerminal(folder, ["verify", "long.zip"], {}, "█");
    expect(text).toContain("\r\x1b[Kverify █");
    expect({ code, shown: normalized(text, folder) }).toEqual({ code: 130, shown: "zarrzip: interrupted\n" });
  });
});
