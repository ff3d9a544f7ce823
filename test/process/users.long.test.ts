// Files beside an archive, and several users: one reads or writes what another one owns, in processes of their own that may have
// another mask. As root alone can start those, and they have to read the clone, the others are skipped.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { crc32 } from "../../src/bytes/crc32.js";
import { formatMark } from "../../src/commit/lock-records.js";
import { isZarrError, recover, repack, ZipStore } from "../../src/index.js";

const isRoot = process.getuid?.() === 0;
const nobody = { uid: 65534, gid: 65534 };
const main = new URL("../../dist/index.js", import.meta.url).href;
/** A clone in a folder of its owner's alone is no program for anybody else. */
const isReadableByOthers =
  isRoot && spawnSync(process.execPath, ["-e", `import(${JSON.stringify(main)})`], nobody).status === 0;

let folder: string;
let path: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "zarrzip-users-"));
  path = join(folder, "a.zip");
  const store = await ZipStore.open(path, { mode: "w" });
  await store.set("k", Uint8Array.of(1));
  await store.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);
const ownerOf = (file: string) => [statSync(file).uid, statSync(file).gid];

/** Runs a program, with `ZipStore` and `path`, as a user and with a mask, and gives what it returns, or the code of its error. */
function run(program: string, { umask = 0o022, user = {} }: { umask?: number; user?: { uid?: number; gid?: number } }) {
  const source = `import { recover, repack, ZipStore } from ${JSON.stringify(main)};
    process.umask(${umask});
    const path = ${JSON.stringify(path)};
    const act = async () => { ${program} };
    console.log(JSON.stringify(await act().catch((error) => error.code ?? String(error))));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", source], {
    encoding: "utf8",
    ...user,
  });
  return stdout === "" ? stderr : JSON.parse(stdout);
}

const write = `const store = await ZipStore.open(path, { mode: "r+" });
  await store.set("k", Uint8Array.of(2));
  await store.close();
  return "written";`;
const read = `const store = await ZipStore.open(path);
  const value = await store.get("k");
  await store.close();
  return [...value];`;

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => "done",
    (error) => (isZarrError(error) ? error.code : error),
  );
}

describe.skipIf(process.platform === "win32")("whatever the mask", () => {
  test.each(["600", "640", "664", "666"])(
    "lock file, stage, recovered copy and repacked archive have the permissions of the archive (%s)",
    (mode) => {
      chmodSync(path, Number.parseInt(mode, 8));
      for (const umask of [0o022, 0o077]) {
        const program = `const { readdirSync, rmSync, statSync } = await import("node:fs");
          const store = await ZipStore.open(path, { mode: "r+" });
          await store.set("k", Uint8Array.of(2));
          await store.flush();
          await store.set("k", Uint8Array.of(3));
          await store.stage();
          await recover(path, path.replace("a.zip", "copy.zip"));
          const modes = readdirSync(path.replace("a.zip", "")).sort().map((name) =>
            (statSync(path.replace("a.zip", name)).mode & 0o777).toString(8));
          await store.abort();
          await repack(path);
          for (const name of readdirSync(path.replace("a.zip", ""))) if (name !== "a.zip") rmSync(path.replace("a.zip", name));
          return [...modes, (statSync(path).mode & 0o777).toString(8)];`;
        expect(run(program, { umask })).toEqual(Array(5).fill(mode));
      }
    },
  );
});

describe.skipIf(!isReadableByOthers)("several users (needs root, and a clone that others may read)", () => {
  beforeEach(() => chmodSync(folder, 0o777));

  test("a user who may write a shared archive can, while a writer of another mask has it open", () => {
    chmodSync(path, 0o666);
    for (const umask of [0o077, 0o022]) {
      const holds = `const store = await ZipStore.open(path, { mode: "r+" });
        await store.set("held", Uint8Array.of(1));
        await store.flush();
        process.kill(process.pid, "SIGKILL");`;
      run(holds, { umask });
      expect(existsSync(`${path}.lock`)).toBe(true);
      expect([run(read, { user: nobody }), run(write, { user: nobody }), run(read, {})]).toEqual([[1], "written", [2]]);
      run(holds, { umask, user: nobody });
      expect([run(read, {}), run(write, {}), run(read, { user: nobody })]).toEqual([[2], "written", [2]]);
      run(write.replace("of(2)", "of(1)"), {});
    }
  });

  test("a user who may not read an archive cannot read, or lock, the files beside it", async () => {
    chmodSync(path, 0o600);
    const store = await ZipStore.open(path, { mode: "r+" });
    await store.set("k", Uint8Array.of(2));
    await store.flush();
    const open = `return await (await import("node:fs/promises")).open(path + ".lock").then(() => "opened");`;
    expect(run(open, { user: nobody })).toBe("EACCES");
    await store.close();
  });

  test("an archive that is written anew keeps its owner, and is left alone where it could not", async () => {
    chownSync(path, nobody.uid, nobody.gid);
    await repack(path);
    expect([ownerOf(path), modeOf(path)]).toEqual([[nobody.uid, nobody.gid], "644"]);
    expect(run(`await repack(path); return "repacked";`, { user: nobody })).toBe("repacked");
    const other = { uid: 65533, gid: 65533 };
    chmodSync(path, 0o666);
    expect(run(`await repack(path);`, { user: other })).toBe("ERR_STORE_WRITE");
    expect([ownerOf(path), modeOf(path)]).toEqual([[nobody.uid, nobody.gid], "666"]);
    await recover(path, join(folder, "copy.zip"));
    expect(ownerOf(join(folder, "copy.zip"))).toEqual([nobody.uid, nobody.gid]);
  });

  test("a folder that may not be written is an error that says what is needed", () => {
    chmodSync(path, 0o666);
    chmodSync(folder, 0o755);
    expect(run(write, { user: nobody })).toBe("ERR_STORE_WRITE");
    expect(run(read, { user: nobody })).toEqual([1]);
  });

  test("a forged lock file is not believed: nothing that was acknowledged is taken back", async () => {
    const store = await ZipStore.open(path, { mode: "r+" });
    await store.set("k", Uint8Array.of(2));
    await store.close();
    const before = readFileSync(path);
    const end = before.indexOf("PK\x05\x06", "latin1") + 22;
    const start = before.readUInt32LE(end - 6);
    const tailChecksum = crc32(before.subarray(start, end));
    const mark = formatMark({ end, tailChecksum, boot: "11111111-1111-4111-8111-111111111111" });
    writeFileSync(`${path}.lock`, Buffer.concat([new Uint8Array(4096), mark]));
    const open = async () => {
      const reader = await ZipStore.open(path);
      const value = await reader.get("k");
      await reader.close();
      return value;
    };
    // It says that the disk has the first version alone; the second one proves itself.
    expect(await open()).toEqual(Uint8Array.of(2));
    chownSync(`${path}.lock`, nobody.uid, nobody.gid);
    chmodSync(`${path}.lock`, 0o666);
    expect(await open()).toEqual(Uint8Array.of(2));
    expect(await codeOf(ZipStore.open(path, { mode: "r+" }))).toBe("ERR_LOCK_UNAVAILABLE");
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

describe.skipIf(process.platform === "win32")("links", () => {
  test("under the name of the lock file are an error, and what they lead to stays as it is", async () => {
    const victim = join(folder, "victim");
    writeFileSync(victim, "A".repeat(9000));
    const plant = [
      () => symlinkSync(victim, `${path}.lock`),
      () => symlinkSync(join(folder, "nothing"), `${path}.lock`),
      () => linkSync(victim, `${path}.lock`),
    ];
    for (const act of plant) {
      const store = await ZipStore.open(path, { mode: "r+", lockTimeoutMs: 500 });
      act();
      await store.set("q", Uint8Array.of(1));
      expect(await codeOf(store.flush())).toBe("ERR_LOCK_UNAVAILABLE");
      await store.abort();
      expect(await codeOf(ZipStore.open(path, { mode: "r+" }))).toBe("ERR_LOCK_UNAVAILABLE");
      expect(run(read, {})).toEqual([1]);
      rmSync(`${path}.lock`);
    }
    expect(readFileSync(victim, "utf8")).toBe("A".repeat(9000));
    expect(readdirSync(folder).sort()).toEqual(["a.zip", "victim"]);
  });

  test("in the place of a recovered copy are an error, dangling or not", async () => {
    for (const target of [path, join(folder, "nothing")]) {
      symlinkSync(target, join(folder, "copy.zip"));
      expect(await codeOf(recover(path, join(folder, "copy.zip")))).toBe("ERR_EXISTS");
      rmSync(join(folder, "copy.zip"));
    }
    expect(readdirSync(folder)).toEqual(["a.zip"]);
  });

  test("no other name of a file is left with old contents, unless that is asked for", async () => {
    const store = await ZipStore.open(path, { mode: "r+" });
    await store.set("k", Uint8Array.of(2)); // leaves bytes that repacking removes
    await store.close();
    linkSync(path, join(folder, "b.zip"));
    expect(await codeOf(repack(path))).toBe("ERR_LOCK_UNAVAILABLE");
    expect(statSync(path).nlink).toBe(2);
    await repack(path, { forceLock: true });
    expect([statSync(path).nlink, statSync(join(folder, "b.zip")).nlink]).toEqual([1, 1]);
  });
});

test.each([251, 255])("a name of %i bytes can be created, written, staged, repacked and read", async (length) => {
  path = join(folder, `${"x".repeat(length - 4)}.zip`);
  const created = await ZipStore.open(path, { mode: "w" });
  await created.set("k", Uint8Array.of(1));
  await created.close();
  const store = await ZipStore.open(path, { mode: "r+" });
  await store.set("k", Uint8Array.of(2));
  await store.flush();
  await store.set("k", Uint8Array.of(3));
  const stage = await store.stage();
  await store.merge([stage]);
  await store.close();
  await repack(path);
  const reader = await ZipStore.open(path);
  expect(await reader.get("k")).toEqual(Uint8Array.of(3));
  await reader.close();
  expect(readdirSync(folder).sort()).toEqual(["a.zip", path.slice(folder.length + 1)]);
});
