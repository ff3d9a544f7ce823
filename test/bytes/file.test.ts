import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  FileSource,
  fileStatus,
  linkFile,
  removeFile,
  renameFile,
  syncFolderOf,
  WritableFile,
} from "../../src/bytes/file.js";
import { partFileName } from "../../src/bytes/part-file.js";
import { isWithin, realPath } from "../../src/bytes/real-path.js";
import { isZarrError, type ZarrErrorCode } from "../../src/errors.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zarrzip-file-"));
  path = join(folder, "file");
  writeFileSync(path, "0123456789");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const bytes = (value: string) => new TextEncoder().encode(value);

async function expectCode(work: Promise<unknown> | (() => unknown), code: ZarrErrorCode): Promise<void> {
  const error = await (typeof work === "function" ? Promise.resolve().then(work) : work).catch(
    (caught: unknown) => caught,
  );
  expect(isZarrError(error, code), String(error)).toBe(true);
}

describe("reading", () => {
  test("exactly the bytes that were asked for, in memory of their own", async () => {
    const file = await FileSource.open(path);
    for (const piece of [await file.read(3, 4), file.readSync(3, 4)]) {
      expect(text(piece)).toBe("3456");
      expect([piece.constructor, piece.buffer.byteLength]).toEqual([Uint8Array, 4]);
    }
    expect((await file.read(10, 0)).length).toBe(0);
    await file.close();
  });

  test("past the end is ERR_STORE_READ, before memory is taken for it", async () => {
    const file = await FileSource.open(path);
    for (const [offset, length] of [
      [0, 11],
      [11, 0],
      [10, 1],
      [-1, 1],
      [0, 2 ** 52],
      [Number.NaN, 1],
    ] as const) {
      await expectCode(file.read(offset, length), "ERR_STORE_READ");
      await expectCode(() => file.readSync(offset, length), "ERR_STORE_READ");
    }
    await file.close();
  });

  test("a file that shrank is ERR_STORE_READ, never zeros", async () => {
    const file = await FileSource.open(path);
    truncateSync(path, 5);
    await expectCode(file.read(3, 4), "ERR_STORE_READ");
    await expectCode(() => file.readSync(3, 4), "ERR_STORE_READ");
    await file.close();
  });

  test("a file that grew is read to its new end after refresh()", async () => {
    const file = await FileSource.open(path);
    appendFileSync(path, "ab");
    await expectCode(file.read(10, 2), "ERR_STORE_READ");
    expect([file.size, file.refresh(), file.size]).toEqual([10, 12, 12]);
    expect(text(await file.read(10, 2))).toBe("ab");
    await file.close();
  });

  test("identity is what the file system says", async () => {
    linkSync(path, join(folder, "second name"));
    const file = await FileSource.open(path);
    const { dev, ino } = statSync(path, { bigint: true });
    expect([file.identity(), file.links]).toEqual([{ device: String(dev), inode: String(ino), size: 10 }, 2]);
    await file.close();
  });

  test.skipIf(process.platform === "win32")(
    "a name that cannot be looked up is an error that names the file",
    async () => {
      const file = await FileSource.open(path);
      rmSync(path);
      expect(file.hasItsName()).toBe(false);
      symlinkSync(path, path);
      await expectCode(() => file.hasItsName(), "ERR_STORE_READ");
      await file.close();
      rmSync(path);
    },
  );

  test("a file that cannot be opened says why", async () => {
    await expectCode(FileSource.open(join(folder, "none")), "ERR_NOT_FOUND");
    await expectCode(FileSource.open(folder), "ERR_STORE_READ");
    await expectCode(FileSource.open(join(path, "below a file")), "ERR_STORE_READ");
  });

  test.skipIf(process.platform === "win32")("a named pipe is refused, not waited for", async () => {
    execFileSync("sh", ["-c", 'mkfifo "$0"', join(folder, "pipe")]);
    await expectCode(FileSource.open(join(folder, "pipe")), "ERR_STORE_READ");
  });
});

