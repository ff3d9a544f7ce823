// What writers that wait for a lock offer to its holder, in real lock files, by several instances of one process: each has descriptors,
// and thereby locks, of its own.
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WritableFile } from "../../src/bytes/file.js";
import { ZipStore } from "../../src/store/zip-store.js";
import { ArchiveReader } from "../../src/zip/archive-reader.js";
import { recoverCommit } from "../../src/zip/commit.js";
import { LockFile } from "../../src/zip/lock-file.js";
import type { OfferedWork } from "../../src/zip/offers.js";
import { temporaryFolder } from "../temporary-folder.js";
import { contentsAt, offersAt, offersIn, untilOffered } from "./offered.js";

const root = temporaryFolder();
const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (value: string) => new TextEncoder().encode(value);
const work = (payload: Uint8Array, kind = "rows of a"): OfferedWork => ({
  kind: () => text(kind),
  payload: () => payload,
});
const commit = "01234567-89ab-4cde-8f01-23456789abcd";

let count = 0;
let path: string;
let holder: LockFile;
const opened: LockFile[] = [];
beforeEach(async () => {
  const folder = `${root}/${count++}`;
  mkdirSync(folder);
  path = `${folder}/x.zip`;
  holder = newLock();
  await holder.acquire({ timeoutMs: 0 });
});
afterEach(async () => {
  for (const lock of opened.splice(0)) await lock.close();
});

function newLock(): LockFile {
  const lock = new LockFile(path, { force: false });
  opened.push(lock);
  return lock;
}

/** A writer that has the lock file open, and has offered something. */
async function offering(offered: OfferedWork): Promise<LockFile> {
  const lock = newLock();
  await lock.openExisting();
  await lock.offers.offer(offered);
  return lock;
}

/** What the holder takes, by identifier; its own work is one byte, 99. */
async function taken(kind?: string): Promise<ReadonlyMap<number, readonly number[]>> {
  const { others, payload } = (await holder.offers.take(work(bytes(99), kind))) ?? { others: [], payload: bytes(99) };
  expect(payload[0]).toBe(99);
  let at = 1;
  const payloads = others.map(({ id, payloadBytes }) => {
    at += payloadBytes;
    return [id, [...payload.subarray(at - payloadBytes, at)]] as const;
  });
  expect(payload.length).toBe(at);
  return new Map(payloads);
}

/** What the file says is claimed: number and checksum, then 24 bytes each, at byte 64. */
const claimedIn = () => readFileSync(`${path}.lock`).readUInt32LE(64);

/** Answers what waits in the lock file, in the order of slots, with the results 100, 101, … */
async function answerAll(): Promise<void> {
  const claims = offersIn(path).map(({ id, slot }, i) => ({ id, slot, result: 100 + i }));
  await holder.offers.answerAll(claims, commit);
}

