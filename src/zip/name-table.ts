import { ZarrError } from "../errors.js";
import type { DirectoryViews } from "./directory-columns.js";

/** Seeds to try before a directory counts as an attack on the hash function. */
const attempts = 8;

/** Number of slots for `rows` names: a power of two, at most half of it taken. */
export function slotCount(rows: number): number {
  return 2 ** Math.ceil(Math.log2(2 * Math.max(1, rows)));
}

/**
 * Enters every current row into the hash table. Of rows with the same name the last stays current.
 *
 * @returns the seed of the hash function: random, so that nobody can choose names that all collide
 * @throws ZarrError `ERR_ZIP` - the names collide under each of several seeds
 */
export function buildNameTable(views: DirectoryViews, file: string): number {
  const rows = views.record.length;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const seed = Math.floor(Math.random() * 2 ** 32);
    views.slots.fill(0);
    if (enterRows(views, seed, 16 * rows + 64)) return seed;
  }
  throw new ZarrError("ERR_ZIP", `the ${rows} names in ${file} are made to collide in a hash table`, { file });
}

/** Enters one more row, whose name no other one has; there must be a free slot. */
export function enterName({ bytes, name, nameSize, slots }: DirectoryViews, seed: number, row: number): void {
  const mask = slots.length - 1;
  let slot = hash(bytes, name[row]!, nameSize[row]!, seed) & mask;
  while (slots[slot] !== 0) slot = (slot + 1) & mask;
  slots[slot] = row + 1;
}

/** Returns whether all rows were entered within so many steps. */
function enterRows(views: DirectoryViews, seed: number, maxSteps: number): boolean {
  const { bytes, name, nameSize, slots, isCurrent } = views;
  const mask = slots.length - 1;
  let steps = 0;
  for (let row = 0; row < name.length; row++) {
    if (isCurrent[row] === 0) continue;
    const start = name[row]!;
    const length = nameSize[row]!;
    for (let slot = hash(bytes, start, length, seed) & mask; ; slot = (slot + 1) & mask) {
      const earlier = slots[slot]! - 1;
      if (earlier >= 0 && !(nameSize[earlier] === length && equalBytes(bytes, name[earlier]!, bytes, start, length))) {
        if (++steps > maxSteps) return false;
        continue;
      }
      if (earlier >= 0) isCurrent[earlier] = 0;
      slots[slot] = row + 1;
      break;
    }
  }
  return true;
}

/** Row of the name (UTF-8), or -1. */
export function findRow(views: DirectoryViews, seed: number, wanted: Uint8Array): number {
  const { bytes, name, nameSize, slots } = views;
  const mask = slots.length - 1;
  for (let slot = hash(wanted, 0, wanted.length, seed) & mask; ; slot = (slot + 1) & mask) {
    const row = slots[slot]! - 1;
    if (row < 0) return -1;
    if (nameSize[row] === wanted.length && equalBytes(bytes, name[row]!, wanted, 0, wanted.length)) return row;
  }
}

function hash(bytes: Uint8Array, start: number, length: number, seed: number): number {
  let h = seed ^ length;
  for (let i = start; i < start + length; i++) {
    h = Math.imul(h ^ bytes[i]!, 0x9e3779b1);
    h ^= h >>> 15;
  }
  return h;
}

function equalBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}
