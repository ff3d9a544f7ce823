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
    name: "the lock file goes before the archive is synced",
    scenario: "unsynced",
    changes: [["commit/lock-file.js", "await archive?.sync();", ""]],
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
];
