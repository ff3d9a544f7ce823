// A commit that carries the rows of two others who wait, interrupted at every byte. The others live on: their slots stay locked in the
// lock file that the next writer finds. After its recovery they are answered if and only if their rows are in the archive.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { WritableFile } from "../../src/bytes/file.js";
import { tryLock, tryLockShared } from "../../src/bytes/file-lock.js";
import { createArray, openArray, type ZarrArray, ZipStore } from "../../src/index.js";
import { LockFile } from "../../src/zip/lock-file.js";
import { parseIntent } from "../../src/zip/lock-records.js";
import { verifyArchive } from "../../src/zip/verify.js";
import { temporaryFolder } from "../temporary-folder.js";
import { randomNumbers, readValues, recover } from "./archive-values.js";
import { answerIn, offersOf, untilOffered, type WaitingOffer } from "./offered.js";
import { afterPowerLoss } from "./power-loss.js";
import {
  applyOperation,
  type FileOperation,
  type Image,
  RecordedFiles,
  readImage,
  writeImage,
} from "./recorded-files.js";

const folder = temporaryFolder();
const [work, states] = [join(folder, "work"), join(folder, "states")] as const;
for (const path of [work, states]) mkdirSync(path);
const path = join(work, "x.zip");
const statePath = join(states, "x.zip");

/** Behind the tables of the lock file are the contents of offers, which a recovery does not look at. */
const tablesEnd = 20_480;

const { random } = Math;
let recording: RecordedFiles | undefined;
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  Math.random = random;
  recording?.restore();
  for (const one of opened.splice(0)) await one.close();
});

interface Recorded {
  /** The files when three appends wait, and what is done to them until all are acknowledged. */
  readonly image: Image;
  readonly operations: readonly FileOperation[];
  /** The offers of those whose rows the third one has committed, and at which row they are. */
  readonly carried: readonly (WaitingOffer & { readonly start: number; readonly value: number })[];
  readonly oldBytes: Uint8Array;
  readonly newBytes: Uint8Array;
}

/** Three stores append two rows each, 1, 2 and 3, at once. */
async function recordCommit(
  durability: "full" | "process",
  comment = new Uint8Array(),
  firstDurability = durability,
): Promise<Recorded> {
  // Low slots make a short lock file: each is copied with every state.
  const next = randomNumbers(7);
  Math.random = () => next() / 40;
  writeImage(work, new Map());
  const first = await ZipStore.open(path, { mode: "w" });
  const array = await createArray(first, { path: "a", shape: [0], chunks: [4], dtype: "int16", compressors: null });
  await array.append([9]);
  await first.close();
  if (comment.length > 0) await addComment(comment);
  recording = new RecordedFiles(work);
  const lock = new LockFile(path, { force: false });
  const arrays: ZarrArray[] = [];
  for (let i = 0; i < 3; i++) {
    const store = await ZipStore.open(path, {
      mode: "r+",
      durability: i === 0 ? firstDurability : durability,
    });
    opened.push(store);
    arrays.push(await openArray(store, { path: "a" }));
  }
  await lock.acquire({ timeoutMs: 1000 });
  opened.push(lock);
  const isHandedOver: boolean[] = [];
  const starts: number[] = [];
  const offers = new Map<number, WaitingOffer>();
  const appending: Promise<void>[] = [];
  for (const [i, one] of arrays.entries()) {
    const append = async () => {
      const { start } = await one.append([i + 1, i + 1], { flush: true });
      starts[i] = start;
      recording!.note(`acknowledged ${i}`);
      isHandedOver[i] = (await (one.store as ZipStore).stats()).commits.handedOver === 1;
    };
    appending.push(append());
    for (const offer of await untilOffered(path, i + 1)) {
      if (![...offers.values()].some(({ id }) => id === offer.id)) offers.set(i, offer);
    }
  }
  const image = readImage(work);
  recording.operations.length = 0;
  // Whoever can go on before a mark is on the disk does so.
  const isAcknowledged = () => recording!.operations.filter(({ kind }) => kind === "note").length >= 2;
  recording.beforeSync = async (file) => {
    for (let i = 0; file === "x.zip.lock" && i < 100 && !isAcknowledged(); i++) await pause(1);
  };
  await lock.release();
  await Promise.all(appending);
  recording.restore();
  const carried = [0, 1, 2]
    .filter((i) => isHandedOver[i])
    .map((i) => ({ ...offers.get(i)!, start: starts[i]!, value: i + 1 }));
  // Where a version cannot say what it is made of, nobody commits for others.
  expect(carried.length).toBe(comment.length === 0 ? 2 : 0);
  Math.random = random;
  const [oldBytes, newBytes] = [image.get("x.zip")!, readImage(work).get("x.zip")!];
  return { image, operations: [...recording.operations], carried, oldBytes, newBytes };
}