describe("an offer", () => {
  test("is taken with all others of its kind, and each owner has its own answer, once", async () => {
    const payloads = [bytes(1), bytes(2, 2), bytes(3, 3, 3)];
    const locks = payloads.map(() => newLock());
    const waiting = locks.map((lock, i) => lock.acquire({ timeoutMs: 300_000, offer: work(payloads[i]!) }));
    const offers = await untilOffered(path, 3);
    const found = await taken();
    expect([...found.values()].sort((a, b) => a.length - b.length)).toEqual([[1], [2, 2], [3, 3, 3]]);
    expect([...found.keys()].sort()).toEqual(offers.map(({ id }) => id).sort());
    expect(claimedIn()).toBe(3);

    // The result says how many bytes there were, so that each is known by its owner.
    const claims = offers.map(({ id, slot, payloadBytes }) => ({ id, slot, result: 10 * payloadBytes }));
    await holder.offers.answerAll(claims, commit);
    const answers = (await Promise.all(waiting)).map(({ answer }) => answer);
    expect(answers.map((answer) => answer?.result)).toEqual([10, 20, 30]);
    for (const answer of answers) expect(answer).toMatchObject({ commit });
    await holder.offers.release();
    expect([claimedIn(), (await taken()).size, offersIn(path)]).toEqual([0, 0, []]);
    expect(locks.map(({ offers: own }) => own.answer())).toEqual([undefined, undefined, undefined]);
  });

  test("of another kind waits for who does the same", async () => {
    await offering(work(bytes(1), "rows of a"));
    await offering(work(bytes(2), "rows of b"));
    await offering(work(bytes(3), "all rows of a"));
    expect([...(await taken("rows of b")).values()]).toEqual([[2]]);
    expect((await taken("rows of c")).size).toBe(0);
    expect([...(await taken("all rows of a")).values()]).toEqual([[3]]);
    expect([...(await taken("rows of a")).values()]).toEqual([[1]]);
  });

  test("is not taken when it is withdrawn", async () => {
    const owner = await offering(work(bytes(1)));
    expect([offersIn(path).length, await owner.offers.withdraw(), offersIn(path).length]).toEqual([1, true, 0]);
    expect([(await taken()).size, await owner.offers.withdraw()]).toEqual([0, true]);
  });

  test.each([
    ["a signal", () => ({ timeoutMs: 300_000, signal: AbortSignal.timeout(20) }), { name: "TimeoutError" }],
    ["the limit", () => ({ timeoutMs: 20 }), { code: "ERR_LOCK_TIMEOUT" }],
  ])("is withdrawn when %s ends the wait", async (_, options, error) => {
    await expect(newLock().acquire({ ...options(), offer: work(bytes(1)) })).rejects.toMatchObject(error);
    expect([offersIn(path), (await taken()).size]).toEqual([[], 0]);
  });

  test("that is claimed cannot be withdrawn until it is released, or answered", async () => {
    const [first, second] = [await offering(work(bytes(1))), await offering(work(bytes(2)))];
    expect((await taken()).size).toBe(2);
    expect([await first.offers.withdraw(), await first.offers.withdraw()]).toEqual([false, false]);
    await holder.offers.release();
    expect([await first.offers.withdraw(), offersIn(path).length]).toEqual([true, 1]);

    const [id] = (await taken()).keys();
    const { slot } = offersIn(path)[0]!;
    expect(await second.offers.withdraw()).toBe(false);
    await holder.offers.answerAll([{ id: id!, slot, result: 7 }], commit);
    expect([second.offers.answer()?.result, await second.offers.withdraw()]).toEqual([7, true]);
  });

  test("that was claimed and answered cannot be withdrawn, also when the claim is gone: its owner has the answer", async () => {
    const owner = await offering(work(bytes(1)));
    await taken();
    await answerAll();
    await holder.offers.release();
    expect([await owner.offers.withdraw(), owner.offers.answer()?.result]).toEqual([false, 100]);
  });

  test("that is claimed and given up can be taken by the next holder", async () => {
    const owner = await offering(work(bytes(5, 6)));
    expect((await taken()).size).toBe(1);
    await holder.offers.release();
    await holder.release();
    holder = newLock();
    await holder.acquire({ timeoutMs: 0 });
    expect([...(await taken()).values()]).toEqual([[5, 6]]);
    await answerAll();
    expect(owner.offers.answer()?.result).toBe(100);
  });

  test("of a closed writer is not taken, and is removed", async () => {
    const [dead, living] = [await offering(work(bytes(1))), await offering(work(bytes(2)))];
    await dead.close();
    expect(offersIn(path).length).toBe(2);
    expect([...(await taken()).values()]).toEqual([[2]]);
    expect(offersIn(path).length).toBe(1);
    expect(await living.offers.withdraw()).toBe(false);
  });

  test("is not answered by what an earlier one has left in its slot", async () => {
    const owner = await offering(work(bytes(1)));
    const { id: before, slot } = offersIn(path)[0]!;
    await taken();
    await answerAll();
    expect(owner.offers.answer()?.id).toBe(before);
    await holder.offers.release();
    await owner.offers.offer(work(bytes(2, 2)));
    expect([owner.offers.answer(), offersIn(path).length]).toEqual([undefined, 1]);
    // The old answer once more, as a recovery gives it.
    await holder.offers.answerAll([{ id: before, slot, result: 1 }], commit);
    expect([owner.offers.answer(), offersIn(path).length]).toEqual([undefined, 1]);
    expect([...(await taken()).values()]).toEqual([[2, 2]]);
    await answerAll();
    expect(owner.offers.answer()?.result).toBe(100);
  });

  test("is settled by its owner, who has the lock: with the answer, or not done and removed", async () => {
    const [answered, open] = [newLock(), newLock()];
    const waits = [answered, open].map((lock) => lock.openExisting());
    await Promise.all(waits);
    await answered.offers.offer(work(bytes(1)));
    await taken();
    await answerAll();
    await holder.offers.release();
    await open.offers.offer(work(bytes(2)));
    expect([(await answered.offers.settle())?.result, await open.offers.settle()]).toEqual([100, undefined]);
    expect([offersIn(path), answered.offers.answer(), open.offers.answer()]).toEqual([[], undefined, undefined]);
  });

  test("of nothing, or of more than 1 MiB with its kind, is none: its owner waits for the lock alone", async () => {
    for (const size of [0, 2 ** 20 - 8]) {
      const owner = await offering(work(new Uint8Array(size)));
      expect([offersIn(path), await owner.offers.withdraw()]).toEqual([[], true]);
    }
    await offering(work(new Uint8Array(2 ** 20 - 9)));
    expect(offersIn(path)).toMatchObject([{ payloadBytes: 1_048_567 }]);
  });

  test("is left to the next holder where all of them are more than 8 MiB", async () => {
    for (let i = 0; i < 10; i++) await offering(work(new Uint8Array(2 ** 20 - 9).fill(i)));
    const { others, payload } = (await holder.offers.take(work(bytes(99))))!;
    expect([others.length, payload.length, claimedIn()]).toEqual([8, 1 + 8 * 1_048_567, 8]);
    expect(await holder.offers.take(work(new Uint8Array(2 ** 23)))).toBeUndefined();
  });

  test("whose contents are not its kind any more is not taken", async () => {
    await offering(work(bytes(1)));
    const { slot } = offersIn(path)[0]!;
    const file = await WritableFile.open(`${path}.lock`);
    await file.write(text("R"), contentsAt + slot * 2 ** 20);
    await file.close();
    expect((await taken()).size).toBe(0);
  });
});

