// A file for each test, the lock of it, and stores that append to it at once.
import { mkdirSync, readdirSync } from "node:fs";
import { afterEach, beforeEach, expect } from "vitest";
import type { ZipStore } from "../../src/store/zip-store.js";
import { LockFile } from "../../src/zip/lock-file.js";
import { temporaryFolder } from "../temporary-folder.js";
import { untilOffered } from "../zip/offered.js";

/** What a test has for itself. */
export interface JointPlace {
  readonly path: string;
  readonly lock: LockFile;
}

/**
 * Makes a place before each test of a file, and clears up after it.
 * @param onBegin - gets the place
 */
export function jointScene(onBegin: (place: JointPlace) => void) {
  const root = temporaryFolder();
  /** Those that end with the test. */
  const stores: ZipStore[] = [];
  let count = 0;
  let folder: string;
  let place: JointPlace;
  beforeEach(() => {
    folder = `${root}/${count++}`;
    mkdirSync(folder);
    const path = `${folder}/x.zip`;
    place = { path, lock: new LockFile(path, { force: false }) };
    onBegin(place);
  });
  afterEach(async () => {
    await place.lock.close();
    await Promise.all(stores.splice(0).map((store) => store.abort()));
    expect(readdirSync(folder)).toEqual(["x.zip"]);
  });

  /** Does all of it at once, and lets nobody commit before so many offers wait and `meanwhile` has ended. */
  async function together<T>(
    works: readonly (() => Promise<T>)[],
    offers = works.length,
    meanwhile = async () => {},
  ): Promise<PromiseSettledResult<T>[]> {
    const { path, lock } = place;
    await lock.acquire({ timeoutMs: 300_000 });
    const settled = Promise.allSettled(works.map((work) => work()));
    await untilOffered(path, offers);
    await meanwhile();
    await lock.release();
    return await settled;
  }
  return { stores, together };
}

/** What was fulfilled; throws what was not. */
export function valuesOf<T>(results: readonly PromiseSettledResult<T>[]): T[] {
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}
