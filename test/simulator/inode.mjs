/** What a disk writes whole, or not at all. */
const sectorBytes = 512;

/** A file or a folder: what the system's cache has of it, and what the disk has. */
export class Inode {
  number;
  kind;
  mode;
  uid;
  gid;
  /** Of a folder: inodes by name, in the cache and on the disk. */
  entries = new Map();
  savedEntries = new Map();
  /** Names, and descriptors. */
  links = 0;
  opens = 0;
  /** Locked bytes: `{ file, offset, length, shared }`. */
  locks = [];
  size = 0;
  /** Sectors by number, in the cache and on the disk: what is missing is zeros. What is on the disk is never changed in place. */
  #cached = new Map();
  #saved = new Map();
  /** Lengths since the last sync, that of the disk first. */
  #sizes = [0];
  /** Of each sector that was written since the last sync, what it had one after the other. */
  #unsaved = new Map();

  constructor(number, kind, mode, uid) {
    Object.assign(this, { number, kind, mode, uid, gid: uid });
  }

  get isFolder() {
    return this.kind === "folder";
  }

  /** A file that has been synced, once more. */
  copy() {
    const copy = new Inode(this.number, this.kind, this.mode, this.uid);
    Object.assign(copy, { links: this.links, size: this.size });
    copy.#saved = new Map(this.#saved);
    copy.#sizes = [this.size];
    copy.#load();
    return copy;
  }

  #load() {
    this.#cached = new Map();
    for (const [sector, bytes] of this.#saved) this.#cached.set(sector, bytes.slice());
  }

  read(offset, length) {
    const end = Math.min(offset + length, this.size);
    const bytes = new Uint8Array(Math.max(0, end - offset));
    for (let at = offset; at < end; ) {
      const start = at % sectorBytes;
      const piece = this.#cached.get((at - start) / sectorBytes)?.subarray(start, start + end - at);
      if (piece !== undefined) bytes.set(piece, at - offset);
      at += sectorBytes - start;
    }
    return bytes;
  }

  write(bytes, offset) {
    const end = offset + bytes.length;
    if (end > this.size) {
      this.size = end;
      this.#sizes.push(end);
    }
    for (let at = offset; at < end; ) {
      const start = at % sectorBytes;
      const sector = this.#sector((at - start) / sectorBytes);
      sector.set(bytes.subarray(at - offset, at - offset + sectorBytes - start), start);
      this.#note((at - start) / sectorBytes, false);
      at += sectorBytes - start;
    }
  }

  #sector(number) {
    let bytes = this.#cached.get(number);
    if (bytes === undefined) {
      bytes = new Uint8Array(sectorBytes);
      this.#cached.set(number, bytes);
    }
    return bytes;
  }

  truncate(size) {
    const isShorter = size < this.size;
    if (size !== this.size) this.#sizes.push(size);
    this.size = size;
    if (isShorter) this.#cut(size);
  }

  #cut(size) {
    for (const [number, bytes] of this.#cached) {
      const start = Math.max(0, size - number * sectorBytes);
      if (start >= sectorBytes) continue;
      bytes.fill(0, start);
      this.#note(number, true);
    }
  }

  /** Remembers what a sector has now. @param isCut - whether the file was cut there: that is lost or kept as a whole */
  #note(number, isCut) {
    const state = { bytes: this.#cached.get(number).slice(), time: this.#sizes.length - 1, isCut };
    const states = this.#unsaved.get(number);
    if (states === undefined) this.#unsaved.set(number, [state]);
    else states.push(state);
  }

  sync() {
    for (const [number, states] of this.#unsaved) this.#saved.set(number, states.at(-1).bytes);
    this.#unsaved.clear();
    this.#sizes = [this.size];
  }

  /** The power fails: of what was not synced the disk has any part. @param keep - how likely a sector has its newest state */
  losePower(random, keep) {
    const time = random.chance(keep) ? this.#sizes.length - 1 : random.below(this.#sizes.length);
    for (const [number, states] of this.#unsaved) {
      const state = survivor(states, time, random, keep);
      if (state !== undefined) this.#saved.set(number, state.bytes);
    }
    const size = this.#sizes[time];
    this.#load();
    this.#unsaved.clear();
    this.#cut(size); // what lies beyond the end is zeros when the file grows again
    this.size = size;
    this.sync();
  }
}

/** What a sector has after a loss of power; `undefined` for what the disk had. Cuts up to `time` were made, later ones were not. */
function survivor(states, time, random, keep) {
  const first = states.findLastIndex(({ isCut, time: at }) => isCut && at <= time);
  const next = states.findIndex(({ isCut, time: at }) => isCut && at > time);
  const last = (next < 0 ? states.length : next) - 1;
  const chosen = random.chance(keep) ? last : first + random.below(last - first + 1);
  return states[Math.max(first, chosen)];
}