/** Gives the archive a comment so long that no commit has room there to say what it is made of. */
async function addComment(comment: Uint8Array): Promise<void> {
  const file = await WritableFile.open(path);
  await file.write(Uint8Array.of(comment.length & 255, comment.length >> 8), file.size - 2);
  await file.write(comment, file.refresh());
  await file.close();
}

interface State {
  readonly label: string;
  readonly image: Image;
  /** How many appends are acknowledged. */
  readonly acknowledged: number;
  /** Whether nothing of an operation is missing. */
  readonly isBetween: boolean;
}

function* statesOf({ image, operations }: Pick<Recorded, "image" | "operations">): Generator<State> {
  let current = image;
  let acknowledged = 0;
  yield { label: "before", image, acknowledged, isBetween: true };
  for (const [number, operation] of operations.entries()) {
    const label = `${number} ${operation.kind} ${"file" in operation ? operation.file : ""}`;
    if (operation.kind === "note") acknowledged++;
    // Who holds the lock is for messages alone.
    const isHolder = operation.kind === "write" && operation.file === "x.zip.lock" && operation.offset === 8192;
    if (operation.kind === "write" && !isHolder) {
      for (let count = 1; count < operation.bytes.length; count++) {
        const torn = applyOperation(current, operation, count);
        yield { label: `${label} ${count}`, image: torn, acknowledged, isBetween: false };
      }
    }
    current = applyOperation(current, operation);
    yield { label, image: current, acknowledged, isBetween: true };
  }
}

function withoutContents(image: Image): Image {
  return new Map([...image].map(([file, bytes]) => [file, file === "x.zip" ? bytes : bytes.subarray(0, tablesEnd)]));
}

/** Has the lock file of the states open as those do whose offers are in it. */
async function holdSlots(image: Image, offers: readonly WaitingOffer[]): Promise<void> {
  writeImage(states, image);
  const owner = await WritableFile.open(`${statePath}.lock`);
  opened.push(owner);
  expect(tryLockShared(owner, 2 ** 30 - 1)).toBe(true);
  for (const { slot } of offers) expect(tryLock(owner, 2 ** 30 + 1 + slot)).toBe(true);
}

const lockFileOf = (image: Image) => image.get("x.zip.lock")!;
const isAnswered = (image: Image, { id, slot }: WaitingOffer) => answerIn(lockFileOf(image), slot)?.id === id;

/** Looks at what a recovery has left. @returns whether it is the new version */
function expectConsistent({ carried, oldBytes, newBytes }: Recorded, label: string): boolean {
  const image = readImage(states);
  const bytes = image.get("x.zip")!;
  const isNew = Buffer.compare(bytes, newBytes) === 0;
  expect(isNew || Buffer.compare(bytes, oldBytes) === 0, `${label}: neither the old version nor the new one`).toBe(
    true,
  );
  const lockFile = lockFileOf(image);
  expect(parseIntent(lockFile.subarray(0, 64)), label).toBeUndefined();
  expect([...lockFile.subarray(64, 68)], `${label}: claims`).toEqual([0, 0, 0, 0]);
  for (const offer of carried) {
    expect(isAnswered(image, offer), `${label}: offer in slot ${offer.slot}`).toBe(isNew);
    const answer = answerIn(lockFile, offer.slot);
    if (isNew) expect(answer, label).toMatchObject({ result: offer.start });
    else expect(offersOf(lockFile), label).toContainEqual(expect.objectContaining({ id: offer.id }));
  }
  return isNew;
}

