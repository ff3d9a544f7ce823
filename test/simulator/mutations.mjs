/**
 * Mends that are undone one at a time, in the built modules, to see that the simulator finds out: what each promise rests on, the scenario
 * that shows it, and the change: `[module, text, what stands there instead]`.
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
    changes: [["zip/lock-file.js", "return !isReplaced && !isRemoved;", "return true;"]],
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
    changes: [["zip/commit.js", "await file.sync().catch(unknown);", ""]],
  },
  {
    name: "what a killed writer has left stays",
    scenario: "turns",
    changes: [["zip/commit.js", "await file.truncate(newest.end);", ""]],
  },
  {
    name: "the lock file goes before the archive is synced",
    scenario: "unsynced",
    changes: [["zip/lock-file.js", "await archive?.sync();", ""]],
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
    name: "nobody is told of changes that were withdrawn",
    scenario: "writers",
    changes: [["store/pending-changes.js", "if (told.length > 0)", "if (false)"]],
  },
  {
    name: "an append that was refused stays",
    scenario: "appends",
    changes: [["store/pending-changes.js", "this.#changes = this.#changes.filter((other) => other !== change);", ""]],
  },
  {
    name: "files are told apart by nothing, so that an offset of a file that was written anew is taken for that of the one before",
    scenario: "copies",
    changes: [["zip/archive-reader.js", "lineage: ++lineages", "lineage: 1"]],
  },
  {
    name: "the archive is not locked",
    scenario: "intrusions",
    changes: [
      ["zip/lock-file.js", "archive === undefined || tryLock(archive, lockedByte)", "tryLock(file, lockedByte)"],
    ],
  },
  {
    name: "stages go before they are committed",
    scenario: "stages",
    changes: [["store/zip-store-writer.js", "if (change.fate === undefined)\n                continue;", ""]],
  },
  {
    name: "stages forget what they have listed",
    scenario: "stages",
    changes: [["store/stage.js", "staged.listings.set(prefix, token);", ""]],
  },
  {
    name: "what was listed is told apart by the number of names",
    scenario: "listings",
    changes: [["store/transaction-values.js", 'listed.join("\\0")', "String(listed.length)"]],
  },
  {
    name: "the values of one read are of any version",
    scenario: "regions",
    changes: [["hierarchy/array-parts.js", "if (store.together === undefined)", "if (true)"]],
  },
];
