import { constants } from "node:fs";
import { systemError } from "./system-error.mjs";

const { O_ACCMODE = 3, O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_EXCL, O_TRUNC, O_DIRECTORY } = constants;
const textFlags = { r: O_RDONLY, "r+": O_RDWR, w: O_WRONLY | O_CREAT | O_TRUNC, wx: O_WRONLY | O_CREAT | O_EXCL };

/** Where Linux says which run of the system this is. */
const bootIdPath = "/proc/sys/kernel/random/boot_id";

/** Linux's number of ext4. */
const ext4 = 0xef53;

class Stats {
  constructor(inode, bigint) {
    const number = bigint ? BigInt : Number;
    this.kind = inode.kind;
    this.dev = number(1);
    this.ino = number(inode.number);
    this.nlink = number(inode.links);
    this.mode = number(inode.mode | (inode.isFolder ? constants.S_IFDIR : constants.S_IFREG));
    this.uid = number(inode.uid);
    this.gid = number(inode.gid);
    this.size = number(inode.size);
  }

  isFile = () => this.kind === "file";
  isDirectory = () => this.kind === "folder";
  isSymbolicLink = () => false;
}

/**
 * The system calls that `node:fs` makes, as functions of the calling process and of what Node's take, on a simulated disk. The
 * descriptors of all processes have different numbers.
 */
export class SystemCalls {
  disk;
  bootId;
  /** Open files by descriptor: `{ inode, owner, flags, path }`. */
  #open = new Map();
  #nextDescriptor = 3;

  constructor(disk, bootId) {
    this.disk = disk;
    this.bootId = bootId;
  }

  /** Whether the simulator has the call. */
  static has(name) {
    return Object.hasOwn(SystemCalls.prototype, name) && !name.startsWith("end");
  }

  /** A process ends: its descriptors are closed, and its locks freed. Returns how many it had. */
  endProcess(owner) {
    const own = [...this.#open].filter(([, file]) => file.owner === owner);
    for (const [fd] of own) this.close(owner, fd);
    return own.length;
  }

  open(owner, path, flags = "r", mode = 0o666) {
    const bits = typeof flags === "string" ? textFlags[flags] : flags;
    let inode = this.disk.find(path);
    if (inode === undefined) {
      const { folder, name } = this.disk.place(path);
      if ((bits & O_CREAT) === 0) throw systemError("ENOENT", path);
      inode = this.disk.create("file", mode & ~owner.umask & 0o7777, owner.uid);
      this.disk.rename([folder, name, inode]);
      owner.world.guard?.created(owner, path, inode);
    } else {
      if (bits & O_CREAT && bits & O_EXCL) throw systemError("EEXIST", path);
      if (inode.isFolder && (bits & O_ACCMODE) !== O_RDONLY) throw systemError("EISDIR", path);
      if (!inode.isFolder && bits & O_DIRECTORY) throw systemError("ENOTDIR", path);
      if (bits & O_TRUNC) inode.truncate(0);
    }
    inode.opens++;
    const fd = this.#nextDescriptor++;
    this.#open.set(fd, { inode, owner, flags: bits & O_ACCMODE, path });
    return fd;
  }

  #file(fd) {
    const file = this.#open.get(fd);
    if (file === undefined) throw systemError("EBADF", String(fd));
    return file;
  }

