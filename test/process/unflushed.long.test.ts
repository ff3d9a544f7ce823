// What a program that ends with unflushed changes says and leaves, and the recipe of docs/interrupting.md.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { beforeEach, describe, expect, test } from "vitest";
import { openArray, verifyArchive, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const root = temporaryFolder();
const dist = new URL("../../dist/index.js", import.meta.url).href;
let folder: string;
let file: string;
let folders = 0;

beforeEach(() => {
  folder = `${root}/${folders++}`;
  mkdirSync(folder);
  file = `${folder}/x.zip`;
});

/** Runs a program, which has the package as `zz` and the name of a file as `file`. */
function run(program: string) {
  const prelude = `import * as zz from ${JSON.stringify(dist)}; const file = ${JSON.stringify(file)};`;
  const { status, stderr, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", prelude + program], {
    encoding: "utf8",
  });
  return { status, stderr, stdout, left: readdirSync(folder) };
}

const twoChanges = `await store.set("zarr.json", new Uint8Array(2)); await store.set("c/0", new Uint8Array(9));`;
const warning = /ZarrZipWarning: .*x\.zip was neither closed nor flushed, and its unflushed changes \(2\) are lost/;

describe("unflushed changes at the end of a program", () => {
  const endings = {
    "by itself": "",
    "by process.exit()": "process.exit(0);",
    "by an error": "throw new Error('its own');",
  };
  for (const [way, ending] of Object.entries(endings)) {
    test(`mode w, ${way}: a warning names the file and their number, and no part file is left`, () => {
      const { status, stderr, left } = run(
        `const store = await zz.ZipStore.open(file, { mode: "w" }); ${twoChanges} ${ending}`,
      );
      expect(stderr).toMatch(warning);
      expect([status, left]).toEqual([way === "by an error" ? 1 : 0, []]);
    });
  }

  test("modes a and r+: the same, and the file is as it was", async () => {
    for (const mode of ["a", "r+"]) {
      const store = await ZipStore.open(file, { mode: "w" });
      await store.set("zarr.json", new Uint8Array(1));
      await store.close();
      const before = readFileSync(file);
      const { status, stderr, left } = run(
        `const store = await zz.ZipStore.open(file, { mode: "${mode}" }); ${twoChanges}`,
      );
      expect(stderr).toMatch(warning);
      expect([status, left]).toEqual([0, ["x.zip"]]);
      expect(readFileSync(file).equals(before)).toBe(true);
    }
  });

  test("a part file of changes that memory has no room for is removed", () => {
    const { stderr, left } = run(`
      await (await zz.ZipStore.open(file, { mode: "w" })).close();
      const store = await zz.ZipStore.open(file, { mode: "r+", batchBytes: 2 ** 40 });
      for (const key of ["a", "b"]) await store.set(key, new Uint8Array(40 * 2 ** 20));
    `);
    expect(stderr).toMatch(warning);
    expect(left).toEqual(["x.zip"]);
  });

  test("stores that were flushed, closed, aborted or never changed cause no warning", () => {
    for (const end of ["flush", "close", "abort"]) {
      const { status, stderr } = run(
        `const store = await zz.ZipStore.open(file, { mode: "w" }); ${twoChanges} await store.${end}();`,
      );
      expect([status, stderr]).toEqual([0, ""]);
    }
    const { stderr, left } = run(`await zz.ZipStore.open(file + "2", { mode: "w" });`);
    expect([stderr, left]).toEqual(["", ["x.zip"]]);
  });

  test("many stores have one listener, and each that has unflushed changes is named", () => {
    const { stderr, stdout } = run(`
      const counts = [];
      for (let i = 0; i < 30; i++) {
        const store = await zz.ZipStore.open(file + i, { mode: "w" });
        await store.set("zarr.json", new Uint8Array(2));
        counts.push(process.listenerCount("exit"));
        if (i % 10 > 0) await store.close();
      }
      console.log(counts[0] === counts[29]);
    `);
    expect(stdout.trim()).toBe("true");
    expect(stderr.match(/ZarrZipWarning/g)).toHaveLength(3);
    expect(stderr).not.toContain("MaxListeners");
  });
});

describe("Ctrl-C, as docs/interrupting.md has it", () => {
  const document = readFileSync(new URL("../../docs/interrupting.md", import.meta.url), "utf8");
  const [recipe] = /(?<=```js\n)[\s\S]*?(?=```)/.exec(document)!;

  /** Starts the recipe on `file`, and interrupts it when it has written the hundredth row. */
  async function interrupted(mode: string) {
    const program = recipe
      .replace('"zarrzip"', JSON.stringify(dist))
      .replace('"log.zarr.zip"', JSON.stringify(file))
      .replace('mode: "a"', `mode: "${mode}"`)
      .replace("await measure()", "next()");
    const script = `${folder}/recipe.mjs`;
    writeFileSync(
      script,
      `let n = 0; const next = () => { if (++n === 100) console.log("ready"); return n; };\n${program}`,
    );
    const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "pipe"] });
    const errors: string[] = [];
    child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
    for await (const line of createInterface({ input: child.stdout })) if (line === "ready") child.kill("SIGINT");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    return { code: child.exitCode, errors: errors.join("") };
  }

  test.each(["a", "w"])("mode %s: the written values are there, whole, and the exit code is 130", async (mode) => {
    expect(await interrupted(mode)).toEqual({ code: 130, errors: "" });
    expect(readdirSync(folder).sort()).toEqual(["recipe.mjs", "x.zip"]);
    expect((await verifyArchive(file)).problems).toEqual([]);
    const array = await openArray(file, { path: "rows" });
    const rows = [...((await array.get()).data as Float64Array)];
    expect(rows.length).toBeGreaterThanOrEqual(100);
    expect(rows).toEqual(rows.map((_, i) => i + 1));
    await array.close();
  });
});
