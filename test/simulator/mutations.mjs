/**
 * Mends that are undone one at a time, in the built modules, to see that the simulator finds out: what each promise rests on, the scenario
 * that shows it, and the change: `[module, text, what stands there instead]`. Seeds from `from` on are tried, where those from 0 on take long.
 */
export const mutations = [
  {
    name: "a lock excludes nobody",
    scenario: "turns",
    changes: [["bytes/file-lock.js", "return tryLock(file.descriptor, offset, 1, { shared });", "return true;"]],
  },
  {
    name: "a lock file, and an archive, are believed without a look at their names",
    scenario: "intrusions",
    changes: [["commit/lock-file.js", "return !isReplaced && !isRemoved;", "return true;"]],
  },
  {
    name: "transactions do not run again",
    scenario: "turns",
    changes: [
      ["store/transaction-values.js", "async areCurrent(contents) {", "async areCurrent(contents) { return true;"],
    ],
  },
  {
    name: "a commit is acknowledged before it is on the disk",
    scenario: "turns",
    changes: [["commit/commit.js", "await file.sync().catch(unknown);", ""]],
  },
  {
    name: "what a killed writer has left stays",
    scenario: "turns",
    changes: [["commit/commit.js", "await file.truncate(newest.end);", ""]],
  },
  {
    name: "the lock file goes, and a commit is marked as complete, before the archive is synced",
    scenario: "unsynced",
    from: 12_000,
    changes: [
      ["commit/lock-file.js", "await archive?.sync();", ""],
      ["commit/commit.js", "if (!durable)\n        await complete();", "await complete();"],
    ],
  },
  {
    name: "a part file is unlocked before it has its name",
    scenario: "creations",
    changes: [
      [
        "bytes/part-file.js",
        "await renameFile(part.name, path);",
        "await part.close(); await renameFile(part.name, path);",
      ],
    ],
  },
  {
    name: "an append that was refused stays",
    scenario: "appends",
    changes: [
      ["store/zip/pending-changes.js", "this.#changes = this.#changes.filter((other) => other !== change);", ""],
    ],
  },
  {
    name: "nobody is told of changes that were withdrawn",
    scenario: "writers",
    changes: [["store/zip/pending-changes.js", "if (told.length > 0)", "if (false)"]],
  },
  {
    name: "an offset of a file that was written anew is taken for that of the one before",
    scenario: "copies",
    changes: [["zip/archive-reader.js", "lineage: ++lineages", "lineage: 1"]],
  },
  {
    name: "the lock file is locked in place of the archive",
    scenario: "intrusions",
    changes: [
      ["commit/lock-file.js", "archive === undefined || tryLock(archive, lockedByte)", "tryLock(file, lockedByte)"],
    ],
  },
  {
    name: "stages go before they are committed",
    scenario: "stages",
    changes: [
      [
        "store/zip/zip-store-writer.js",
        "this.#stages.set(await this.#changes.merge(name, reads, stagedValues(stage)), stage);",
        "this.#stages.set(await this.#changes.merge(name, reads, stagedValues(stage)), stage); await removeStage(stage);",
      ],
    ],
  },
  {
    name: "stages forget what they have listed",
    scenario: "stages",
    changes: [["store/zip/stage.js", "staged.listings.set(prefix, token);", ";"]],
  },
  {
    name: "a stage that is merged again is committed again",
    scenario: "stages",
    changes: [["zip/versions.js", "if (link?.stages?.includes(stage))", "if (false)"]],
  },
  {
    name: "what was listed is told apart by the number of names",
    scenario: "listings",
    changes: [["store/transaction-values.js", 'listed.join("\\0")', "String(listed.length)"]],
  },
  {
    name: "the values of one read are of any version",
    scenario: "regions",
    changes: [["hierarchy/array-context.js", "if (store.together === undefined)", "if (true)"]],
  },
  {
    name: "a read that the system fails means that no version is there",
    scenario: "copies",
    changes: [["zip/version-at.js", "&& !isFailedRead(error)", ""]],
  },
  {
    name: "a mark goes before what it speaks of was put right, and a commit is marked as complete before it is synced",
    scenario: "unsynced",
    changes: [
      ["commit/repack.js", "await withdrawMark(lock);", "await lock.writeMark(undefined, true);"],
      ["commit/commit.js", "if (!durable)\n        await complete();", "await complete();"],
    ],
  },
  {
    name: "a commit does not ask whether the archive's name is on the disk",
    scenario: "renames",
    changes: [["commit/commit.js", "await syncFolderOf(file.name);", ""]],
  },
];
