import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ZipStore } from "../../src/store/zip/zip-store.js";
import { temporaryFolder } from "../temporary-folder.js";
import { type FileOperation, RecordedFiles } from "./recorded-files.js";

const folder = temporaryFolder();
const path = join(folder, "a.zip");
let files: RecordedFiles | undefined;
afterEach(() => files?.restore());

/** What a commit does to the archive, in its order, by the magic of its header, of which byte 40 says that the commit is complete. */
async function recordedCommit(durability: "full" | "process") {
  files = new RecordedFiles(folder);
  const store = await ZipStore.open(path, { mode: "r+", durability });
  await store.set("b", Uint8Array.of(2));
  await store.flush();
  files.restore();
  await store.abort();
  return files.operations.filter((operation) => "file" in operation && operation.file === "a.zip");
}

const nameOf = (operation: FileOperation) => {
  if (operation.kind !== "write") return [operation.kind];
  const isHeader = Buffer.from(operation.bytes).subarray(0, 8).toString("latin1") === "ZARRZIPC";
  return isHeader ? [operation.bytes[40] === 1 ? "complete" : "begun"] : [];
};

test("a commit is marked as complete once the disk has all of it: a loss of power never leaves the mark alone", async () => {
  const first = await ZipStore.open(path, { mode: "w" });
  await first.set("a", Uint8Array.of(1));
  await first.close();
  const durable = await recordedCommit("full");
  expect(durable.flatMap(nameOf)).toEqual(["begun", "sync", "complete"]);

  // What a loss of power may leave, and what only somebody who has cut the file off can. There is no lock file any more.
  const header = durable.find((operation) => operation.kind === "write");
  if (header?.kind !== "write") throw new Error("nothing was written");
  const cut = readFileSync(path).subarray(0, header.offset + 100);
  const interrupted = Buffer.from(cut);
  interrupted.set(header.bytes.subarray(0, 64), header.offset);
  const opened = async (bytes: Uint8Array) => {
    rmSync(`${path}.lock`, { force: true });
    writeFileSync(path, bytes);
    const store = await ZipStore.open(path);
    return await store.get("a").finally(() => store.close());
  };
  expect(await opened(interrupted)).toEqual(Uint8Array.of(1));
  await expect(opened(cut)).rejects.toMatchObject({ code: "ERR_ZIP_TAIL" });
});

test("with durability process, which no loss of power spares, it is marked at once", async () => {
  const first = await ZipStore.open(path, { mode: "w" });
  await first.set("a", Uint8Array.of(1));
  await first.close();
  expect((await recordedCommit("process")).flatMap(nameOf)).toEqual(["begun", "complete"]);
});