describe.each(["full", "process"] as const)("with durability %s, a commit with rows of others", (durability) => {
  test("interrupted at any byte: after a recovery they are answered if and only if their rows are there", async () => {
    const recorded = await recordCommit(durability);
    await holdSlots(withoutContents(recorded.image), recorded.carried);
    const counts = { old: 0, new: 0 };
    for (const { label, image, acknowledged } of statesOf({ ...recorded, image: withoutContents(recorded.image) })) {
      writeImage(states, image);
      const values = await readValues(statePath);
      const isRead = values.get("a/c/1") !== undefined; // seven rows need a second chunk
      const wasAnswered = recorded.carried.some((offer) => isAnswered(image, offer));
      if (wasAnswered || acknowledged > 0) expect(isRead, `${label}: an answer without rows`).toBe(true);
      await recover(statePath);
      expect(expectConsistent(recorded, label), label).toBe(isRead);
      counts[isRead ? "new" : "old"]++;
    }
    expect(counts.old).toBeGreaterThan(500);
    expect(counts.new).toBeGreaterThan(100);
  });

  test("a recovery that is interrupted at any byte is made again, with the same result", async () => {
    const recorded = await recordCommit(durability);
    const all = [...statesOf({ ...recorded, image: withoutContents(recorded.image) })];
    const chosen = all.filter(({ isBetween, label }) => isBetween || / write x.zip (1|300)$/.test(label));
    await holdSlots(withoutContents(recorded.image), recorded.carried);
    const counts = { old: 0, new: 0 };
    for (const { label, image } of chosen) {
      writeImage(states, image);
      recording = new RecordedFiles(states);
      await recover(statePath);
      recording.restore();
      const isNew = expectConsistent(recorded, label);
      for (const state of statesOf({ image, operations: recording.operations })) {
        writeImage(states, state.image);
        await recover(statePath);
        expect(expectConsistent(recorded, `${label}, ${state.label}`)).toBe(isNew);
        counts[isNew ? "new" : "old"]++;
      }
    }
    expect(counts.old).toBeGreaterThan(50);
    expect(counts.new).toBeGreaterThan(50);
  });

  test("interrupted between two writes: the next one has the rows of all, once, and says where", async () => {
    const recorded = await recordCommit(durability);
    for (const { label, image, isBetween } of statesOf(recorded)) {
      if (!isBetween) continue;
      await holdSlots(image, recorded.carried);
      const store = await ZipStore.open(statePath, { mode: "r+", durability });
      const array = await openArray(store, { path: "a" });
      const { start, end } = await array.append([4], { flush: true });
      await store.close();
      const lockFile = lockFileOf(readImage(states));
      const reader = await ZipStore.open(statePath);
      const found = Array.from((await (await openArray(reader, { path: "a" })).get()).data as Int16Array);
      await reader.close();
      expect(found.slice(start, end), label).toEqual([4]);
      for (const { id, slot, value } of recorded.carried) {
        const answer = answerIn(lockFile, slot);
        expect(answer?.id, label).toBe(id);
        expect(found.slice(answer!.result, answer!.result + 2), label).toEqual([value, value]);
        expect(
          found.filter((row) => row === value),
          label,
        ).toEqual([value, value]);
      }
      // The rows of the killed writer are there as well, or not.
      expect([6, 8], label).toContain(found.length);
      expect((await verifyArchive(statePath)).problems, label).toEqual([]);
      for (const one of opened.splice(-1)) await one.close();
    }
  });
});

describe("a loss of power after a commit with rows of others", () => {
  test("loses none of who waits for the disk, where the one who has committed does not", async () => {
    let recorded: Recorded;
    do {
      recorded = await recordCommit("full", new Uint8Array(), "process");
    } while (recorded.carried.some(({ value }) => value === 1));
    await expectKept(recorded, [2, 3]);
  });

  test.each([
    ["", 0],
    [" of an archive whose comment has no room to say so", 65_535],
  ])("loses none that was acknowledged%s", async (_, commentBytes) => {
    await expectKept(await recordCommit("full", new Uint8Array(commentBytes).fill(0x20)), [1, 2, 3]);
  });
});

/** Expects, after a loss of power at each acknowledgement of these rows, that they are there. */
async function expectKept({ image, operations }: Recorded, kept: readonly number[]): Promise<void> {
  const next = randomNumbers(11);
  const before = withoutContents(image);
  const done = operations.filter(({ kind, ...rest }) => !("offset" in rest) || (rest.offset as number) < 2 ** 20);
  const acknowledgements = done.flatMap((operation, at) => (operation.kind === "note" ? [at + 1] : []));
  expect(acknowledgements.length).toBe(3);
  for (const at of acknowledgements) {
    const told = done
      .slice(0, at)
      .flatMap((one) => (one.kind === "note" ? [Number(one.text.slice(-1)) + 1] : []))
      .filter((value) => kept.includes(value));
    if (told.length === 0) continue;
    for (let round = 0; round < 40; round++) {
      writeImage(states, afterPowerLoss(before, done.slice(0, at), next));
      const store = await ZipStore.open(statePath, { mode: "r+" });
      const found = Array.from((await (await openArray(store, { path: "a" })).get()).data as Int16Array);
      await store.abort();
      for (const value of told) {
        const rows = found.filter((row) => row === value);
        expect(rows, `round ${round}, ${at} operations`).toEqual([value, value]);
      }
    }
  }
}