describe("a torn record", () => {
  test("of an offer in the lock file is none, at whatever byte", async () => {
    await offering(work(bytes(1, 2, 3)));
    const { slot } = offersIn(path)[0]!;
    const file = await WritableFile.open(`${path}.lock`);
    const at = offersAt + 64 * slot;
    const whole = file.readSync(at, 32).slice(); // the rest is not used
    for (let i = 0; i < whole.length; i++) {
      await file.write(new Uint8Array(32), at);
      await file.write(whole.subarray(0, i), at);
      if (whole.subarray(i).some((byte) => byte !== 0)) expect((await taken()).size, `${i} bytes`).toBe(0);
      await file.write(whole, at);
      await file.write(bytes(whole[i]! ^ 0x10), at + i);
      expect((await taken()).size, `byte ${i}`).toBe(0);
      await file.write(whole, at);
    }
    expect((await taken()).size).toBe(1);
    await file.close();
  });

  test("of claims: nothing can be withdrawn, until the next holder has recovered", async () => {
    writeFileSync(path, await emptyArchive());
    const owner = await offering(work(bytes(1)));
    await taken();
    const file = await WritableFile.open(`${path}.lock`);
    await file.write(bytes(1, 2, 3), 64 + 8); // its first bytes are there, and not its last ones
    expect(await owner.offers.withdraw()).toBe(false);
    await holder.release();
    holder = newLock();
    await holder.acquire({ timeoutMs: 0 });
    const archive = await WritableFile.open(path);
    expect(await recoverCommit({ file: archive, lock: holder }, false)).toBe("none");
    expect(await owner.offers.withdraw()).toBe(true);
    await Promise.all([file.close(), archive.close()]);
  });
});

async function emptyArchive(): Promise<Uint8Array> {
  const store = await ZipStore.open(`${path}.new`, { mode: "w" });
  await store.close();
  return readFileSync(`${path}.new`);
}

