import { shuffle, shuffle8, unshuffle, unshuffle8 } from "./byte-shuffle";

/**
 * Bit shuffle: first bit 0 of byte 0 of every item, eight items to a byte, then bit 1, and so on. As c-blosc's format 2 has it,
 * input whose number of items is no multiple of eight stays as it is, and so do bytes behind the last whole item. Input, output
 * and `scratch`, which is as long, do not overlap.
 */
export function bitShuffle(input: usize, output: usize, length: usize, itemSize: usize, scratch: usize): void {
  const groups = wholeGroups(length, itemSize);
  const row = groups * 8;
  const whole = row * itemSize;
  shuffle(input, scratch, whole, itemSize);
  transposeBits(scratch, whole);
  // Now each byte has one bit of eight items: a row of such groups is shuffled like items of eight bytes.
  for (let start: usize = 0; start < whole; start += row) shuffle8(scratch + start, output + start, groups);
  memory.copy(output + whole, input + whole, length - whole);
}

/** Undoes {@link bitShuffle}. */
export function bitUnshuffle(input: usize, output: usize, length: usize, itemSize: usize, scratch: usize): void {
  const groups = wholeGroups(length, itemSize);
  const row = groups * 8;
  const whole = row * itemSize;
  for (let start: usize = 0; start < whole; start += row) unshuffle8(input + start, scratch + start, groups);
  transposeBits(scratch, whole);
  unshuffle(scratch, output, whole, itemSize);
  memory.copy(output + whole, input + whole, length - whole);
}

function wholeGroups(length: usize, itemSize: usize): usize {
  const items = length / itemSize;
  return items % 8 === 0 ? items / 8 : 0;
}

/** Transposes the 8 x 8 bits of each eight bytes; of the last eight, together with what is behind them. */
function transposeBits(bytes: usize, length: usize): void {
  const end = bytes + length;
  for (let i = bytes; i < end; i += 16) {
    // Swap ever larger squares across the diagonal: single bits, 2 x 2, 4 x 4.
    let rows = v128.load(i);
    rows = swap(rows, 7, i32x4.splat(0x00aa00aa));
    rows = swap(rows, 14, i32x4.splat(0x0000cccc));
    rows = swap(rows, 28, i64x2.splat(0xf0f0f0f0));
    v128.store(i, rows);
  }
}

/** Exchanges the bits of `mask` with those `distance` above them. */
function swap(rows: v128, distance: i32, mask: v128): v128 {
  const different = v128.and(v128.xor(rows, i64x2.shr_u(rows, distance)), mask);
  return v128.xor(v128.xor(rows, different), i64x2.shl(different, distance));
}
