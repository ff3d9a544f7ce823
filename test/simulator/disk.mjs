import { Inode } from "./inode.mjs";
import { systemError } from "./system-error.mjs";

/** A file system: names, inodes whose numbers are given again, and what of all that survives a loss of power. */
export class Disk {
  /** Files that are bound over a name, as a container's volumes are: they have no further link for it. */
  bound = new Map();
  root;
  #freeNumbers = [];
  #nextNumber = 2;
  /** Changes of names that the disk does not have, in their order. */
  #journal = [];

  constructor() {
    this.root = this.create("folder", 0o755, 0);
    this.root.links = 1;
  }

  /** Takes over what another disk has in a folder, all of it synced. */
  copyFolder(path, other) {
    const folder = this.find(path);
    for (const [name, inode] of other.find(path).entries) {
      folder.entries.set(name, inode.copy());
      folder.savedEntries.set(name, folder.entries.get(name));
      this.#nextNumber = Math.max(this.#nextNumber, inode.number + 1);
    }
  }

  /** The smallest free number is given again first, as ext4 does. */
  create(kind, mode, uid) {
    this.#freeNumbers.sort((a, b) => b - a);
    const number = this.#freeNumbers.pop() ?? this.#nextNumber++;
    return new Inode(number, kind, mode, uid);
  }

  /** The inode of a path; `undefined` if there is none. */
  find(path) {
    const bound = this.bound.get(path);
    if (bound !== undefined) return bound;
    let inode = this.root;
    for (const name of path.split("/")) {
      if (name === "") continue;
      if (!inode.isFolder) throw systemError("ENOTDIR", path);
      inode = inode.entries.get(name);
      if (inode === undefined) return undefined;
    }
    return inode;
  }

  /** The folder of a path, and the name in it. */
  place(path) {
    const at = path.lastIndexOf("/");
    const folder = this.find(path.slice(0, at));
    if (folder === undefined) throw systemError("ENOENT", path);
    if (!folder.isFolder) throw systemError("ENOTDIR", path);
    const name = path.slice(at + 1);
    if (new TextEncoder().encode(name).length > 255) throw systemError("ENAMETOOLONG", path);
    return { folder, name };
  }

  /** Changes names in one step: `[folder, name, inode or undefined]` each. */
  rename(...changes) {
    const left = [];
    for (const [folder, name, inode] of changes) {
      const before = folder.entries.get(name);
      if (inode === undefined) folder.entries.delete(name);
      else folder.entries.set(name, inode);
      if (inode !== undefined) inode.links++;
      if (before !== undefined) before.links--;
      left.push(before);
    }
    for (const inode of left) this.release(inode);
    this.#journal.push(changes);
  }

  /** To be called when an inode may have lost its last name or descriptor. */
  release(inode) {
    if (inode === undefined || inode.links > 0 || inode.opens > 0 || inode.isFree) return;
    inode.isFree = true;
    this.#freeNumbers.push(inode.number);
  }

  /** Folders are synced all at once, as a journal is. */
  syncNames() {
    this.#save(this.#journal.length);
  }

  #save(count) {
    for (const changes of this.#journal.splice(0, count)) {
      for (const [folder, name, inode] of changes) {
        if (inode === undefined) folder.savedEntries.delete(name);
        else folder.savedEntries.set(name, inode);
      }
    }
  }

  losePower(random) {
    const keep = random.pick([0, 0.5, 0.9, 1]);
    this.#save(random.chance(keep) ? this.#journal.length : random.below(this.#journal.length + 1));
    this.#journal = [];
    this.bound.clear();
    this.#freeNumbers = [];
    const numbers = new Set();
    const settle = (inode) => {
      if (numbers.has(inode.number)) inode.number = this.#nextNumber++;
      numbers.add(inode.number);
      Object.assign(inode, { links: 0, opens: 0, locks: [], isFree: false });
      if (!inode.isFolder) inode.losePower(random, keep);
      inode.entries = new Map(inode.savedEntries);
    };
    const seen = new Set([this.root]);
    for (const inode of seen) {
      settle(inode);
      for (const entry of inode.entries.values()) seen.add(entry);
    }
    this.root.links = 1;
    for (const inode of seen) for (const entry of inode.entries.values()) entry.links++;
  }
}