describe("who waits", () => {
  test("and is claimed by a holder that does not end, is told that nobody knows", async () => {
    const acquired = newLock().acquire({ timeoutMs: 1000, offer: work(bytes(1)) });
    const expected = expect(acquired).rejects.toMatchObject({ code: "ERR_COMMIT_UNKNOWN" });
    await untilOffered(path, 1);
    expect((await taken()).size).toBe(1);
    await expected;
  });

  test("and has been aborted has the answer, if it was claimed; and the reason, if that came to nothing", async () => {
    for (const isAnswered of [true, false]) {
      const own = new AbortController();
      const acquired = newLock().acquire({ timeoutMs: 300_000, signal: own.signal, offer: work(bytes(1)) });
      const [offer] = await untilOffered(path, 1);
      await taken();
      own.abort("enough");
      await untilOffered(path, 0); // it has tried to withdraw
      if (isAnswered) await holder.offers.answerAll([{ ...offer!, result: 3 }], commit);
      await holder.offers.release();
      if (isAnswered) expect((await acquired).answer?.result).toBe(3);
      else await expect(acquired).rejects.toBe("enough");
    }
  });

  test("with more others than there are slots has its turn like all", async () => {
    const writers = 100;
    const done: number[] = [];
    const write = async (number: number) => {
      const lock = newLock();
      const own = work(text(String(number).padStart(3, "0")));
      const { answer } = await lock.acquire({ timeoutMs: 300_000, offer: own });
      if (answer !== undefined) return "answered";
      expect(await lock.offers.settle()).toBeUndefined();
      const { others, payload } = (await lock.offers.take(own)) ?? { others: [], payload: own.payload() };
      const numbers = new TextDecoder().decode(payload).match(/.../g)!.map(Number);
      expect([numbers.length, numbers[0]]).toEqual([others.length + 1, number]);
      done.push(...numbers);
      await lock.offers.answerAll(
        others.map(({ id, slot }) => ({ id, slot, result: 0 })),
        commit,
      );
      await lock.offers.release();
      await lock.release();
      return "alone";
    };
    const all = Array.from({ length: writers }, (_, number) => write(number));
    const offered = new Set<number>();
    for (let i = 0; i < 1000 && offered.size < 40; i++) {
      for (const { slot } of offersIn(path)) offered.add(slot);
      await new Promise((resolve) => setTimeout(resolve, 1)); // between two looks at the file, as nobody tells of an offer
    }
    expect(offered.size).toBeGreaterThanOrEqual(40);
    await holder.release();
    const ways = await Promise.all(all);
    expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: writers }, (_, number) => number));
    expect(ways.filter((way) => way === "answered").length).toBeGreaterThanOrEqual(39);
  });
});

describe("a commit of a killed writer with claims of others", () => {
  /** A file whose last version is of the killed writer, and the intent of that. */
  async function killedCommit() {
    const store = await ZipStore.open(path, { mode: "w" });
    await store.set("first", bytes(1));
    await holder.release();
    await store.close();
    const before = await ArchiveReader.open(path, { follow: false });
    const { end: previous } = before.directory;
    const tailChecksum = before.directory.checksum();
    await before.close();
    const writer = await ZipStore.open(path, { mode: "r+" });
    await writer.set("second", bytes(2));
    await writer.close();
    await holder.acquire({ timeoutMs: 1000 });
    const all = readFileSync(path);
    const start = 4096;
    const intent = { previous, start, end: all.length, checksum: crc32(all.subarray(start)), tailChecksum, commit };
    return { intent, previous };
  }

  test.each([
    ["completed", 0],
    ["undone", 1],
  ] as const)("that is %s: they are answered if and only if it is there", async (result, missing) => {
    const { intent, previous } = await killedCommit();
    const owner = await offering(work(bytes(1)));
    const [offer] = await untilOffered(path, 1);
    await taken();
    await holder.writeIntent(intent, [{ id: offer!.id, slot: offer!.slot, result: 12 }]);
    truncateSync(path, intent.end - missing);
    await holder.release();
    const next = newLock();
    await next.acquire({ timeoutMs: 0 });
    const file = await WritableFile.open(path);
    expect([await owner.offers.withdraw(), owner.offers.answer()]).toEqual([false, undefined]);
    expect(await recoverCommit({ file, lock: next }, false)).toBe(result);
    const isDone = result === "completed";
    expect(file.refresh()).toBe(isDone ? intent.end : previous);
    const answer = owner.offers.answer();
    if (isDone) expect(answer).toMatchObject({ commit, result: 12 });
    else expect([answer, await owner.offers.withdraw()]).toEqual([undefined, true]);
    expect([(await next.readRecords()).intent, claimedIn()]).toEqual([undefined, 0]);
    await file.close();
  });
});