  #writable(fd) {
    const file = this.#file(fd);
    if (file.flags === O_RDONLY) throw systemError("EBADF", file.path);
    return file;
  }

  close(_owner, fd) {
    const file = this.#file(fd);
    const { inode } = file;
    this.#open.delete(fd);
    inode.locks = inode.locks.filter((lock) => lock.file !== file);
    inode.opens--;
    this.disk.release(inode);
  }

  read(owner, fd, target, at, length, position) {
    const { inode } = this.#file(fd);
    if (inode.isFolder) throw systemError("EISDIR", String(fd));
    const found = inode.read(position, owner.world.shortened(owner, "read", length));
    target.set(found, at);
    return found.length;
  }

  write(owner, fd, bytes, at = 0, length = bytes.length - at, position = undefined) {
    const { inode } = this.#writable(fd);
    const count = owner.world.shortened(owner, "write", length);
    inode.write(bytes.subarray(at, at + count), position);
    return count;
  }

  writev(owner, fd, pieces, position) {
    const { inode } = this.#writable(fd);
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const count = owner.world.shortened(owner, "write", size);
    let left = count;
    for (let i = 0, at = position; left > 0; i++) {
      const piece = pieces[i].subarray(0, left);
      inode.write(piece, at);
      at += piece.length;
      left -= piece.length;
    }
    return count;
  }

  fsync(_owner, fd) {
    const { inode } = this.#file(fd);
    if (inode.isFolder) this.disk.syncNames();
    else inode.sync();
  }

  fdatasync(owner, fd) {
    this.fsync(owner, fd);
  }

  ftruncate(_owner, fd, size = 0) {
    this.#writable(fd).inode.truncate(size);
  }

  fstat(_owner, fd, { bigint = false } = {}) {
    return new Stats(this.#file(fd).inode, bigint);
  }

  stat(_owner, path, { bigint = false, throwIfNoEntry = true } = {}) {
    const inode = this.disk.find(path);
    if (inode === undefined && throwIfNoEntry) throw systemError("ENOENT", path);
    return inode && new Stats(inode, bigint);
  }

  lstat(owner, path, options) {
    return this.stat(owner, path, options);
  }

  fchmod(_owner, fd, mode) {
    this.#file(fd).inode.mode = mode & 0o7777;
  }

  chmod(_owner, path, mode) {
    this.#find(path).mode = mode & 0o7777;
  }

  fchown(_owner, fd, uid, gid) {
    Object.assign(this.#file(fd).inode, { uid, gid });
  }

  chown(_owner, path, uid, gid) {
    Object.assign(this.#find(path), { uid, gid });
  }

  #find(path) {
    const inode = this.disk.find(path);
    if (inode === undefined) throw systemError("ENOENT", path);
    return inode;
  }

  rename(_owner, from, to) {
    const inode = this.#find(from);
    if (this.disk.bound.has(from) || this.disk.bound.has(to)) throw systemError("EBUSY", to);
    const [source, target] = [this.disk.place(from), this.disk.place(to)];
    const before = target.folder.entries.get(target.name);
    if (before === inode) return;
    if (before?.isFolder && before.entries.size > 0) throw systemError("ENOTEMPTY", to);
    this.disk.rename([source.folder, source.name, undefined], [target.folder, target.name, inode]);
  }

  link(_owner, from, to) {
    const inode = this.#find(from);
    const { folder, name } = this.disk.place(to);
    if (this.disk.find(to) !== undefined) throw systemError("EEXIST", to);
    this.disk.rename([folder, name, inode]);
  }

  unlink(_owner, path) {
    const inode = this.#find(path);
    if (this.disk.bound.has(path)) throw systemError("EBUSY", path);
    if (inode.isFolder) throw systemError("EISDIR", path);
    const { folder, name } = this.disk.place(path);
    this.disk.rename([folder, name, undefined]);
  }

  mkdir(owner, path, { recursive = false } = {}) {
    if (this.disk.find(path) !== undefined) {
      if (recursive) return;
      throw systemError("EEXIST", path);
    }
    if (recursive) this.mkdir(owner, path.slice(0, path.lastIndexOf("/")) || "/", { recursive });
    const { folder, name } = this.disk.place(path);
    this.disk.rename([folder, name, this.disk.create("folder", 0o777 & ~owner.umask, owner.uid)]);
  }

  readdir(_owner, path, { withFileTypes = false } = {}) {
    const folder = this.#find(path);
    if (!folder.isFolder) throw systemError("ENOTDIR", path);
    const names = [...folder.entries.keys()].sort();
    if (!withFileTypes) return names;
    return names.map((name) => Object.assign(new Stats(folder.entries.get(name), false), { name }));
  }

  rmdir(_owner, path) {
    const inode = this.#find(path);
    if (!inode.isFolder) throw systemError("ENOTDIR", path);
    if (inode.entries.size > 0) throw systemError("ENOTEMPTY", path);
    const { folder, name } = this.disk.place(path);
    this.disk.rename([folder, name, undefined]);
  }

  rm(owner, path, { recursive = false, force = false } = {}) {
    const inode = this.disk.find(path);
    if (inode === undefined && force) return;
    if (inode?.isFolder !== true) return this.unlink(owner, path);
    if (!recursive) throw systemError("EISDIR", path);
    for (const name of inode.entries.keys()) this.rm(owner, `${path}/${name}`, { recursive });
    this.rmdir(owner, path);
  }

  realpath(_owner, path) {
    this.#find(path);
    return path;
  }

  exists(_owner, path) {
    return this.disk.find(path) !== undefined;
  }

  access(_owner, path) {
    this.#find(path);
  }

  statfs() {
    return { type: ext4 };
  }

  readFile(_owner, path, options) {
    const bytes =
      path === bootIdPath ? Buffer.from(`${this.bootId}\n`) : Buffer.from(this.#find(path).read(0, 2 ** 30));
    return options === undefined ? bytes : bytes.toString("utf8");
  }

  /** The lock of an open file description, as `fs-native-extensions` takes it. Returns whether it was free. */
  tryLock(owner, fd, offset, length, { shared = false } = {}) {
    const file = this.#file(fd);
    if (file.flags === (shared ? O_WRONLY : O_RDONLY)) throw systemError("EBADF", file.path);
    const { inode } = file;
    const isOver = (lock) => lock.offset < offset + length && offset < lock.offset + lock.length;
    if (inode.locks.some((lock) => lock.file !== file && isOver(lock) && !(shared && lock.shared))) return false;
    owner.world.guard?.locked(owner, file.path, inode);
    this.unlock(owner, fd, offset, length);
    inode.locks.push({ file, offset, length, shared });
    return true;
  }

  /** Frees whole locks only: nobody locks ranges that overlap. */
  unlock(_owner, fd, offset, length) {
    const file = this.#file(fd);
    const { inode } = file;
    inode.locks = inode.locks.filter(
      (lock) => lock.file !== file || lock.offset >= offset + length || offset >= lock.offset + lock.length,
    );
  }
}
