// The file system calls of src/bytes/file.ts on the files of one folder: written down, so that a test can go through every state in
// which they could have been interrupted, and made to fail. Nothing is synced in earnest, which no test could see.
import fs from "node:fs";
import { basename, dirname, join } from "node:path";

/** What was done to a file of the folder, by its name in it. */
export type FileOperation =
  | { readonly kind: "create"; readonly file: string }
  | { readonly kind: "unlink"; readonly file: string }
  | { readonly kind: "write"; readonly file: string; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: "truncate"; readonly file: string; readonly size: number }
  /** Of the file's operations those before number `since` are on the disk. */
  | { readonly kind: "sync"; readonly file: string; readonly since: number }
  /** The folder's names are on the disk. */
  | { readonly kind: "syncFolder"; readonly since: number }
  /** What the test has to say of this moment. */
  | { readonly kind: "note"; readonly text: string };

/** A call that is about to be made. */
export interface FileCall {
  /** Of the function, as `fdatasync`. */
  readonly name: string;
  /** Name of the file; empty for the folder. */
  readonly file: string;
  /** Number of calls before. */
  readonly index: number;
}

/** What becomes of a call: it fails with this code of the system, or moves only half of the bytes. */
export type Fault = { readonly error: string } | "short";

type AnyFunction = (...args: unknown[]) => unknown;
type Callback = (error: Error | null, result?: unknown) => void;

export class RecordedFiles {
  readonly operations: FileOperation[] = [];
  /** Number of calls so far. */
  calls = 0;
  /** Decides what becomes of a call; `undefined` lets it pass. */
  onCall: (call: FileCall) => Fault | undefined = () => undefined;
  /** A sync is done when this is. */
  beforeSync: (file: string) => Promise<void> = async () => undefined;
  readonly #folder: string;
  /** Names of the open files by descriptor. */
  readonly #files = new Map<number, string>();
  /** Descriptors of the folder itself. */
  readonly #folders = new Set<number>();
  readonly #restore: (() => void)[] = [];

  /** Begins to record. @param folder - absolute path, symbolic links resolved */
  constructor(folder: string) {
    this.#folder = folder;
    this.#recordOpen();
    this.#recordReads();
    this.#recordWrites();
    this.#recordNames();
  }

  note(text: string): void {
    this.operations.push({ kind: "note", text });
  }

