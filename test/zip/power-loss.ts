// What a disk may hold after a loss of power. Of what was not synced, each sector may be there as any of the writes left it, whatever
// became of the others; and a file may have any of the lengths that it had, or one in between.
import { formatMark, markBytes, parseMark } from "../../src/commit/lock-records.js";
import { changedBytes, type FileOperation, type Image } from "./recorded-files.js";

/** Disks write so many bytes or none of them. */
const sectorBytes = 512;

/** The system's run after the loss of power. */
const nextBoot = "5a0b2c7e-3d41-4f9a-8e66-0123456789ab";

/** Byte of the lock file at which the mark is. */
const markOffset = 4096;

interface Inode {
  /** Contents after each operation since the last sync, and as they were synced; by number of the operation. */
  versions: { readonly at: number; readonly bytes: Uint8Array }[];
}

interface Name {
  /** What the name led to since the folder was last synced. */
  inodes: { readonly at: number; readonly inode: Inode | undefined }[];
}

/**
 * The files after a loss of power when `operations` had been done.
 *
 * @param before - on the disk
 * @param random - gives numbers from 0 to below 1
 */
export function afterPowerLoss(before: Image, operations: readonly FileOperation[], random: () => number): Image {
  const names = new Map<string, Name>();
  for (const [file, bytes] of before) {
    names.set(file, { inodes: [{ at: -1, inode: { versions: [{ at: -1, bytes }] } }] });
  }
  for (const [at, operation] of operations.entries()) {
    if (operation.kind === "note") continue;
    if (operation.kind === "syncFolder") {
      for (const name of names.values()) name.inodes = sinceSync(name.inodes, operation.since);
      continue;
    }
    const name = names.get(operation.file) ?? { inodes: [{ at: -1, inode: undefined }] };
    names.set(operation.file, name);
    const inode = name.inodes.at(-1)?.inode;
    if (operation.kind === "create") {
      name.inodes.push({ at, inode: { versions: [{ at, bytes: new Uint8Array() }] } });
    } else if (operation.kind === "unlink") {
      name.inodes.push({ at, inode: undefined });
    } else if (inode !== undefined && operation.kind === "sync") {
      inode.versions = sinceSync(inode.versions, operation.since);
    } else if (inode !== undefined && (operation.kind === "write" || operation.kind === "truncate")) {
      inode.versions.push({ at, bytes: changedBytes(inode.versions.at(-1)!.bytes, operation) });
    }
  }
  const image = new Map<string, Uint8Array>();
  const newest = [0, 0.5, 0.9, 1][Math.floor(random() * 4)]!;
  for (const [file, { inodes }] of names) {
    const inode = pick(inodes, newest, random).inode;
    if (inode !== undefined)
      image.set(
        file,
        tornBytes(
          inode.versions.map(({ bytes }) => bytes),
          newest,
          random,
        ),
      );
  }
  return afterRestart(image);
}

/** What was synced, and what has come after that. */
function sinceSync<Version extends { readonly at: number }>(versions: Version[], since: number): Version[] {
  const first = versions.findLastIndex(({ at }) => at < since);
  return first < 0 ? versions : versions.slice(first);
}

/** One of `versions`: with the probability `newest` the last, else any. */
function pick<Version>(versions: readonly Version[], newest: number, random: () => number): Version {
  return random() < newest ? versions.at(-1)! : versions[Math.floor(random() * versions.length)]!;
}

function tornBytes(versions: readonly Uint8Array[], newest: number, random: () => number): Uint8Array {
  const lengths = versions.map(({ length }) => length);
  const [shortest, longest] = [Math.min(...lengths), Math.max(...lengths)];
  const between = Math.round((shortest + random() * (longest - shortest)) / sectorBytes) * sectorBytes;
  const isBetween = random() < 0.3 && between >= shortest && between <= longest;
  const torn = new Uint8Array(isBetween ? between : pick(lengths, Math.max(newest, 0.5), random));
  for (let at = 0; at < torn.length; at += sectorBytes) {
    const sector = pick(versions, newest, random).subarray(at, Math.min(at + sectorBytes, torn.length));
    torn.set(sector, at);
  }
  return torn;
}

/** The same files after the system has been started again: the marks are of another run. */
export function afterRestart(before: Image): Image {
  const image = new Map(before);
  for (const [file, bytes] of before) {
    if (!file.endsWith(".lock")) continue;
    const mark = parseMark(bytes.subarray(markOffset, markOffset + markBytes));
    if (mark === undefined) continue;
    const changed = bytes.slice();
    changed.set(formatMark({ ...mark, boot: nextBoot }), markOffset);
    image.set(file, changed);
  }
  return image;
}
