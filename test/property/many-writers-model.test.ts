// Two writers of one file, in any order of changes, commits, hand-overs and crashes, against Maps: what the file has, and what
// each writer has changed since. After every step all values of everybody are compared.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { verifyArchive, ZipStore, type ZipStoreOptions } from "../../src/index.js";
import type { Outcome } from "../../src/store/store.js";
import { sealed } from "../../src/zip/sealed-record.js";
import { runs } from "../long.js";
import { temporaryFolder } from "../temporary-folder.js";
import {
  type Change,
  commit,
  isDirty,
  type Model,
  sameBytes,
  type Values,
  visible,
  withChange,
} from "./writers-model.js";

const folder = temporaryFolder();
let names = 0;

const key = fc.constantFrom("a", "b", "c/0", "c/1");
const value = fc.uint8Array({ maxLength: 5 });
const kinds = [
  ...["set", "set", "delete", "expect", "expect", "expect something else", "count", "count", "move", "fail"],
  ...[
    "flush",
    "flush",
    "flush both",
    "reopen",
    "pin",
    "hand over",
    "abort",
    "crash",
    "crash within a commit",
    "crash within a commit",
  ],
] as const;
const step = fc.record({
  kind: fc.constantFrom(...kinds),
  writer: fc.constantFrom(0, 1),
  key,
  other: key,
  value,
  turns: fc.nat(14),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What a counter's value says; 0 where there is none, or none that was counted. */
function countOf(bytes: Uint8Array | undefined): number {
  return bytes?.length === 1 ? bytes[0]! : 0;
}

/** The file, its writers and readers, and what they should have. */
const headerMagic = new TextEncoder().encode("ZARRZIPC");

class Scene {
  model: Model = { committed: new Map(), changes: [[], []] };
  path: string;
  readonly #options: ZipStoreOptions;
  readonly #writers: ZipStore[] = [];
  #follower!: ZipStore;
  /** Readers that are pinned, and what the file had when they were opened. */
  readonly #pinned: { readonly store: ZipStore; readonly values: Values }[] = [];
  /** What counting has given: it may change until it is committed. */
  readonly #counted = new WeakMap<Change["run"], Outcome<number>>();

  constructor(path: string, options: ZipStoreOptions) {
    this.path = path;
    this.#options = options;
  }

  async open(): Promise<void> {
    for (const writer of [0, 1]) this.#writers[writer] = await this.#openWriter("a");
    this.#follower = await ZipStore.open(this.path, { view: "follow" });
    await this.#writers[0]!.flush(); // before that a pinned reader has nothing to pin
  }

  async take(step: Step): Promise<void> {
    const { writer, key, other, value } = step;
    const store = this.#writers[writer]!;
    switch (step.kind) {
      case "set":
        await store.set(key, value);
        return this.#changed(writer, () => new Map([[key, value]]));
      case "delete":
        await store.delete(key);
        return this.#changed(writer, () => new Map([[key, undefined]]));
      case "expect": {
        const expected = this.#seen(writer).get(key);
        await store.set(key, value, { expect: expected ?? null });
        const isExpected = (values: Values) => sameBytes(values.get(key), expected);
        return this.#changed(writer, (values) => (isExpected(values) ? new Map([[key, value]]) : undefined));
      }
      case "expect something else": {
        const found = this.#seen(writer).get(key);
        const expect_ = sameBytes(found, value) ? null : value;
        const refused = store.set(key, Uint8Array.of(99), { expect: expect_ });
        await expect(refused).rejects.toMatchObject({ code: "ERR_CONFLICT", details: { key } });
        return;
      }
      case "count":
        return await this.#count(writer, key);
      case "move": {
        await store.transaction(async (values) => {
          const found = await values.get(key);
          if (found === undefined) return;
          await values.delete(key);
          await values.set(other, found);
        });
        const move: Change["run"] = (values) => {
          const found = values.get(key);
          return found === undefined ? new Map() : new Map([...[[key, undefined] as const], [other, found] as const]);
        };
        // One that had nothing to do when it ran first is not kept.
        return this.#seen(writer).has(key) ? this.#changed(writer, move) : undefined;
      }
      case "fail": {
        const failing = store.transaction(async (values) => {
          await values.set(key, Uint8Array.of(99));
          throw new Error("on purpose");
        });
        await expect(failing).rejects.toThrow("on purpose");
        return;
      }
      case "flush":
        return await this.#flush(writer);
      case "flush both":
        return await this.#flushBoth();
      case "reopen":
        return await this.#reopen(writer, step.turns % 2 === 0 ? "a" : "r+");
      case "pin":
        if (this.#pinned.length === 3) await this.#pinned.shift()!.store.close();
        this.#pinned.push({ store: await ZipStore.open(this.path), values: this.model.committed });
        return;
      case "hand over":
        return await this.#handOver(writer);
      case "abort":
        await store.abort();
        this.#forget(writer);
        this.#writers[writer] = await this.#openWriter("r+");
        return;
      case "crash within a commit":
        return await this.#crashWithinCommit(writer, step.turns);
      case "crash":
        return await this.#crash(writer, step.turns);
    }
  }

  async compare(): Promise<void> {
    for (const writer of [0, 1]) expect(await valuesOf(this.#writers[writer]!)).toEqual(sorted(this.#seen(writer)));
    const fresh = await ZipStore.open(this.path);
    for (const store of [fresh, this.#follower]) expect(await valuesOf(store)).toEqual(sorted(this.model.committed));
    for (const { store, values } of this.#pinned) expect(await valuesOf(store)).toEqual(sorted(values));
    await fresh.close();
  }

  async close(): Promise<void> {
    for (const writer of [0, 1]) {
      await this.#flush(writer, true);
      // Who commits nothing does not know of a lock file that a crash has left.
      await this.#writers[writer]!.set("last", Uint8Array.of(writer));
      this.#changed(writer, () => new Map([["last", Uint8Array.of(writer)]]));
      await this.#flush(writer);
      await this.#writers[writer]!.close();
    }
    await this.release();
    expect((await verifyArchive(this.path)).problems).toEqual([]);
    const reader = await ZipStore.open(this.path);
    expect(await valuesOf(reader)).toEqual(sorted(this.model.committed));
    await reader.close();
    expect(readdirSync(folder).filter((name) => name.startsWith(`${basename(this.path)}.`))).toEqual([]);
  }

  async release(): Promise<void> {
    const readers = this.#pinned.map(({ store }) => store);
    for (const store of [...this.#writers, this.#follower, ...readers]) await store.abort();
  }

  async #openWriter(mode: "a" | "r+"): Promise<ZipStore> {
    return await ZipStore.open(this.path, { ...this.#options, mode });
  }

  #seen(writer: number): Values {
    return visible(this.model, writer);
  }

  #changed(writer: number, run: Change["run"]): void {
    this.model = withChange(this.model, writer, run);
  }

  /** What is not committed is lost. */
  #forget(writer: number): void {
    this.model = { ...this.model, changes: this.model.changes.with(writer, []) };
  }

  async #count(writer: number, key: string): Promise<void> {
    const counted = await this.#writers[writer]!.transaction(async (values) => {
      const count = (countOf(await values.get(key)) + 1) % 256;
      await values.set(key, Uint8Array.of(count));
      return count;
    });
    const run = (values: Values) => new Map([[key, Uint8Array.of((countOf(values.get(key)) + 1) % 256)]]);
    this.#changed(writer, run);
    this.#counted.set(run, counted);
    this.#expectCounted(this.model.changes[writer]!);
  }

  /** What counting has given is what it wrote when it ran last. */
  #expectCounted(changes: readonly Change[]): void {
    for (const { run, writes } of changes) {
      const counted = this.#counted.get(run);
      if (counted !== undefined) expect([...writes.values()]).toEqual([Uint8Array.of(counted.value)]);
    }
  }

  /** @param untilDone - flushes again if there was a conflict, after which what failed is withdrawn */
  async #flush(writer: number, untilDone = false): Promise<void> {
    const expected = commit(this.model, writer);
    this.model = expected.model;
    expect(await codeOf(this.#writers[writer]!.flush())).toBe(expected.code);
    this.#expectCounted(expected.ran);
    if (expected.code !== undefined && untilDone) await this.#flush(writer);
  }

  /** Both at once: one of them is first. */
  async #flushBoth(): Promise<void> {
    const runs = this.model.changes.flat().map(({ run }) => run);
    const codes = await Promise.all(this.#writers.map((store) => codeOf(store.flush())));
    // Where both orders leave the same values, what counting has given says which one it was.
    const counted = runs.map((run) => this.#counted.get(run)?.value);
    const seen = [await this.#committedNow(), ...(await Promise.all(this.#writers.map(valuesOf)))];
    const possible = [0, 1].map((first) => {
      const one = commit(this.model, first);
      const two = commit(one.model, 1 - first);
      const found = first === 0 ? [one.code, two.code] : [two.code, one.code];
      const values = [two.model.committed, visible(two.model, 0), visible(two.model, 1)].map(sorted);
      const ran = [...one.ran, ...two.ran];
      const written = runs.map((run, i) => {
        const [last] = ran.find((change) => change.run === run)?.writes.values() ?? [];
        return counted[i] === undefined || last === undefined ? counted[i] : countOf(last);
      });
      return { model: two.model, ran, told: { codes: found, seen: values, counted: written } };
    });
    const found = { codes, seen, counted };
    const at = possible.findIndex(({ told }) => fc.stringify(told) === fc.stringify(found));
    if (at < 0) expect(found).toEqual(possible[0]!.told);
    this.model = possible[at]!.model;
    this.#expectCounted(possible[at]!.ran);
  }

  async #reopen(writer: number, mode: "a" | "r+"): Promise<void> {
    const { model, code } = commit(this.model, writer);
    expect(await codeOf(this.#writers[writer]!.close())).toBe(code);
    this.model = model;
    this.#writers[writer] = await this.#openWriter(mode);
  }

  async #handOver(writer: number): Promise<void> {
    const store = this.#writers[writer]!;
    if (isDirty(this.model, writer)) {
      expect(() => store.getState()).toThrow(expect.objectContaining({ code: "ERR_DIRTY" }));
      await this.#flush(writer, true);
    }
    const state: unknown = JSON.parse(JSON.stringify(store.getState()));
    await store.close();
    this.#forget(writer);
    this.#writers[writer] = await ZipStore.fromState(state);
  }

  /** Goes on with what a kill would have left, `turns` of the event loop after a commit began. */
  async #crash(writer: number, turns: number): Promise<void> {
    const flushing = codeOf(this.#writers[writer]!.flush());
    for (let i = 0; i < turns; i++) await turn();
    const { archive, lock } = readAtOneMoment(this.path);
    const outcome = commit(this.model, writer);
    expect(await flushing).toBe(outcome.code);
    const [before, after] = [this.model.committed, outcome.model.committed].map(sorted);
    await this.#goOnWith(archive, lock);
    if (fc.stringify(sorted(this.model.committed)) !== fc.stringify(before)) {
      expect(sorted(this.model.committed)).toEqual(after);
    }
  }

  /**
   * Goes on with what a kill leaves that hits a commit when a part of its bytes is written. That they follow each other, the first
   * byte of the end record last, and that the header says then that the commit is complete, is the protocol: src/commit/commit.ts.
   */
  async #crashWithinCommit(writer: number, twelfths: number): Promise<void> {
    const before = this.model.committed;
    const { length: start } = readFileSync(this.path);
    await this.#flush(writer, true);
    const { archive, lock } = readAtOneMoment(this.path);
    if (archive.length === start) return;
    const end = start + Math.round(((archive.length - start) * Math.min(twelfths, 12)) / 12);
    const endRecord = archive.lastIndexOf("PK\x05\x06");
    const isWhole = twelfths > 12;
    if (!isWhole) {
      if (endRecord < end) archive[endRecord] = 0;
      const at = archive.lastIndexOf(headerMagic);
      archive[at + 40] = 0;
      sealed(archive.subarray(at, at + 64), headerMagic);
    }
    const expected = isWhole ? this.model.committed : before;
    await this.#goOnWith(archive.subarray(0, end), lock);
    expect(sorted(this.model.committed)).toEqual(sorted(expected));
  }

  async #goOnWith(archive: Uint8Array, lock: Uint8Array | undefined): Promise<void> {
    for (const store of [...this.#writers, this.#follower]) await store.abort();
    this.path = `${folder}/${names++}.zip`;
    writeFileSync(this.path, archive);
    if (lock !== undefined) writeFileSync(`${this.path}.lock`, lock);
    this.model = { committed: await this.#committedNow(), changes: [[], []] };
    await this.open();
  }

  async #committedNow(): Promise<Values> {
    const reader = await ZipStore.open(this.path);
    try {
      return await valuesOf(reader);
    } finally {
      await reader.close();
    }
  }
}

async function valuesOf(store: ZipStore): Promise<Map<string, Uint8Array>> {
  const values = new Map<string, Uint8Array>();
  for await (const name of store.list()) values.set(name, (await store.get(name))!);
  return sorted(values);
}

function sorted(values: Values): Map<string, Uint8Array> {
  return new Map([...values].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function codeOf(work: Promise<void>): Promise<string | undefined> {
  return await work.then(
    () => undefined,
    (error) => error.code ?? String(error),
  );
}

/** The file and its lock file as they are at one moment, while another thread may be writing one of them. */
function readAtOneMoment(path: string): { readonly archive: Buffer; readonly lock: Buffer | undefined } {
  const lockFile = `${path}.lock`;
  const read = () => ({
    archive: readFileSync(path),
    lock: existsSync(lockFile) ? readFileSync(lockFile) : undefined,
  });
  for (let found = read(); ; ) {
    const again = read();
    if (sameBytes(again.archive, found.archive) && sameBytes(again.lock, found.lock)) return again;
    found = again;
  }
}

test.each(["full", "process"] as const)("many writers: two do what Maps do, durability %s", async (durability) => {
  const series = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
    const scene = new Scene(`${folder}/${names++}.zip`, { durability });
    await scene.open();
    try {
      for (const next of steps) {
        await scene.take(next);
        await scene.compare();
      }
      await scene.close();
    } finally {
      await scene.release();
    }
  });
  await fc.assert(series, { numRuns: runs(10, 200) });
});
