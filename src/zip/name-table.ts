import { viewOf } from "../bytes/view-of.js";
import { ZarrError } from "../errors.js";
import type { DirectoryViews } from "./directory-columns.js";
import { fixedSize } from "./records.js";

/** Names under their hashes, before there is a table of them. */
export interface HashedNames {
  /** Start value of the hash function. */
  readonly seed: number;
  /** One for each row. */
  readonly hashes: Uint32Array;
}

/** Seeds to try before a directory counts as an attack on the hash function. */
const attempts = 8;

/** Names of the same hash to compare before the hash function counts as no help. */
const mostCandidates = 64;

/** A seed of the hash function: random, so that nobody can choose names that all collide. */
export function newSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}

/**
 * Enters every current row into the hash table, whose slots are free. If rows have the same name, the last one stays current.
 *
 * @param hashed - the names under their hashes, if they are known
 * @returns the seed of the hash function
 * @throws ZarrError `ERR_ZIP` - the names collide under each of several seeds
 */
export function buildNameTable(views: DirectoryViews, file: string, hashed?: HashedNames): number {
  const rows = views.record.length;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const seed = attempt === 0 && hashed !== undefined ? hashed.seed : newSeed();
    const hashes = seed === hashed?.seed ? hashed.hashes : hashNames(views, seed);
    if (enterRows(views, hashes, 16 * rows + 64)) return seed;
    views.slots.fill(0);
  }
  throw new ZarrError("ERR_ZIP", `the ${rows} names in ${file} were chosen to collide in a hash table`, { file });
}

/** Enters one more row, whose name no other one has; there must be a free slot. */
export function enterName({ bytes, name, nameSize, slots }: DirectoryViews, seed: number, row: number): void {
  const mask = slots.length - 1;
  const start = name[row]!;
  let slot = hashName(viewOf(bytes), start, start + nameSize[row]!, seed) & mask;
  while (slots[slot] !== 0) slot = (slot + 1) & mask;
  slots[slot] = row + 1;
}

/** Returns whether all rows were entered within so many steps. */
function enterRows(views: DirectoryViews, hashes: Uint32Array, maxSteps: number): boolean {
  const { bytes, name, nameSize, slots, isCurrent } = views;
  const mask = slots.length - 1;
  let steps = 0;
  for (let row = 0; row < name.length; row++) {
    if (isCurrent[row] === 0) continue;
    const hash = hashes[row]!;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const earlier = slots[slot]! - 1;
      if (earlier >= 0) {
        const isSame = hashes[earlier] === hash && hasName(views, earlier, bytes, name[row]!, nameSize[row]!);
        if (!isSame) {
          if (++steps > maxSteps) return false;
          continue;
        }
        isCurrent[earlier] = 0;
      }
      slots[slot] = row + 1;
      break;
    }
  }
  return true;
}

/** Row of the name (UTF-8), or -1. */
export function findRow(views: DirectoryViews, seed: number, wanted: Uint8Array): number {
  const { slots } = views;
  const mask = slots.length - 1;
  for (let slot = hashName(viewOf(wanted), 0, wanted.length, seed) & mask; ; slot = (slot + 1) & mask) {
    const row = slots[slot]! - 1;
    if (row < 0 || hasName(views, row, wanted, 0, wanted.length)) return row;
  }
}

/**
 * The last row of a name that ends in no slash, or -1, by going over the hashes of all names, where none had to be converted. For
 * 100,000 that takes a tenth of a millisecond, and the table some forty times as long to build.
 *
 * @returns `undefined` if too many other names have the hash of this one
 */
export function scanForRow(
  { bytes, record }: DirectoryViews,
  { seed, hashes }: HashedNames,
  wanted: Uint8Array,
): number | undefined {
  const hash = hashName(viewOf(wanted), 0, wanted.length, seed) >>> 0;
  let rows = hashes;
  for (let candidate = 0; candidate < mostCandidates; candidate++) {
    const row = rows.lastIndexOf(hash);
    if (row < 0) return row;
    // 28  file name length, 46 file name (APPNOTE 4.4.10)
    const at = record[row]!;
    const length = bytes[at + 28]! | (bytes[at + 29]! << 8);
    if (length === wanted.length && equalBytes(bytes, at + fixedSize.centralRecord, wanted, 0, length)) return row;
    rows = rows.subarray(0, row);
  }
  return undefined;
}

function hashNames({ bytes, name, nameSize }: DirectoryViews, seed: number): Uint32Array {
  const view = viewOf(bytes);
  const hashes = new Uint32Array(name.length);
  for (let row = 0; row < name.length; row++) {
    hashes[row] = hashName(view, name[row]!, name[row]! + nameSize[row]!, seed);
  }
  return hashes;
}

/** Hash of the bytes [start, end), 32 bits, by words of four bytes; the check of central records goes the same steps. */
export function hashName(view: DataView, start: number, end: number, seed: number): number {
  let hash = seed ^ (end - start);
  let at = start;
  for (; at + 4 <= end; at += 4) hash = mix(hash, view.getInt32(at, true));
  let rest = 0;
  for (; at < end; at++) rest = (rest << 8) | view.getUint8(at);
  return mix(hash, rest);
}

/** One step of the hash function. */
export function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

function hasName(
  { bytes, name, nameSize }: DirectoryViews,
  row: number,
  wanted: Uint8Array,
  start: number,
  length: number,
): boolean {
  return nameSize[row] === length && equalBytes(bytes, name[row]!, wanted, start, length);
}

function equalBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}
