import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createBeside, nameBeside, openBeside, readBeside } from "../../src/bytes/beside.js";
import { isZarrError } from "../../src/errors.js";

const isRoot = process.getuid?.() === 0;
const hasOwners = process.platform !== "win32";

let folder: string;
let model: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zarrzip-beside-"));
  model = join(folder, "a.zip");
  path = join(folder, "a.zip.lock");
  writeFileSync(model, "archive");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);
const create = async () => await (await createBeside(path, model)).close();

async function expectRefused(): Promise<void> {
  const error = await openBeside(path, model).then(
    () => "opened",
    (caught: unknown) => caught,
  );
  expect(isZarrError(error, "ERR_LOCK_UNAVAILABLE"), String(error)).toBe(true);
  expect(String(error)).toContain(path);
  expect(await readBeside(path, model)).toBeUndefined();
}

describe.skipIf(!hasOwners)("permissions", () => {
  test.each(["600", "640", "644", "660", "664", "666"])(
    "are those of the archive, whatever the mask (%s)",
    async (mode) => {
      chmodSync(model, Number.parseInt(mode, 8));
      await create();
      expect(modeOf(path)).toBe(mode);
    },
  );

  test("of a file that is there are set right", async () => {
    chmodSync(model, 0o640);
    writeFileSync(path, "");
    chmodSync(path, 0o666);
    await (await openBeside(path, model)).close();
    expect(modeOf(path)).toBe("640");
  });

  test("without an archive are those of any new file", async () => {
    rmSync(model);
    await create();
    writeFileSync(join(folder, "any"), "");
    expect(modeOf(path)).toBe(modeOf(join(folder, "any")));
  });

  test.skipIf(!isRoot)("root gives the file to the owner of the archive (needs root)", async () => {
    chownSync(model, 65534, 65533);
    await create();
    const { uid, gid } = statSync(path);
    expect([uid, gid]).toEqual([65534, 65533]);
  });
});

describe.skipIf(!hasOwners)("what is not believed, and not changed", () => {
  const victim = () => readFileSync(join(folder, "victim"), "utf8");
  beforeEach(() => writeFileSync(join(folder, "victim"), "victim"));

  test("a symbolic link, dangling or not", async () => {
    for (const target of ["victim", "nothing"]) {
      symlinkSync(join(folder, target), path);
      await expectRefused();
      rmSync(path);
    }
    expect(victim()).toBe("victim");
  });

  test("a second name of another file", async () => {
    linkSync(join(folder, "victim"), path);
    await expectRefused();
    expect(victim()).toBe("victim");
  });

  test("a folder, and a named pipe", async () => {
    mkdirSync(path);
    await expectRefused();
    rmSync(path, { recursive: true });
    if (spawnSync("mkfifo", [path]).status === 0) await expectRefused();
  });

  test.skipIf(!isRoot)("a file of a user who may not change the archive (needs root)", async () => {
    writeFileSync(path, "");
    chownSync(path, 65534, 65534);
    for (const mode of [0o600, 0o644, 0o664]) {
      chmodSync(model, mode);
      await expectRefused();
    }
  });

  test.skipIf(!isRoot)("but one of a user who may change it, as everybody or by its group (needs root)", async () => {
    writeFileSync(path, "");
    chownSync(path, 65534, 65534);
    chmodSync(model, 0o666);
    await (await openBeside(path, model)).close();
    chownSync(path, 65534, 65533);
    chownSync(model, 0, 65533);
    chmodSync(model, 0o660);
    await (await openBeside(path, model)).close();
    expect((await readBeside(path, model))?.name).toBe(path);
  });
});

describe("names", () => {
  const name = (archive: string) => basename(nameBeside(join(folder, archive), ".lock"));

  test("are those of the archive with an ending", () => {
    expect(name("a.zip")).toBe("a.zip.lock");
    expect(name("x".repeat(250))).toBe(`${"x".repeat(250)}.lock`);
  });

  test("have at most 255 bytes, whole characters, and differ where those of archives do", () => {
    const archives = [251, 255].flatMap((n) => ["x", "y"].map((last) => "x".repeat(n - 1) + last));
    const names = [...archives, "\u6c34".repeat(85), `a${"\u6c34".repeat(84)}`].map(name);
    for (const each of names) {
      expect(Buffer.byteLength(each)).toBeLessThanOrEqual(255);
      expect(each).toMatch(/~[0-9a-f]{16}\.lock$/);
      expect(each).not.toContain("\ufffd");
    }
    expect(new Set(names).size).toBe(names.length);
  });
});