describe("closing", () => {
  test("afterwards every call is ERR_CLOSED, and closing again is allowed", async () => {
    const file = await FileSource.open(path);
    await file.close();
    await file.close();
    await expectCode(file.read(0, 1), "ERR_CLOSED");
    await expectCode(() => file.readSync(0, 1), "ERR_CLOSED");
    await expectCode(() => file.identity(), "ERR_CLOSED");
  });

  test("waits for reads under way, so that these never read another file", async () => {
    writeFileSync(path, Buffer.alloc(4 * 2 ** 20, "x"));
    const other = join(folder, "other");
    writeFileSync(other, Buffer.alloc(4 * 2 ** 20, "y"));
    for (let round = 0; round < 20; round++) {
      const file = await FileSource.open(path);
      const reads = Array.from({ length: 8 }, (_, i) => file.read(i * 2 ** 18, 2 ** 18));
      const closing = file.close();
      // Takes the lowest free descriptor, which is the closed one's if it is closed.
      const next = await FileSource.open(other);
      for (const piece of await Promise.all(reads)) expect(piece.every((byte) => byte === 0x78)).toBe(true);
      await closing;
      await next.close();
    }
  });

  test.skipIf(process.platform !== "linux")("no descriptor stays open", async () => {
    const open = () =>
      readdirSync("/proc/self/fd")
        .map((fd) => linkOf(fd))
        .filter((target) => target.startsWith(folder));
    const file = await FileSource.open(path);
    expect(open()).toEqual([path]);
    await file.close();
    await FileSource.open(folder).catch(() => undefined);
    expect(open()).toEqual([]);
  });
});

function linkOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return "";
  }
}

describe("writing", () => {
  test("creates, writes at positions, truncates and reads back", async () => {
    const file = await WritableFile.create(join(folder, "new"));
    await file.write(bytes("hello"), 3);
    expect([file.size, text(await file.read(3, 5)), file.readSync(0, 3)]).toEqual([8, "hello", new Uint8Array(3)]);
    await file.truncate(5);
    await file.sync();
    expect(file.size).toBe(5);
    await file.close();
    expect(readFileSync(join(folder, "new"), "latin1")).toBe("\0\0\0he");
    await expectCode(file.write(bytes("x"), 0), "ERR_CLOSED");
  });

  test("never opens a name that is taken", async () => {
    await expectCode(WritableFile.create(path), "ERR_EXISTS");
    await expectCode(WritableFile.create(join(folder, "none", "file")), "ERR_NOT_FOUND");
    expect(readFileSync(path, "utf8")).toBe("0123456789");
  });

  test("a write that the system refuses is ERR_STORE_WRITE with the system's error as its cause", async (context) => {
    const limited = join(folder, "limited");
    const file = await WritableFile.create(limited);
    // No file system takes a write so far out.
    const error = await file.write(bytes("x"), Number.MAX_SAFE_INTEGER - 1).catch((caught: unknown) => caught);
    if (error === undefined) context.skip("this file system takes any position");
    expect(isZarrError(error, "ERR_STORE_WRITE")).toBe(true);
    expect((error as Error).cause).toBeInstanceOf(Error);
    await file.close();
  });

  test("rename replaces, link does not, and removing a missing file is allowed", async () => {
    const other = join(folder, "other");
    writeFileSync(other, "other");
    await expectCode(linkFile(other, path), "ERR_EXISTS");
    await renameFile(other, path);
    expect(readFileSync(path, "utf8")).toBe("other");
    await linkFile(path, other);
    await removeFile(path);
    await removeFile(path);
    await syncFolderOf(path);
    expect(readdirSync(folder)).toEqual(["other"]);
  });
});

describe("names", () => {
  test("realPath resolves links, only those of the folder where the file is missing", async () => {
    const real = await realPath(folder);
    symlinkSync(path, join(folder, "link"));
    symlinkSync(folder, join(folder, "loop"));
    expect(await realPath(join(folder, "link"))).toBe(join(real, "file"));
    expect(await realPath(join(folder, "loop", "loop", "new"))).toBe(join(real, "new"));
    await expectCode(realPath(join(folder, "none", "new")), "ERR_NOT_FOUND");
  });

  test("isWithin compares whole segments", () => {
    expect([isWithin("/a/b/c", "/a/b"), isWithin("/a/b", "/"), isWithin("/a/..b", "/a")]).toEqual([true, true, true]);
    expect([isWithin("/a/bc", "/a/b"), isWithin("/a", "/a/b"), isWithin("/a", "/a")]).toEqual([false, false, false]);
  });

  test("fileStatus tells files from folders and from nothing", async () => {
    mkdirSync(join(folder, "inner"));
    expect((await fileStatus(path))?.isFile).toBe(true);
    expect((await fileStatus(join(folder, "inner")))?.isFile).toBe(false);
    expect(await fileStatus(join(folder, "none"))).toBeUndefined();
  });

  test("part files are hidden, in the same folder, and never the same twice", () => {
    const names = Array.from({ length: 100 }, () => partFileName("/data/a.zip"));
    expect(new Set(names).size).toBe(100);
    for (const name of names) expect(name).toMatch(new RegExp(`^/data/\\.a\\.zip\\.${process.pid}-[0-9a-z]+\\.part$`));
    expect(partFileName(`/data/${"x".repeat(250)}`).length).toBeLessThan(120);
  });
});