  /** Ends recording. */
  restore(): void {
    for (const restore of this.#restore.splice(0)) restore();
  }

  #recordOpen(): void {
    this.#patch(fs, "open", (original) => (path, flags, ...rest) => {
      if (path === this.#folder) return this.#openFolder(original, flags, rest.at(-1) as Callback);
      const [mode, done] = rest;
      if (dirname(String(path)) !== this.#folder) return original(path, flags, ...rest);
      const file = basename(String(path));
      this.#unlessFailing("open", file, done as Callback, () => {
        const isNew = (Number(flags) & fs.constants.O_CREAT) !== 0 && !fs.existsSync(String(path));
        original(path, flags, mode, (error: Error | null, descriptor?: number) => {
          if (descriptor !== undefined) this.#files.set(descriptor, file);
          if (error === null && isNew) this.operations.push({ kind: "create", file });
          (done as Callback)(error, descriptor);
        });
      });
      return undefined;
    });
    this.#patch(fs, "close", (original) => (descriptor, done) => {
      this.#files.delete(Number(descriptor));
      this.#folders.delete(Number(descriptor));
      return original(descriptor, done);
    });
  }

  #openFolder(original: AnyFunction, flags: unknown, done: Callback): void {
    this.#unlessFailing("open", "", done, () => {
      original(this.#folder, flags, (error: Error | null, descriptor?: number) => {
        if (descriptor !== undefined) this.#folders.add(descriptor);
        done(error, descriptor);
      });
    });
  }

  #recordReads(): void {
    this.#patch(fs, "readSync", (original) => (descriptor, target, offset, length, position) => {
      return original(descriptor, target, offset, this.#length("readSync", descriptor, length), position);
    });
    this.#patch(fs, "read", (original) => (descriptor, target, offset, length, position, done) => {
      this.#orFail(done as Callback, () =>
        original(descriptor, target, offset, this.#length("read", descriptor, length), position, done),
      );
    });
  }

  #recordWrites(): void {
    const written = (descriptor: unknown, bytes: unknown, offset: unknown, count: number, position: unknown) => {
      const file = this.#files.get(Number(descriptor));
      if (file === undefined) return;
      const piece = (bytes as Uint8Array).slice(Number(offset), Number(offset) + count);
      this.operations.push({ kind: "write", file, offset: Number(position), bytes: piece });
    };
    this.#patch(fs, "writeSync", (original) => (descriptor, bytes, offset, length, position) => {
      const allowed = this.#length("writeSync", descriptor, length);
      const count = original(descriptor, bytes, offset, allowed, position) as number;
      written(descriptor, bytes, offset, count, position);
      return count;
    });
    this.#patch(fs, "writevSync", (original) => (descriptor, pieces, position) => {
      const bytes = Buffer.concat(pieces as Uint8Array[]);
      const allowed = this.#length("writevSync", descriptor, bytes.length);
      const count = original(descriptor, [bytes.subarray(0, Number(allowed))], position) as number;
      written(descriptor, bytes, 0, count, position);
      return count;
    });
    this.#patch(fs, "writev", (original) => (descriptor, pieces, position, done) => {
      this.#orFail(done as Callback, () => {
        const bytes = Buffer.concat(pieces as Uint8Array[]);
        const allowed = this.#length("writev", descriptor, bytes.length);
        original(descriptor, [bytes.subarray(0, Number(allowed))], position, (error: Error | null, count: number) => {
          if (error === null) written(descriptor, bytes, 0, count, position);
          (done as Callback)(error, count);
        });
      });
    });
    this.#patch(fs, "write", (original) => (descriptor, bytes, offset, length, position, done) => {
      this.#orFail(done as Callback, () => {
        const allowed = this.#length("write", descriptor, length);
        original(descriptor, bytes, offset, allowed, position, (error: Error | null, count: number) => {
          if (error === null) written(descriptor, bytes, offset, count, position);
          (done as Callback)(error, count);
        });
      });
    });
    this.#patch(fs, "ftruncate", (original) => (descriptor, size, done) => {
      const file = this.#files.get(Number(descriptor));
      if (file === undefined) return original(descriptor, size, done);
      this.#unlessFailing("ftruncate", file, done as Callback, () => {
        original(descriptor, size, (error: Error | null) => {
          if (error === null) this.operations.push({ kind: "truncate", file, size: Number(size) });
          (done as Callback)(error);
        });
      });
      return undefined;
    });
    this.#patch(fs, "fdatasync", (original) => (descriptor, done) => {
      const file = this.#files.get(Number(descriptor));
      if (file === undefined) return original(descriptor, done);
      this.#unlessFailing("fdatasync", file, done as Callback, () => {
        const since = this.operations.length;
        this.beforeSync(file).then(() => {
          this.operations.push({ kind: "sync", file, since });
          (done as Callback)(null);
        }, done as Callback);
      });
      return undefined;
    });
  }

  #recordNames(): void {
    this.#patch(fs.promises, "unlink", (original) => async (path) => {
      if (dirname(String(path)) !== this.#folder) return await original(path);
      const file = basename(String(path));
      this.#check("unlink", file);
      await original(path);
      // What its descriptors still do, they do to a file without a name.
      for (const [descriptor, name] of this.#files) if (name === file) this.#files.set(descriptor, `${file} (removed)`);
      this.operations.push({ kind: "unlink", file });
      return undefined;
    });
    for (const name of ["rename", "link"]) {
      this.#patch(fs.promises, name, (original) => async (from, to) => {
        if (dirname(String(to)) === this.#folder) this.#check(name, basename(String(to)));
        return await original(from, to);
      });
    }
    // The folder is opened to be synced, and for nothing else.
    this.#patch(fs, "fsync", (original) => (descriptor, done) => {
      if (!this.#folders.has(Number(descriptor))) return original(descriptor, done);
      this.#unlessFailing("sync", "", done as Callback, () => {
        this.operations.push({ kind: "syncFolder", since: this.operations.length });
        setImmediate(done as Callback, null);
      });
      return undefined;
    });
  }

  #patch(object: object, name: string, make: (original: AnyFunction) => AnyFunction): void {
    const functions = object as Record<string, AnyFunction>;
    const original = functions[name]!;
    functions[name] = make(original.bind(object));
    this.#restore.push(() => {
      functions[name] = original;
    });
  }

  /** Throws what the call is to fail with; else gives "short" if it is to move fewer bytes. */
  #check(name: string, file: string): "short" | undefined {
    const fault = this.onCall({ name, file, index: this.calls++ });
    if (fault === undefined || fault === "short") return fault;
    throw Object.assign(new Error(`${fault.error}: made to fail, ${name} ${file}`), { code: fault.error });
  }

  #length(name: string, descriptor: unknown, length: unknown): number {
    const file = this.#files.get(Number(descriptor));
    const isShort = file !== undefined && this.#check(name, file) === "short";
    return isShort ? Math.ceil(Number(length) / 2) : Number(length);
  }

  #unlessFailing(name: string, file: string, done: Callback, call: () => void): void {
    this.#orFail(done, () => {
      this.#check(name, file);
      call();
    });
  }

  #orFail(done: Callback, call: () => void): void {
    try {
      call();
    } catch (error) {
      setImmediate(done, error as Error);
    }
  }
}

/** The files of a folder, by name. */
export type Image = ReadonlyMap<string, Uint8Array>;

export function readImage(folder: string): Image {
  return new Map(fs.readdirSync(folder).map((file) => [file, new Uint8Array(fs.readFileSync(join(folder, file)))]));
}

/** Gives a folder these files, and no others. A file that is there already stays the same inode. */
export function writeImage(folder: string, image: Image): void {
  for (const file of fs.readdirSync(folder)) if (!image.has(file)) fs.unlinkSync(join(folder, file));
  for (const [file, bytes] of image) fs.writeFileSync(join(folder, file), bytes);
}

/** What an operation makes of the files. @param count - of a write only so many bytes */
export function applyOperation(image: Image, operation: FileOperation, count = Number.POSITIVE_INFINITY): Image {
  const changed = new Map(image);
  if (operation.kind === "create") changed.set(operation.file, new Uint8Array());
  else if (operation.kind === "unlink") changed.delete(operation.file);
  else if (operation.kind === "truncate" || operation.kind === "write") {
    const before = image.get(operation.file);
    // A file that has lost its name is nobody's any more.
    if (before !== undefined) changed.set(operation.file, changedBytes(before, operation, count));
  }
  return changed;
}

/** What a write or a truncation makes of a file's bytes. */
export function changedBytes(
  before: Uint8Array,
  operation: FileOperation & { readonly kind: "truncate" | "write" },
  count = Number.POSITIVE_INFINITY,
): Uint8Array {
  const piece = operation.kind === "write" ? operation.bytes.subarray(0, count) : new Uint8Array();
  const size =
    operation.kind === "truncate"
      ? operation.size
      : Math.max(before.length, piece.length === 0 ? 0 : operation.offset + piece.length);
  const after = new Uint8Array(size);
  after.set(before.subarray(0, size));
  if (operation.kind === "write" && piece.length > 0) after.set(piece, operation.offset);
  return after;
}
